//! Tests of statistics over sealed days.

use serde_json::json;
use sqlx::PgPool;

use crate::harness::Origin;
use crate::stats::{count_value, id, stats};

/// Seals a day as the maintenance does.
pub async fn seal(origin: &Origin, day: &str) {
    for statement in [
        "INSERT INTO sealed_quarters (link_id, day, dimension, value, class, quarter_clicks, quarter_visitors)
         SELECT link_id, day, dimension, value, class, quarter_clicks, quarter_visitors FROM link_days WHERE day = $1::date",
        "INSERT INTO link_months AS known (link_id, month, dimension, value, class, clicks, visitors, day_clicks, day_visitors)
         SELECT link_id, date_trunc('month', day), dimension, value, class, clicks, visitors,
                add_day('{}', extract(day FROM day)::integer, clicks), add_day('{}', extract(day FROM day)::integer, visitors)
         FROM link_days WHERE day = $1::date
         ON CONFLICT (link_id, dimension, month, value, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks, visitors = known.visitors + EXCLUDED.visitors,
             day_clicks = add_day(known.day_clicks, extract(day FROM $1::date)::integer, EXCLUDED.clicks),
             day_visitors = add_day(known.day_visitors, extract(day FROM $1::date)::integer, EXCLUDED.visitors)",
        "DELETE FROM link_days WHERE day = $1::date",
    ] {
        sqlx::query(statement).bind(day).execute(&origin.analytics).await.unwrap();
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn range_within_sealed_days_includes_late_clicks(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    // A day in Kathmandu is from 18:15 to 18:15 UTC.
    let on_time = [
        ("2026-11-09T18:00:00Z", "DE", 10_000),
        ("2026-11-09T18:15:00Z", "DE", 2),
        ("2026-11-10T18:00:00Z", "FR", 4),
        ("2026-11-10T18:15:00Z", "DE", 8),
        ("2026-11-11T18:00:00Z", "FR", 16),
        ("2026-11-11T18:15:00Z", "FR", 20_000),
    ];
    let late = on_time.map(|(at, country, clicks)| (at, country, 100 * clicks));
    let value = |country| [("total", "", "human"), ("country", country, "human")];
    for (at, country, clicks) in on_time {
        for value in value(country) {
            count_value(&origin, id(&link), at, value, clicks).await;
        }
    }
    let query = "?timezone=Asia/Kathmandu&group_by=country&from=2026-11-09T18:15:00Z&to=2026-11-11T18:15:00Z";
    let expected = |times: i64| {
        let point = |start: &str, clicks: i64| json!({"start": start, "clicks": clicks * times, "visitors": clicks / 2 * times});
        let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks * times, "visitors": clicks / 2 * times});
        (
            json!([point("2026-11-09T18:15:00.000Z", 6), point("2026-11-10T18:15:00.000Z", 24)]),
            json!([group("FR", 20), group("DE", 10)]),
        )
    };
    let answer = async || {
        let answer = stats(&origin, &link, query).await;
        (answer["series"].clone(), answer["groups"].clone())
    };
    let quarter_counts = async || {
        let query = "?from=2026-11-11T18:15:00Z&to=2026-11-11T18:30:00Z&interval=hour&group_by=class";
        let answer = stats(&origin, &link, query).await;
        (answer["total"].clone(), answer["groups"][0]["clicks"].clone(), answer["previous"]["total"].clone())
    };
    assert_eq!(answer().await, expected(1));
    assert_eq!(quarter_counts().await, (json!(20_000), json!(20_000), json!(16)));
    for day in ["2026-11-09", "2026-11-10", "2026-11-11"] {
        seal(&origin, day).await;
    }
    assert_eq!(answer().await, expected(1), "sealed");
    assert_eq!(quarter_counts().await, (json!(20_000), json!(20_000), json!(16)), "sealed");
    for (at, country, clicks) in late {
        for value in value(country) {
            count_value(&origin, id(&link), at, value, clicks).await;
        }
    }
    assert_eq!(answer().await, expected(101), "with late clicks");
    assert_eq!(
        quarter_counts().await,
        (json!(2_020_000), json!(2_020_000), json!(1_616)),
        "with late clicks"
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn range_over_sealed_months_counts_each_day_once(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (day, clicks) in [
        ("2026-08-31", 100_000),
        ("2026-09-01", 2),
        ("2026-09-30", 4),
        ("2026-10-01", 8),
        ("2026-10-31", 16),
        ("2026-11-01", 32),
        ("2026-11-20", 64),
        ("2026-11-21", 100_000),
    ] {
        for class in ["human", "bot"] {
            count_value(&origin, id(&link), &format!("{day}T12:00:00Z"), ("total", "", class), clicks).await;
        }
        seal(&origin, day).await;
    }
    for (from, to, expected) in [
        ("2026-09-01T00:00:00Z", "2026-11-21T00:00:00Z", 126),
        ("2026-09-01T00:00:00Z", "2026-11-01T00:00:00Z", 30),
        ("2026-09-02T00:00:00Z", "2026-11-01T00:00:00Z", 28),
        ("2026-09-30T00:00:00Z", "2026-10-31T00:00:00Z", 12),
        ("2026-09-30T12:15:00Z", "2026-11-20T12:15:00Z", 120),
        ("2026-11-01T00:00:00Z", "2026-11-20T11:00:00Z", 32),
        // The end is in the future.
        ("2026-10-31T00:00:00Z", "2026-11-24T00:01:00Z", 100_112),
        ("2026-10-31T12:15:00Z", "2026-12-24T00:00:00Z", 100_096),
    ] {
        for query in ["group_by=class", "group_by=class&class=bot", "interval=month&group_by=class"] {
            let answer = stats(&origin, &link, &format!("?from={from}&to={to}&{query}")).await;
            let classes = answer["groups"].as_array().unwrap();
            assert_eq!(
                answer["total"],
                json!(expected * i64::try_from(classes.len()).unwrap()),
                "{from} {to} {query}"
            );
            for class in classes {
                assert_eq!(class["clicks"], json!(expected), "{from} {to} {query}");
            }
        }
    }
}
