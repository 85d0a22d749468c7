//! Roll-ups: values within the cardinality limit, and visitors once a day.

use futures_util::future::join_all;
use link_core::clicks::batch::{Click, OrphanName, OrphanVisits};
use link_core::time::UnixMillis;
use sqlx::PgPool;
use time::{Date, OffsetDateTime};

use crate::fixture::*;

fn from_site(number: usize) -> Click {
    Click { referrer: Some(format!("https://site-{number}.example/")), ..click(1, MIDNIGHT) }
}

fn now() -> UnixMillis {
    OffsetDateTime::now_utc().into()
}

async fn referrers(database: &PgPool) -> (i64, i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE value <> '(other)'), coalesce(sum(clicks) FILTER (WHERE value = '(other)'), 0)::bigint,
                sum(clicks)::bigint
         FROM link_days WHERE dimension = 'referrer' AND link_id = $1",
    )
    .bind(link(1).0)
    .fetch_one(database)
    .await
    .unwrap()
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn values_beyond_a_thousand_count_as_other(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    deliver(&consumer, &[message(&batch(1, 1, (0..990).map(from_site).collect()))]).await;
    assert_eq!(referrers(&database).await, (990, 0, 990));
    deliver(&consumer, &[message(&batch(1, 2, (980..1_040).map(from_site).collect()))]).await;
    assert_eq!(referrers(&database).await, (1_000, 40, 1_050));
    // A known value stays known.
    deliver(&consumer, &[message(&batch(1, 3, vec![from_site(0), from_site(2_000)]))]).await;
    assert_eq!(referrers(&database).await, (1_000, 41, 1_052));
}

/// So a region's sum stays exact, and so does a browser's, whose versions any visitor can make up.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn cities_and_versions_beyond_a_thousand_count_without_detail(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let from = |number: usize| Click {
        region: Some("US-TX".into()),
        city: Some(format!("City {number}")),
        user_agent: Some(format!("Mozilla/5.0 (X11; rv:{number}.0) Gecko/20100101 Firefox/{number}.0")),
        ..click(1, MIDNIGHT)
    };
    for (number, range) in (1..).zip([0..990, 980..1_040, 0..1, 2_000..2_001]) {
        deliver(&consumer, &[message(&batch(1, number, range.map(from).collect()))]).await;
    }
    for (dimension, value) in [("region", "US-TX"), ("browser", "Firefox")] {
        let rows: (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE value LIKE $3 || E'\\t%'), sum(clicks) FILTER (WHERE value = $3)::bigint,
                    sum(clicks)::bigint
             FROM link_days WHERE dimension = $1 AND link_id = $2",
        )
        .bind(dimension)
        .bind(link(1).0)
        .bind(value)
        .fetch_one(&database)
        .await
        .unwrap();
        assert_eq!(rows, (1_000, 41, 1_052), "{dimension}");
    }
}

/// As the maintenance does.
async fn seal_all_days(database: &PgPool) {
    sqlx::raw_sql(
        "INSERT INTO sealed_quarters (link_id, day, dimension, value, class, quarter_clicks, quarter_visitors)
         SELECT link_id, day, dimension, value, class, quarter_clicks, quarter_visitors FROM link_days
         ON CONFLICT DO NOTHING;
         TRUNCATE link_days",
    )
    .execute(database)
    .await
    .unwrap();
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn late_clicks_of_a_sealed_day_keep_the_limit(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let long_ago = |number| Click { time: MIDNIGHT.plus_millis(-30 * 86_400_000), ..from_site(number) };
    deliver(&consumer, &[message(&batch(1, 1, (0..999).map(long_ago).collect()))]).await;
    seal_all_days(&database).await;
    deliver(&consumer, &[message(&batch(1, 2, vec![long_ago(0), long_ago(2_000), long_ago(2_001)]))]).await;
    assert_eq!(referrers(&database).await, (2, 1, 3), "one value is known, and one is the thousandth");
    seal_all_days(&database).await;
    deliver(&consumer, &[message(&batch(1, 3, vec![long_ago(1), long_ago(2_000), long_ago(2_002)]))]).await;
    assert_eq!(referrers(&database).await, (2, 1, 3), "also on a day that has (other) already");
}

/// The number of values of the link on a day, and its clicks under `(other)`.
async fn referrers_on(database: &PgPool, day: Date) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE value <> '(other)'), coalesce(sum(clicks) FILTER (WHERE value = '(other)'), 0)::bigint
         FROM link_days WHERE dimension = 'referrer' AND link_id = $1 AND day = $2",
    )
    .bind(link(1).0)
    .bind(day)
    .fetch_one(database)
    .await
    .unwrap()
}

