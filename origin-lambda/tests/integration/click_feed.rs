//! Tests of following the clicks of all links.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};

use crate::clicks::{erase, get};
use crate::harness::{Origin, link_path};

/// A consumer's transaction. Its order is that of its commit.
struct Storing(PgConnection);

impl Storing {
    async fn begin(origin: &Origin, link: &Value, clicks: &[(&str, i32)]) -> Self {
        let mut connection = PgConnection::connect_with(&origin.analytics.connect_options()).await.unwrap();
        sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
        for (time, position) in clicks {
            sqlx::query(
                "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, class)
                 VALUES ($2::timestamptz, 1, $1::uuid, '00010203-0405-0607-0809-0a0b0c0d0e0f',
                         ($2::timestamptz AT TIME ZONE 'UTC')::date, $3, 302, false, 'memory', $3::text, 'human')",
            )
            .bind(link["id"].as_str().unwrap())
            .bind(format!("2026-11-23T{time}Z"))
            .bind(position)
            .execute(&mut connection)
            .await
            .unwrap();
        }
        Self(connection)
    }

    async fn commit(mut self) {
        for statement in [
            "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at)
             VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 1, 1, 0, now())
             ON CONFLICT (link_id) DO UPDATE SET clicks = total.clicks + 1",
            "COMMIT",
        ] {
            sqlx::query(statement).execute(&mut self.0).await.unwrap();
        }
        self.0.close().await.unwrap();
    }
}

async fn store(origin: &Origin, link: &Value, clicks: &[(&str, i32)]) {
    Storing::begin(origin, link, clicks).await.commit().await;
}

/// The request ids of the clicks on a page, and the page.
async fn page(origin: &Origin, query: &str) -> (Vec<String>, Value) {
    let page = get(origin, &format!("/api/v1/clicks{query}")).await;
    let clicks = page["data"].as_array().unwrap();
    (clicks.iter().map(|click| click["request_id"].as_str().unwrap().to_owned()).collect(), page)
}

fn next(page: &Value) -> &str {
    page["next_cursor"].as_str().unwrap()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn click_that_is_stored_late_comes_late(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let (clicks, empty) = page(&origin, "").await;
    assert_eq!((clicks, &empty["has_more"]), (vec![], &json!(false)));

    let early = Storing::begin(&origin, &link, &[("10:00:00", 1)]).await;
    store(&origin, &link, &[("11:00:00", 2)]).await;
    let (clicks, first) = page(&origin, &format!("?after={}", next(&empty))).await;
    assert_eq!(clicks, ["2"]);
    early.commit().await;
    let (clicks, second) = page(&origin, &format!("?after={}", next(&first))).await;
    assert_eq!(clicks, ["1"]);
    assert_eq!(second["data"][0]["link_id"], link["id"]);
    assert_eq!(second["data"][0]["short_url"], link["short_url"]);
    assert_eq!(second["data"][0]["time"], "2026-11-23T10:00:00.000Z");
    let (clicks, third) = page(&origin, &format!("?after={}", next(&second))).await;
    assert_eq!((clicks, next(&third)), (vec![], next(&second)));
    assert_eq!(page(&origin, "").await.0, ["2", "1"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn pages_of_any_size_hold_each_click_once(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let start = page(&origin, "").await.1;
    store(&origin, &link, &[("10:00:02", 3), ("10:00:01", 1), ("10:00:01", 2)]).await;
    store(&origin, &link, &[("09:00:00", 4)]).await;
    store(&origin, &link, &[("12:00:00", 6), ("11:00:00", 5)]).await;
    for size in 1..=7 {
        let (mut read, mut cursor, mut has_more) = (Vec::new(), next(&start).to_owned(), true);
        while has_more {
            let (clicks, page) = page(&origin, &format!("?limit={size}&after={cursor}")).await;
            assert!(clicks.len() <= size);
            read.extend(clicks);
            cursor = next(&page).to_owned();
            has_more = page["has_more"] == true;
        }
        assert_eq!(read, ["1", "2", "3", "4", "5", "6"], "by {size}");
    }
    let (newest, end) = page(&origin, "?limit=3").await;
    assert_eq!(newest, ["4", "5", "6"]);
    assert_eq!(page(&origin, &format!("?after={}", next(&end))).await.0, [""; 0]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn erased_clicks_do_not_hold_up_the_rest(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (erased, kept) =
        (origin.create_link("https://example.com").await, origin.create_link("https://example.com").await);
    let start = page(&origin, "").await.1;
    for number in 1..=3 {
        store(&origin, &erased, &[("10:00:00", number)]).await;
    }
    store(&origin, &kept, &[("10:00:00", 4)]).await;
    erase(&origin, &format!("{}/clicks", link_path(&erased))).await;
    let (mut cursor, mut read) = (next(&start).to_owned(), Vec::new());
    for _ in 0..4 {
        let (clicks, page) = page(&origin, &format!("?limit=1&after={cursor}")).await;
        read.extend(clicks);
        cursor = next(&page).to_owned();
    }
    assert_eq!(read, ["4"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn cursor_whose_successors_are_forgotten_answers_410(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let start = page(&origin, "").await.1;
    store(&origin, &link, &[("10:00:00", 1)]).await;
    let last = page(&origin, "").await.1;
    // As the maintenance does.
    sqlx::query(
        "DELETE FROM stored_transactions WHERE number < (SELECT max(number) FROM stored_transactions)",
    )
    .execute(&origin.analytics)
    .await
    .unwrap();
    let expired = origin.get(&format!("/api/v1/clicks?after={}", next(&start))).await;
    expired.assert_problem(410, "cursor_expired");
    assert_eq!(origin.get(&format!("/api/v1/clicks?after={}", next(&last))).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_parameter_of_the_feed_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (query, code) in [
        ("?after=", "invalid_cursor"),
        ("?after=x.y", "invalid_cursor"),
        ("?after=LTE5MjIzMzcyMDM2ODU0Nzc1ODA4", "invalid_cursor"),
        ("?limit=1001", "invalid_limit"),
        ("?cursor=MQ", "unknown_parameter"),
    ] {
        origin.get(&format!("/api/v1/clicks{query}")).await.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bound_key_follows_its_own_links_only(database: PgPool) {
    let origin = Origin::start(&database).await;
    let created = origin.create_key(json!({"name": "own", "role": "editor", "own_links": true})).await;
    let key = created["key"].as_str().unwrap();
    let body = json!({"url": "https://example.com"});
    let own = origin.call_as(key, Method::POST, "/api/v1/links", body).await.json();
    let hidden = origin.create_link("https://example.com").await;
    for (number, link) in [(1, &hidden), (2, &own), (3, &hidden)] {
        store(&origin, link, &[("10:00:00", number)]).await;
    }
    let first = origin.call_as(key, Method::GET, "/api/v1/clicks?limit=3", Value::Null).await.json();
    assert_eq!(first["data"].as_array().unwrap().len(), 1);
    assert_eq!(first["data"][0]["link_id"], own["id"]);
    store(&origin, &hidden, &[("10:00:00", 4)]).await;
    let path = format!("/api/v1/clicks?after={}", next(&first));
    let second = origin.call_as(key, Method::GET, &path, Value::Null).await.json();
    assert_eq!(second["data"], json!([]));
    assert_ne!(next(&second), next(&first), "the cursor passes what the key may not see");
}
