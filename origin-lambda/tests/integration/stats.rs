//! Tests of statistics, on the analytics database's schema.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path};

pub(crate) const ALL_LINKS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// Counts clicks and half as many visitors in the quarter of an hour that starts at `at`.
pub(crate) async fn count_value(
    origin: &Origin,
    link: &str,
    at: &str,
    (dimension, value, class): RollUpKey,
    clicks: i32,
) {
    sqlx::query(
        "INSERT INTO link_days AS known
             (link_id, day, dimension, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         SELECT $1::uuid, (at AT TIME ZONE 'UTC')::date, $3, $4, $5, $6, $6 / 2, add_at('{}', quarter, $6),
                add_at('{}', quarter, $6 / 2)
         FROM (SELECT $2::timestamptz AS at) AS sent,
              LATERAL (SELECT (extract(epoch FROM at)::bigint / 900 % 96)::integer AS quarter) AS split
         ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks, visitors = known.visitors + EXCLUDED.visitors,
             quarter_clicks = add_at(known.quarter_clicks, array_lower(EXCLUDED.quarter_clicks, 1), EXCLUDED.clicks),
             quarter_visitors =
                 add_at(known.quarter_visitors, array_lower(EXCLUDED.quarter_clicks, 1), EXCLUDED.visitors)",
    )
    .bind(link)
    .bind(at)
    .bind(dimension)
    .bind(value)
    .bind(class)
    .bind(i64::from(clicks))
    .execute(&origin.analytics)
    .await
    .unwrap();
}

/// Dimension, value, class.
type RollUpKey = (&'static str, &'static str, &'static str);

pub(crate) fn id(link: &Value) -> &str {
    link["id"].as_str().unwrap()
}

pub(crate) async fn count(origin: &Origin, link: &Value, at: &str, clicks: i32) {
    count_value(origin, id(link), at, ("total", "", "human"), clicks).await;
}

pub(crate) async fn stats(origin: &Origin, link: &Value, query: &str) -> Value {
    let answer = origin.get(&format!("{}/stats{query}", link_path(link))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// The points of a series that have clicks.
fn points_with_clicks(stats: &Value) -> Vec<Value> {
    stats["series"].as_array().unwrap().iter().filter(|point| point["clicks"] != 0).cloned().collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn series_has_every_interval_of_a_date_range(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-10-24T21:45:00Z", 1).await;
    count(&origin, &link, "2026-10-25T22:45:00Z", 2).await;
    count(&origin, &link, "2026-10-26T23:00:00Z", 4).await;
    // Clocks are set back on the 25th.
    let berlin = stats(&origin, &link, "?from=2026-10-24&to=2026-10-27&timezone=Europe/Berlin").await;
    assert_eq!(
        (&berlin["from"], &berlin["to"]),
        (&json!("2026-10-23T22:00:00.000Z"), &json!("2026-10-26T23:00:00.000Z"))
    );
    let point = |start: &str, clicks: i64| json!({"start": start, "clicks": clicks, "visitors": clicks / 2});
    let days = json!([
        point("2026-10-23T22:00:00.000Z", 1),
        point("2026-10-24T22:00:00.000Z", 2),
        point("2026-10-25T23:00:00.000Z", 0),
    ]);
    assert_eq!((&berlin["total"], &berlin["series"]), (&json!(3), &days));
    let ahead = stats(&origin, &link, "?from=2026-10-25&to=2026-10-27&timezone=%2B02:00").await;
    assert_eq!((&ahead["timezone"], &ahead["from"]), (&json!("+02:00"), &json!("2026-10-24T22:00:00.000Z")));
    assert_eq!(ahead["series"].as_array().unwrap().len(), 2);
    let hours =
        stats(&origin, &link, "?from=2026-10-25&to=2026-10-26&interval=hour&timezone=Europe/Berlin").await;
    assert_eq!((hours["series"].as_array().unwrap().len(), points_with_clicks(&hours).len()), (25, 1));

    let clicks = format!("{}/clicks?from=2026-10-25&to=2026-10-27&timezone= 02:00", link_path(&link));
    assert_eq!(origin.get(&clicks.replace(' ', "%20")).await.status, StatusCode::OK);
    origin
        .get(&format!("{}&timezone=Mars", clicks.replace(' ', "%20")))
        .await
        .assert_problem(422, "invalid_timezone");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_default_to_thirty_days_by_day(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let other = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-10-24T23:45:00Z", 1_000).await;
    count(&origin, &link, "2026-10-25T00:00:00Z", 1).await;
    count(&origin, &link, "2026-11-23T00:00:00Z", 2).await;
    count(&origin, &link, "2026-11-23T23:45:00Z", 4).await;
    count(&origin, &link, "2026-11-24T00:00:00Z", 1_000).await;
    count(&origin, &other, "2026-11-23T00:00:00Z", 1_000).await;
    let mut expected = json!({
        "from": "2026-10-25T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z", "timezone": "UTC", "class": "all",
        "complete_until": null, "basis": "rollup", "share": 1.0, "truncated": false, "total": 7, "visitors": 3,
        "change": {"total": -0.993, "visitors": -0.994},
        "previous": {
            "from": "2026-09-25T00:00:00.000Z", "to": "2026-10-25T00:00:00.000Z", "total": 1_000, "visitors": 500,
        },
        "series": [
            {"start": "2026-10-25T00:00:00.000Z", "clicks": 1, "visitors": 0},
            {"start": "2026-11-23T00:00:00.000Z", "clicks": 6, "visitors": 3},
        ],
    });
    let series = expected["series"].take();
    for query in ["", "?interval=day"] {
        let mut answer = stats(&origin, &link, query).await;
        assert_eq!(
            (json!(points_with_clicks(&answer)), answer["series"].as_array().unwrap().len()),
            (series.clone(), 30)
        );
        answer["series"].take();
        assert_eq!(answer, expected);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_by_hour_cover_the_widened_range(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (bucket, clicks) in
        [("09:45", 1_000), ("10:00", 1), ("10:45", 2), ("12:00", 4), ("12:15", 8), ("12:30", 1_000)]
    {
        count(&origin, &link, &format!("2026-11-01T{bucket}:00Z"), clicks).await;
    }
    let query = "?from=2026-11-01T12:07:00%2B02:00&to=2026-11-01T12:16:00Z&interval=hour";
    let expected = json!({
        "from": "2026-11-01T10:00:00.000Z", "to": "2026-11-01T12:30:00.000Z", "timezone": "UTC", "class": "all",
        "complete_until": null, "basis": "rollup", "share": 1.0, "truncated": false, "total": 15, "visitors": 7,
        "change": {"total": -0.985, "visitors": -0.986},
        "previous": {
            "from": "2026-11-01T07:30:00.000Z", "to": "2026-11-01T10:00:00.000Z", "total": 1_000, "visitors": 500,
        },
        "series": [
            {"start": "2026-11-01T10:00:00.000Z", "clicks": 3, "visitors": 1},
            {"start": "2026-11-01T11:00:00.000Z", "clicks": 0, "visitors": 0},
            {"start": "2026-11-01T12:00:00.000Z", "clicks": 12, "visitors": 6},
        ],
    });
    assert_eq!(stats(&origin, &link, query).await, expected);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_without_clicks_has_a_series_of_zeros(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let stats = stats(&origin, &link, "").await;
    assert_eq!((&stats["total"], points_with_clicks(&stats).len()), (&json!(0), 0));
    assert_eq!(stats["series"][0], json!({"start": "2026-10-25T00:00:00.000Z", "clicks": 0, "visitors": 0}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_of_an_unknown_link_answer_404(database: PgPool) {
    let origin = Origin::start(&database).await;
    let gone = json!({"id": "0198c0de-0000-7000-8000-000000000001"});
    count(&origin, &gone, "2026-11-23T00:00:00Z", 1).await;
    for id in [gone["id"].as_str().unwrap(), "no-id"] {
        origin.get(&format!("/api/v1/links/{id}/stats")).await.assert_problem(404, "link_not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_statistics_parameter_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (query, code, fields) in [
        ("?since=2026-11-01T00:00:00Z", "unknown_parameter", vec!["since"]),
        ("?group_by=orphan", "invalid_group_by", vec!["group_by"]),
        ("?tag=a", "unknown_parameter", vec!["tag"]),
        ("?=", "unknown_parameter", vec![""]),
        ("?from=%00", "invalid_from", vec!["from"]),
        ("?from=%FF", "invalid_from", vec!["from"]),
        ("?from=", "invalid_from", vec!["from"]),
        ("?to=9999-12-31T23:59:59-23:59", "invalid_to", vec!["to"]),
        ("?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "invalid_to", vec!["to"]),
        ("?interval=second", "invalid_interval", vec!["interval"]),
        ("?interval=day&interval=hour", "invalid_interval", vec!["interval"]),
        ("?x=1&interval=year&from=a&to=b", "invalid_from", vec!["from", "to", "interval", "x"]),
    ] {
        let answer = origin.get(&format!("{}/stats{query}", link_path(&link))).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), fields, "{query}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn day_starts_by_the_time_zone(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    // Kathmandu is 5:45 ahead of UTC.
    count(&origin, &link, "2026-11-22T18:00:00Z", 1).await;
    count(&origin, &link, "2026-11-22T18:15:00Z", 2).await;
    count(&origin, &link, "2026-11-23T18:00:00Z", 4).await;
    count(&origin, &link, "2026-11-23T18:15:00Z", 8).await;
    let query = "?timezone=Asia/Kathmandu&from=2026-11-23T00:00:00%2B05:45&to=2026-11-24T00:00:00%2B05:45";
    let answer = stats(&origin, &link, query).await;
    let series = json!([{"start": "2026-11-22T18:15:00.000Z", "clicks": 6, "visitors": 3}]);
    assert_eq!((&answer["total"], &answer["timezone"]), (&json!(6), &json!("Asia/Kathmandu")));
    assert_eq!(answer["series"], series);
    assert_eq!(answer["previous"]["total"], 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn clicks_are_grouped_by_value_and_filtered_by_class(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (dimension, value, class, clicks) in [
        ("total", "", "human", 10),
        ("total", "", "bot", 4),
        ("referrer", "news.example", "human", 6),
        ("referrer", "(other)", "human", 2),
        ("referrer", "news.example", "bot", 4),
    ] {
        // The range contains a part of the day.
        count_value(&origin, id(&link), "2026-11-23T12:00:00Z", (dimension, value, class), clicks).await;
        count_value(&origin, id(&link), "2026-11-23T23:45:00Z", (dimension, value, class), 1_000).await;
    }
    let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks, "visitors": clicks / 2});
    let range = "from=2026-11-23T12:00:00Z&to=2026-11-23T23:45:00Z";
    let by_class = stats(&origin, &link, &format!("?{range}&group_by=class")).await;
    assert_eq!(by_class["groups"], json!([group("human", 10), group("bot", 4)]));
    let all = stats(&origin, &link, &format!("?{range}&group_by=referrer")).await;
    assert_eq!(all["groups"], json!([group("news.example", 10), group("(direct)", 2), group("(other)", 2)]));
    let human = stats(&origin, &link, &format!("?{range}&group_by=referrer&class=human")).await;
    assert_eq!((&human["total"], &human["class"]), (&json!(10), &json!("human")));
    assert_eq!(human["groups"], json!([group("news.example", 6), group("(direct)", 2), group("(other)", 2)]));
    let none = stats(&origin, &link, &format!("?{range}&group_by=country")).await;
    assert_eq!(none["groups"], json!([group("(unknown)", 14)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_by_minute_cover_two_days(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (minute, class, clicks) in [("23:57", "human", 3), ("23:57", "bot", 1), ("22:00", "human", 100)] {
        sqlx::query(
            "INSERT INTO link_minutes (day, link_id, minute, class, clicks, visitors)
             VALUES ('2026-11-23', $1::uuid, $2::timestamptz, $3, $4, 1)",
        )
        .bind(id(&link))
        .bind(format!("2026-11-23T{minute}:00Z"))
        .bind(class)
        .bind(clicks)
        .execute(&origin.analytics)
        .await
        .unwrap();
    }
    let answer = stats(&origin, &link, "?interval=minute").await;
    assert_eq!(
        json!(points_with_clicks(&answer)),
        json!([{"start": "2026-11-23T23:57:00.000Z", "clicks": 4, "visitors": 2}])
    );
    let people = stats(&origin, &link, "?interval=minute&class=human&from=2026-11-23T21:00:00Z").await;
    assert_eq!((&people["total"], points_with_clicks(&people).len()), (&json!(103), 2));
}

pub(crate) async fn stats_of_all(origin: &Origin, query: &str) -> Value {
    let answer = origin.get(&format!("/api/v1/stats{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statistics_cover_all_links_or_a_tag_and_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut links = Vec::new();
    for tags in [json!(["a", "b"]), json!(["b"]), json!([])] {
        let body = json!({"url": "https://example.com", "tags": tags}).to_string();
        links.push(origin.create(body).await.json());
    }
    for (link, clicks) in links.iter().zip([2, 4, 8]) {
        count(&origin, link, "2026-11-23T12:00:00Z", clicks).await;
    }
    count_value(&origin, ALL_LINKS, "2026-11-23T12:00:00Z", ("total", "", "human"), 14).await;
    count_value(&origin, ALL_LINKS, "2026-11-23T12:00:00Z", ("domain", "go.example.com", "human"), 14).await;
    assert_eq!(stats_of_all(&origin, "").await["total"], 14);
    assert_eq!(stats_of_all(&origin, "?tag=b").await["total"], 6);
    assert_eq!(stats_of_all(&origin, "?tag=none").await["total"], 0);
    assert_eq!(stats_of_all(&origin, "?tag=b&domain=go.example.com").await["total"], 6);
    assert_eq!(stats_of_all(&origin, "?tag=%20b%20").await["total"], 6, "trimmed like a link's tags");
    for nothing in ["?tag=", "?tag=%00"] {
        origin.get(&format!("/api/v1/stats{nothing}")).await.assert_problem(422, "invalid_tags");
    }
    assert_eq!(stats_of_all(&origin, "?domain=go.example.com").await["total"], 14);
    let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks, "visitors": clicks / 2});
    let by_tag = stats_of_all(&origin, "?group_by=tag").await;
    assert_eq!(by_tag["groups"], json!([group("b", 6), group("a", 2)]));
    let by_domain = stats_of_all(&origin, "?group_by=domain").await;
    assert_eq!(by_domain["groups"], json!([group("go.example.com", 14)]));
    let for_tag = stats_of_all(&origin, "?tag=b&group_by=domain").await;
    assert_eq!(for_tag["groups"], json!([group("go.example.com", 6)]));
    let for_tag = stats_of_all(&origin, "?tag=a&group_by=tag").await;
    assert_eq!(for_tag["groups"], json!([group("a", 2), group("b", 2)]));
    let for_link = stats(&origin, &links[0], "?group_by=tag").await;
    assert_eq!(for_link["groups"], json!([group("a", 2), group("b", 2)]));
    let for_link = stats(&origin, &links[2], "?group_by=domain").await;
    assert_eq!(for_link["groups"], json!([group("go.example.com", 8)]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unavailable_analytics_database_answers_the_last_statistics(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-11-23T12:00:00Z", 2).await;
    assert_eq!(stats(&origin, &link, "").await["total"], 2);
    origin.close_analytics().await;
    let answer = origin.get(&format!("{}/stats", link_path(&link))).await;
    assert_eq!((answer.status, answer.header("age")), (StatusCode::OK, "0"));
    assert_eq!((&answer.json()["total"], &answer.json()["stale_seconds"]), (&json!(2), &json!(0)));
    let uncached = origin.get(&format!("{}/stats?group_by=class", link_path(&link))).await;
    uncached.assert_problem(503, "analytics_unavailable");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn slow_analytics_database_answers_the_last_statistics(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    count(&origin, &link, "2026-11-23T12:00:00Z", 2).await;
    assert_eq!(stats(&origin, &link, "").await["total"], 2);
    // The statement times out after half a minute, long after the statistics' own timeout.
    let mut blocking = origin.analytics.begin().await.unwrap();
    sqlx::query("LOCK TABLE link_days IN ACCESS EXCLUSIVE MODE").execute(&mut *blocking).await.unwrap();
    let answer = stats(&origin, &link, "").await;
    assert_eq!((&answer["total"], &answer["stale_seconds"]), (&json!(2), &json!(0)));
    blocking.rollback().await.unwrap();
}