async fn unchecked_clicks_left(database: &PgPool) -> i64 {
    sqlx::query_scalar(
        "SELECT counted_at + 1000 - counted_values - clicks FROM link_totals WHERE link_id = $1",
    )
    .bind(link(1).0)
    .fetch_one(database)
    .await
    .unwrap()
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn days_that_fill_up_together_each_have_a_thousand_values(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let today = now();
    let yesterday = today.plus_millis(-86_400_000);
    let long_ago = today.plus_millis(-20 * 86_400_000);
    let mut number = 0;
    // Some values repeat; the day long ago always has fewer.
    for (first, long_ago_values) in [(0, 0), (200, 30), (400, 30), (500, 400), (700, 0), (900, 0), (900, 620)]
    {
        let at = |time| move |site| Click { time, ..from_site(site) };
        for clicks in [
            (first..first + 200).map(at(today)).collect(),
            (first..first + 210).map(at(yesterday)).collect::<Vec<_>>(),
            (first..first + long_ago_values).map(at(long_ago)).collect(),
        ] {
            number += 1;
            deliver(&consumer, &[message(&batch(1, number, clicks))]).await;
        }
    }
    assert_eq!(referrers_on(&database, today.day()).await, (1_000, 200));
    assert_eq!(referrers_on(&database, yesterday.day()).await, (1_000, 220));
    assert_eq!(referrers_on(&database, long_ago.day()).await, (1_000, 80));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn count_of_today_says_nothing_about_a_day_long_ago(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let long_ago = now().plus_millis(-20 * 86_400_000);
    let at = |time| move |site| Click { time, ..from_site(site) };
    deliver(&consumer, &[message(&batch(1, 1, (0..980).map(at(long_ago)).collect()))]).await;
    deliver(&consumer, &[message(&batch(1, 2, (0..50).map(|_| at(now())(1)).collect()))]).await;
    assert_eq!(unchecked_clicks_left(&database).await, 999);
    deliver(&consumer, &[message(&batch(1, 3, (980..1_010).map(at(long_ago)).collect()))]).await;
    assert_eq!(referrers_on(&database, long_ago.day()).await, (1_000, 10));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn link_with_few_values_is_counted_once_for_many_clicks(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let clicks = |first: usize| {
        let click = |number: usize| Click { time: now(), ..from_site((first + number) % 50) };
        (0..300).map(click).collect::<Vec<_>>()
    };
    for (number, left) in [(1, 700), (2, 400), (3, 100), (4, 950), (5, 650)] {
        deliver(&consumer, &[message(&batch(1, number, clicks(usize::try_from(number).unwrap())))]).await;
        assert_eq!(unchecked_clicks_left(&database).await, left, "after delivery {number}");
    }
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn concurrent_consumers_keep_the_limit(database: PgPool) {
    let queue = FakeQueue::default();
    let consumers = [(); 4].map(|()| consumer(&database, &queue));
    let deliveries = consumers.iter().zip(1..).map(|(consumer, producer)| async move {
        let first = usize::try_from(producer).unwrap() * 10_000;
        deliver(consumer, &[message(&batch(producer, 1, (first..first + 400).map(from_site).collect()))])
            .await
    });
    for outcome in join_all(deliveries).await {
        assert_eq!(outcome.stored, 1);
    }
    assert_eq!(referrers(&database).await, (1_000, 600, 1_600));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn visitor_counts_once_per_link_and_day(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let day_before = MIDNIGHT.plus_millis(-1);
    for (number, clicks) in [
        (1, vec![click_of(1, 1, MIDNIGHT), click_of(1, 1, MIDNIGHT), click_of(2, 1, MIDNIGHT)]),
        (2, vec![click_of(1, 1, MIDNIGHT), click_of(1, 2, MIDNIGHT), click(1, MIDNIGHT)]),
        (3, vec![click_of(1, 1, day_before)]),
    ] {
        deliver(&consumer, &[message(&batch(1, number, clicks))]).await;
    }
    let seen: Vec<(String, bool, i64, i64)> = sqlx::query_as(
        "SELECT day::text, link_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff' AS all_links, sum(clicks)::bigint,
                sum(visitors)::bigint
         FROM link_days WHERE dimension = 'total' GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .fetch_all(&database)
    .await
    .unwrap();
    let day = |day: &str, all, clicks, visitors| (day.to_owned(), all, clicks, visitors);
    assert_eq!(
        seen,
        [
            day("2026-11-23", false, 1, 1),
            day("2026-11-23", true, 1, 1),
            // Two visitors of the first link, one of them also of the second.
            day("2026-11-24", false, 6, 3),
            day("2026-11-24", true, 6, 2),
        ]
    );
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn orphan_visits_count_once_and_not_as_clicks(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let names = vec![OrphanName { name: "go.example.com/poster".into(), visits: 3 }];
    let mut batch = plain_batch(1, 1, 0);
    batch.head.orphan_visits = OrphanVisits { names, others: 5 };
    for _ in 0..2 {
        deliver(&consumer, &[message(&batch)]).await;
    }
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT dimension, value, clicks FROM link_days ORDER BY value")
            .fetch_all(&database)
            .await
            .unwrap();
    let orphan = |value: &str, visits| ("orphan".to_owned(), value.to_owned(), visits);
    assert_eq!(rows, [orphan("(other)", 5), orphan("go.example.com/poster", 3)]);
}

/// More visits than a quarter's column can hold.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn flood_of_orphan_visits_refuses_no_click(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    for number in 1..=3 {
        let mut batch = plain_batch(1, number, 1);
        batch.head.orphan_visits = OrphanVisits { names: vec![], others: u32::MAX };
        assert_eq!(deliver(&consumer, &[message(&batch)]).await.stored, 1);
    }
    let visits: i64 = sqlx::query_scalar("SELECT clicks FROM link_days WHERE dimension = 'orphan'")
        .fetch_one(&database)
        .await
        .unwrap();
    assert_eq!(visits, 3 * i64::from(u32::MAX));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn parameters_of_a_campaign_are_dimensions(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let of = |utm: Option<&str>| Click { utm: utm.map(str::to_owned), ..click(1, MIDNIGHT) };
    let clicks = vec![
        of(Some("utm_source=news+mail&utm_source=x&utm_term=")),
        of(Some("utm_source=news%20mail")),
        of(None),
    ];
    deliver(&consumer, &[message(&batch(1, 1, clicks))]).await;
    let values: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT dimension, value, clicks FROM link_days WHERE dimension LIKE 'utm%' AND link_id = $1",
    )
    .bind(link(1).0)
    .fetch_all(&database)
    .await
    .unwrap();
    assert_eq!(values, [("utm_source".to_owned(), "news mail".to_owned(), 2)]);
    let stored: Vec<Option<String>> =
        sqlx::query_scalar("SELECT utm FROM clicks ORDER BY position").fetch_all(&database).await.unwrap();
    assert_eq!(stored[1].as_deref(), Some("utm_source=news%20mail"));
}
