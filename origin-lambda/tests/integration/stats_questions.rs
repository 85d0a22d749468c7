//! Tests of what statistics can be asked for besides totals and values: classes, links, hours, CSV, what has not changed.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path, request};
use crate::stats::{ALL_LINKS, count, count_value, id, stats, stats_of_all};

#[sqlx::test(migrator = "crate::LINKS")]
async fn points_are_split_by_class(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (class, at, clicks) in [
        ("human", "22T10:00", 4),
        ("bot", "22T11:00", 2),
        ("human", "22T12:00", 2),
        ("preview", "23T10:00", 8),
    ] {
        count_value(&origin, id(&link), &format!("2026-11-{at}:00Z"), ("total", "", class), clicks).await;
    }
    let query = "?from=2026-11-22&to=2026-11-25";
    let classes = async |query: &str| {
        let points = stats(&origin, &link, query).await["series"].clone();
        points.as_array().unwrap().iter().map(|point| point["classes"].clone()).collect::<Vec<_>>()
    };
    let expected = [json!({"human": 6, "bot": 2}), json!({"preview": 8}), json!({})];
    assert_eq!(classes(&format!("{query}&split=class")).await, expected);
    assert_eq!(classes(&format!("{query}&split=class&timezone=Etc/GMT-5")).await, expected, "from quarters");
    let human = [json!({"human": 6}), json!({}), json!({})];
    assert_eq!(classes(&format!("{query}&split=class&class=human")).await, human);
    assert_eq!(classes(query).await, [json!(null), json!(null), json!(null)]);
    let invalid = origin.get(&format!("{}/stats?split=country", link_path(&link))).await;
    invalid.assert_problem(422, "invalid_split");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_with_the_most_clicks_of_any_period(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut links = Vec::new();
    for tags in [json!([]), json!(["a"]), json!(["a"])] {
        links.push(origin.create_link_with(json!({"url": "https://example.com", "tags": tags})).await);
    }
    let deleted = json!({"id": "0198c0de-0000-7000-8000-000000000001"});
    for (link, clicks) in links.iter().chain([&deleted]).zip([2, 8, 4, 6]) {
        count(&origin, link, "2026-11-22T12:00:00Z", clicks).await;
        count(&origin, link, "2026-11-22T06:00:00Z", 100 - clicks).await;
    }
    count_value(&origin, ALL_LINKS, "2026-11-22T12:00:00Z", ("total", "", "human"), 21).await;
    // Noon begins in the middle of the day.
    let range = "?from=2026-11-22T12:00:00Z&to=2026-11-23";
    let groups = async |query: &str| {
        let answer = stats_of_all(&origin, &format!("{range}&group_by=link{query}")).await;
        answer["groups"].clone()
    };
    let group = |link: &Value, clicks: i64| {
        let mut group = json!({"value": link["id"], "clicks": clicks, "visitors": clicks / 2});
        if let Some(short_url) = link["short_url"].as_str() {
            group["short_url"] = short_url.into();
        }
        group
    };
    let other = json!({"value": "(other)", "clicks": 1, "visitors": 0});
    assert_eq!(
        groups("").await,
        json!([group(&links[1], 8), group(&deleted, 6), group(&links[2], 4), group(&links[0], 2), other])
    );
    assert_eq!(groups("&tag=a").await, json!([group(&links[1], 8), group(&links[2], 4)]));
    assert_eq!(groups("&tag=a&class=bot").await, json!([]));
    let one = stats(&origin, &links[0], &format!("{range}&group_by=link")).await;
    assert_eq!(one["groups"], json!([group(&links[0], 2)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn hours_of_the_week_are_local(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    // The 16th and 23rd are Mondays.
    for (at, clicks) in [("16T10:45", 2), ("23T10:00", 4), ("22T18:00", 6), ("22T18:15", 8)] {
        count(&origin, &link, &format!("2026-11-{at}:00Z"), clicks).await;
    }
    let groups = async |zone: &str| {
        let query = format!("?from=2026-11-15&to=2026-11-24&group_by=hour_of_week&timezone={zone}");
        let answer = stats(&origin, &link, &query).await;
        let group =
            |group: &Value| (group["value"].as_str().unwrap().to_owned(), group["clicks"].as_i64().unwrap());
        let mut groups: Vec<_> = answer["groups"].as_array().unwrap().iter().map(group).collect();
        groups.sort();
        groups
    };
    let owned = |groups: &[(&str, i64)]| {
        groups.iter().map(|(hour, clicks)| ((*hour).to_owned(), *clicks)).collect::<Vec<_>>()
    };
    assert_eq!(groups("UTC").await, owned(&[("1-10", 6), ("7-18", 14)]));
    // 5:45 ahead.
    assert_eq!(groups("Asia/Kathmandu").await, owned(&[("1-00", 8), ("1-15", 4), ("1-16", 2), ("7-23", 6)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_are_sent_as_csv(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-11-22T12:00:00Z", 4).await;
    count_value(&origin, id(&link), "2026-11-22T12:00:00Z", ("country", "DE", "human"), 4).await;
    let path = format!("{}/stats?from=2026-11-22&to=2026-11-23&format=csv", link_path(&link));
    let answer = origin.get(&path).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let series = "\"start\",\"clicks\",\"visitors\"\r\n\"2026-11-22T00:00:00.000Z\",\"4\",\"2\"\r\n";
    assert_eq!(answer.body, series);
    let groups = origin.get(&format!("{path}&group_by=country")).await;
    assert_eq!(groups.body, "\"value\",\"clicks\",\"visitors\"\r\n\"DE\",\"4\",\"2\"\r\n");
    origin.close_analytics().await;
    let stale = origin.get(&path).await;
    assert_eq!((stale.header("age"), stale.body.as_ref()), ("0", series.as_bytes()));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unchanged_statistics_answer_304(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-11-22T12:00:00Z", 4).await;
    let complete_until = async |time: &str| {
        sqlx::query(
            "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at) VALUES ($1::uuid, 1, 1, 0, $2::timestamptz)
             ON CONFLICT (link_id) DO UPDATE SET last_click_at = EXCLUDED.last_click_at",
        )
        .bind(ALL_LINKS)
        .bind(time)
        .execute(&origin.analytics)
        .await
        .unwrap();
    };
    let path = format!("{}/stats?from=2026-11-22&to=2026-11-23", link_path(&link));
    let answer_to = async |path: &str, etag: &str| {
        let request = request(Method::GET, path).header("if-none-match", etag).body(Body::empty());
        let answer = origin.send(request.unwrap()).await;
        (answer.status, answer.header("etag").to_owned())
    };
    complete_until("2026-11-23T00:00:00Z").await;
    let first = origin.get(&path).await;
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let etag = first.header("etag");
    // The end of the range is past, so its numbers do not get more complete.
    complete_until("2026-11-23T09:00:00Z").await;
    assert_eq!(answer_to(&path, etag).await, (StatusCode::NOT_MODIFIED, etag.to_owned()));
    assert_eq!(answer_to(&format!("{path}&format=csv"), etag).await.0, StatusCode::OK);
    count(&origin, &link, "2026-11-22T12:00:00Z", 1).await;
    let (status, changed) = answer_to(&path, etag).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(changed, etag);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn deleted_link_keeps_its_statistics_until_they_are_erased(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-11-22T12:00:00Z", 4).await;
    sqlx::query("INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at) VALUES ($1::uuid, 4, 4, 0, now())")
        .bind(id(&link))
        .execute(&origin.analytics)
        .await
        .unwrap();
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    assert_eq!(stats(&origin, &link, "").await["total"], 4);
    origin.call(Method::DELETE, &format!("{}/clicks", link_path(&link)), Value::Null).await;
    let path = format!("{}/stats", link_path(&link));
    origin.get(&path).await.assert_problem(404, "link_not_found");
    let all = json!({ "id": ALL_LINKS });
    origin.get(&format!("{}/stats", link_path(&all))).await.assert_problem(404, "link_not_found");
}
