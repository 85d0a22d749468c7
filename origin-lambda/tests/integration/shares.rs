//! Tests of shares: statistics that are read without a key.

use axum::http::Method;
use link_core::time::UnixMillis;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};
use crate::stats::{count_value, id};

const NOW: &str = "2026-11-23T12:00:00Z";

fn now() -> UnixMillis {
    UnixMillis(1_795_435_200_000)
}

async fn start(database: &PgPool) -> Origin {
    Origin::builder(database).at(now()).start().await
}

async fn share(origin: &Origin, path: &str, body: Value) -> Value {
    let answer = origin.call(Method::POST, path, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let share = answer.json();
    assert_eq!(answer.header("location"), share["url"].as_str().unwrap());
    share
}

/// The path of a share's address.
fn path(share: &Value) -> String {
    let (_, path) = share["url"].as_str().unwrap().split_once("/api/").unwrap();
    format!("/api/{path}")
}

/// Without a key.
async fn open(origin: &Origin, share: &Value, query: &str) -> Answer {
    origin
        .send(
            crate::harness::request(Method::GET, &format!("{}{query}", path(share))).body("".into()).unwrap(),
        )
        .await
}

async fn clicks(origin: &Origin, link: &Value, at: &str, country: &'static str, clicks: i32) {
    for (dimension, value) in
        [("total", ""), ("country", country), ("device", "mobile"), ("referrer", "news.example")]
    {
        count_value(origin, id(link), at, (dimension, value, "human"), clicks).await;
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn shared_statistics_have_counts_and_nothing_private(database: PgPool) {
    let origin = start(&database).await;
    let new = json!({
        "url": "https://canary.example/destination", "title": "canary title", "notes": "canary notes", "alias": "spring",
        "tags": ["canary-tag"], "external_id": "canary-id",
    });
    let link = origin.create_link_with(new).await;
    clicks(&origin, &link, "2026-11-22T10:00:00Z", "DE", 4).await;
    clicks(&origin, &link, "2026-11-23T10:00:00Z", "FR", 2).await;
    let shares = format!("{}/shares", link_path(&link));
    let created = share(&origin, &shares, json!({"title": "Spring", "timezone": "Europe/Berlin"})).await;
    let answer = open(&origin, &created, "?period=7d").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "private, max-age=60");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!text.contains("canary") && !text.contains(id(&link)), "{text}");
    insta::assert_json_snapshot!(answer.json());
    let listed = origin.call(Method::GET, &shares, Value::Null).await.json();
    assert_eq!(listed["data"], json!([created]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn share_of_a_tag_counts_the_links_that_have_it_and_follows_its_name(database: PgPool) {
    let origin = start(&database).await;
    let (a, b) = (json!({"url": "https://a.test/", "tags": ["x"]}), json!({"url": "https://b.test/"}));
    let (a, b) = (origin.create_link_with(a).await, origin.create_link_with(b).await);
    clicks(&origin, &a, "2026-11-22T10:00:00Z", "DE", 4).await;
    clicks(&origin, &b, "2026-11-22T10:00:00Z", "DE", 100).await;
    let created = share(&origin, "/api/v1/tags/x/shares", json!({})).await;
    let shown = open(&origin, &created, "").await.json();
    assert_eq!((&shown["total"], &shown["tag"], &shown["short_url"]), (&json!(4), &json!("x"), &Value::Null));
    origin.call(Method::PATCH, "/api/v1/tags/x", json!({"name": "y"})).await;
    assert_eq!(open(&origin, &created, "").await.json()["tag"], "y");
    origin.call(Method::DELETE, "/api/v1/tags/y", Value::Null).await;
    open(&origin, &created, "").await.assert_problem(404, "share_not_found");
    let none = origin.call(Method::POST, "/api/v1/tags/none/shares", json!({})).await;
    none.assert_problem(404, "tag_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn shares_of_a_renamed_or_removed_tag_are_in_the_audit(database: PgPool) {
    let origin = start(&database).await;
    origin.create_link_with(json!({"url": "https://a.test/", "tags": ["x"]})).await;
    let created = share(&origin, "/api/v1/tags/x/shares", json!({})).await;
    origin.call(Method::PATCH, "/api/v1/tags/x", json!({"name": "y"})).await;
    origin.call(Method::DELETE, "/api/v1/tags/y", Value::Null).await;
    let entries = origin.call(Method::GET, "/api/v1/audit?kind=share", Value::Null).await.json();
    let entries = entries["data"].as_array().unwrap().clone();
    let changes: Vec<_> =
        entries.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["changes"][0])).collect();
    let change = |before: Value, after: Value| json!({"field": "tag", "before": before, "after": after});
    let expected = [
        ("deleted", &change(json!("y"), Value::Null)),
        ("changed", &change(json!("x"), json!("y"))),
        ("created", &change(Value::Null, json!("x"))),
    ];
    assert_eq!(changes, expected, "{created}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn share_of_a_tag_without_links_ends_with_the_tag(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "tags": ["x"]})).await;
    share(&origin, "/api/v1/tags/x/shares", json!({})).await;
    origin.call(Method::PATCH, &link_path(&link), json!({"tags": []})).await;
    let rename = origin.call(Method::PATCH, "/api/v1/tags/x", json!({"name": "y"})).await;
    rename.assert_problem(404, "tag_not_found");
    assert_eq!(origin.call(Method::DELETE, "/api/v1/tags/x", Value::Null).await.status, 204);
    let left = origin.call(Method::GET, "/api/v1/tags/x/shares", Value::Null).await.json();
    assert_eq!(left["data"], json!([]));
    origin.call(Method::DELETE, "/api/v1/tags/x", Value::Null).await.assert_problem(404, "tag_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tag_with_shares_is_not_merged_into_another(database: PgPool) {
    let origin = start(&database).await;
    let a = origin.create_link_with(json!({"url": "https://a.test/", "tags": ["x"]})).await;
    origin.create_link_with(json!({"url": "https://b.test/", "tags": ["y"]})).await;
    share(&origin, "/api/v1/tags/x/shares", json!({})).await;
    let merge = origin.call(Method::PATCH, "/api/v1/tags/x", json!({"name": "y"})).await;
    merge.assert_problem(409, "tag_taken");
    assert_eq!(origin.link(&a).await["tags"], json!(["x"]));
    let merge = origin.call(Method::PATCH, "/api/v1/tags/y", json!({"name": "x"})).await;
    assert_eq!(merge.json()["links"], 2);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn clicks_of_a_share_are_counted_for_one_request_at_a_time(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    let created = share(&origin, &format!("{}/shares", link_path(&link)), json!({})).await;
    let mut lock = origin.analytics.begin().await.unwrap();
    sqlx::query("LOCK TABLE link_totals").execute(&mut *lock).await.unwrap();
    let requests = std::cell::Cell::new(0);
    let release = async {
        // One count for each period; a third would wait within so many looks.
        origin.wait_for_blocked_statements(2, || false).await;
        origin.wait_for_blocked_statements(3, || requests.replace(requests.get() + 1) == 50).await;
        lock.commit().await.unwrap();
    };
    let (first, second, other, ()) = tokio::join!(
        open(&origin, &created, ""),
        open(&origin, &created, ""),
        open(&origin, &created, "?period=7d"),
        release
    );
    assert_eq!([first.status, second.status, other.status].map(|status| status.as_u16()), [200; 3]);
    assert_eq!(requests.get(), 51, "a third count began");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tag_of_too_many_links_is_not_shared(database: PgPool) {
    let origin = start(&database).await;
    let tag = async |first: i32, last: i32| {
        let query = sqlx::query(
            "INSERT INTO links (domain, code, url, status, created_at, updated_at, tags)
             SELECT 'go.example.com', 'l' || n, 'https://x.example/', 302, now(), now(), ARRAY['x']
             FROM generate_series($1, $2) n",
        );
        query.bind(first).bind(last).execute(&database).await.unwrap();
    };
    tag(1, 10_000).await;
    let created = share(&origin, "/api/v1/tags/x/shares", json!({})).await;
    assert_eq!(open(&origin, &created, "").await.status, 200);
    tag(10_001, 10_001).await;
    let refused = origin.call(Method::POST, "/api/v1/tags/x/shares", json!({})).await;
    refused.assert_problem(422, "too_many_links");
    let later = Origin::builder(&database).at(now().plus_millis(3_600_000)).start().await;
    open(&later, &created, "").await.assert_problem(503, "overloaded");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn revoked_or_expired_share_or_one_of_a_deleted_link_opens_nothing(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    let shares = format!("{}/shares", link_path(&link));
    let created = share(&origin, &shares, json!({"expires_at": "2026-12-01T00:00:00Z"})).await;
    assert_eq!(open(&origin, &created, "").await.status, 200);
    let later = Origin::builder(&database).at(now().plus_millis(30 * 86_400_000)).start().await;
    open(&later, &created, "").await.assert_problem(404, "share_not_found");

    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    open(&origin, &created, "").await.assert_problem(404, "share_not_found");
    origin.call(Method::POST, &format!("{}/restore", link_path(&link)), Value::Null).await;
    assert_eq!(open(&origin, &created, "").await.status, 200);

    let one = format!("{shares}/{}", id(&created));
    assert_eq!(origin.call(Method::DELETE, &one, Value::Null).await.status, 204);
    open(&origin, &created, "").await.assert_problem(404, "share_not_found");
    origin.call(Method::DELETE, &one, Value::Null).await.assert_problem(404, "share_not_found");
    let entries = origin.call(Method::GET, "/api/v1/audit?kind=share", Value::Null).await.json();
    let actions: Vec<_> =
        entries["data"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["deleted", "created"]);
    assert!(!entries.to_string().contains(&path(&created)["/api/v1/shared/".len()..]), "{entries}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn share_of_another_link_cannot_be_ended_through_this_one(database: PgPool) {
    let origin = start(&database).await;
    let (link, other) =
        (origin.create_link("https://a.test/").await, origin.create_link("https://b.test/").await);
    let created = share(&origin, &format!("{}/shares", link_path(&link)), json!({})).await;
    let wrong = format!("{}/shares/{}", link_path(&other), id(&created));
    origin.call(Method::DELETE, &wrong, Value::Null).await.assert_problem(404, "share_not_found");
    assert_eq!(open(&origin, &created, "").await.status, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn counts_of_a_share_are_read_once_a_minute_and_outlive_the_database(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    clicks(&origin, &link, "2026-11-22T10:00:00Z", "DE", 4).await;
    let created = share(&origin, &format!("{}/shares", link_path(&link)), json!({})).await;
    assert_eq!(open(&origin, &created, "").await.json()["total"], 4);
    clicks(&origin, &link, "2026-11-22T10:00:00Z", "DE", 1).await;
    assert_eq!(open(&origin, &created, "").await.json()["total"], 4);
    assert_eq!(open(&origin, &created, "?period=7d").await.json()["total"], 5);
    origin.close_analytics().await;
    assert_eq!(open(&origin, &created, "").await.json()["total"], 4);
    open(&origin, &created, "?period=90d").await.assert_problem(503, "analytics_unavailable");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bad_shares_are_refused(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    let shares = format!("{}/shares", link_path(&link));
    for (body, code) in [
        (json!({"title": "a\nb"}), "invalid_title"),
        (json!({"title": "x".repeat(201)}), "invalid_title"),
        (json!({"timezone": "Mars/Base"}), "invalid_timezone"),
        (json!({"expires_at": NOW}), "invalid_expires_at"),
        (json!({"expires": null}), "unknown_field"),
    ] {
        origin.call(Method::POST, &shares, body).await.assert_problem(422, code);
    }
    let created = share(&origin, &shares, json!({})).await;
    open(&origin, &created, "?period=1y").await.assert_problem(422, "invalid_period");
    open(&origin, &created, "?country=DE").await.assert_problem(422, "unknown_parameter");
    for token in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "%00"] {
        origin.get(&format!("/api/v1/shared/{token}")).await.assert_problem(404, "share_not_found");
    }
    sqlx::query("INSERT INTO shares (token, link, timezone, created_by, created_at) SELECT n::text, $1::uuid, 'UTC', $1::uuid, now() FROM generate_series(1, 99) n")
        .bind(id(&link))
        .execute(&database)
        .await
        .unwrap();
    origin.call(Method::POST, &shares, json!({})).await.assert_problem(409, "too_many_shares");
    sqlx::query("DELETE FROM shares WHERE token = '99'").execute(&database).await.unwrap();
    let mut lock = database.begin().await.unwrap();
    sqlx::query("LOCK TABLE audit_entries").execute(&mut *lock).await.unwrap();
    let release = async {
        origin.wait_for_blocked_statements(2, || false).await;
        lock.commit().await.unwrap();
    };
    let create = || origin.call(Method::POST, &shares, json!({}));
    let (one, other, ()) = tokio::join!(create(), create(), release);
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}
