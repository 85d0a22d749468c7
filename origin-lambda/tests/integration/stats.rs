//! Which clicks are counted in which range, from the tables that the consumer's migrations make.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::harness::Origin;

async fn count(origin: &Origin, link: &Value, bucket: &str, clicks: i64) {
    sqlx::query(
        "INSERT INTO link_clicks_15m (link_id, bucket, clicks) VALUES ($1::uuid, $2::timestamptz, $3)",
    )
    .bind(link["id"].as_str().unwrap())
    .bind(bucket)
    .bind(clicks)
    .execute(&origin.analytics)
    .await
    .unwrap();
}

async fn stats(origin: &Origin, link: &Value, query: &str) -> Value {
    let answer = origin.get(&format!("/api/v1/links/{}/stats{query}", link["id"].as_str().unwrap())).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[sqlx::test(migrations = "../migrations/links")]
async fn clicks_are_counted_per_day_over_thirty_days_unless_asked_otherwise(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start(database).await;
    let link = origin.create_link("https://example.com").await;
    let other = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-10-24T23:45:00Z", 1_000).await;
    count(&origin, &link, "2026-10-25T00:00:00Z", 1).await;
    count(&origin, &link, "2026-11-23T00:00:00Z", 2).await;
    count(&origin, &link, "2026-11-23T23:45:00Z", 4).await;
    count(&origin, &link, "2026-11-24T00:00:00Z", 1_000).await;
    count(&origin, &other, "2026-11-23T00:00:00Z", 1_000).await;
    let expected = json!({
        "from": "2026-10-25T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z", "timezone": "UTC", "class": "all",
        "total": 7,
        "series": [
            {"start": "2026-10-25T00:00:00.000Z", "clicks": 1},
            {"start": "2026-11-23T00:00:00.000Z", "clicks": 6},
        ],
    });
    assert_eq!(stats(&origin, &link, "").await, expected);
    assert_eq!(stats(&origin, &link, "?interval=day").await, expected);
}

#[sqlx::test(migrations = "../migrations/links")]
async fn clicks_are_counted_per_hour_of_utc_in_the_range_asked_for(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start(database).await;
    let link = origin.create_link("https://example.com").await;
    for (bucket, clicks) in
        [("09:45", 1_000), ("10:00", 1), ("10:45", 2), ("12:00", 4), ("12:15", 8), ("12:30", 1_000)]
    {
        count(&origin, &link, &format!("2026-11-01T{bucket}:00Z"), clicks).await;
    }
    let query = "?from=2026-11-01T12:07:00%2B02:00&to=2026-11-01T12:16:00Z&interval=hour";
    let expected = json!({
        "from": "2026-11-01T10:00:00.000Z", "to": "2026-11-01T12:30:00.000Z", "timezone": "UTC", "class": "all",
        "total": 15,
        "series": [
            {"start": "2026-11-01T10:00:00.000Z", "clicks": 3},
            {"start": "2026-11-01T12:00:00.000Z", "clicks": 12},
        ],
    });
    assert_eq!(stats(&origin, &link, query).await, expected);
}

#[sqlx::test(migrations = "../migrations/links")]
async fn a_link_without_clicks_has_an_empty_series(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let link = origin.create_link("https://example.com").await;
    let stats = stats(&origin, &link, "").await;
    assert_eq!((&stats["total"], &stats["series"]), (&json!(0), &json!([])));
}

#[sqlx::test(migrations = "../migrations/links")]
async fn the_statistics_of_an_unknown_link_are_not_found(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let gone = json!({"id": "0198c0de-0000-7000-8000-000000000001"});
    count(&origin, &gone, "2026-11-23T00:00:00Z", 1).await;
    for id in [gone["id"].as_str().unwrap(), "no-id"] {
        origin.get(&format!("/api/v1/links/{id}/stats")).await.assert_problem(404, "link_not_found");
    }
}

#[sqlx::test(migrations = "../migrations/links")]
async fn a_parameter_that_is_unknown_or_wrong_is_named(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let link = origin.create_link("https://example.com").await;
    for (query, code, fields) in [
        ("?since=2026-11-01T00:00:00Z", "unknown_parameter", vec!["since"]),
        ("?group_by=country", "unknown_parameter", vec!["group_by"]),
        ("?=", "unknown_parameter", vec![""]),
        ("?from=%00", "invalid_from", vec!["from"]),
        ("?from=%FF", "invalid_from", vec!["from"]),
        ("?from=", "invalid_from", vec!["from"]),
        ("?to=9999-12-31T23:59:59-23:59", "invalid_to", vec!["to"]),
        ("?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "invalid_to", vec!["to"]),
        ("?interval=minute", "invalid_interval", vec!["interval"]),
        ("?interval=day&interval=hour", "invalid_interval", vec!["interval"]),
        ("?x=1&interval=week&from=a&to=b", "invalid_to", vec!["to", "from", "interval", "x"]),
    ] {
        let answer =
            origin.get(&format!("/api/v1/links/{}/stats{query}", link["id"].as_str().unwrap())).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.wrong_fields(), fields, "{query}");
    }
}
