//! Sealing moves past days from `link_days` to their months. No click is lost or counted twice beside consumers and erasures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Connection, PgConnection};

use migrate::maintenance;

use crate::{Server, count, execute};

/// Adds clicks of `link` on the day `days` ago, as the consumer does: first the link's total, then the rows in one order.
fn clicks(link: &str, days: i32, quarters: &str) -> String {
    format!(
        "BEGIN;
         INSERT INTO link_totals AS total VALUES ('{link}', 1, 1, 0, now())
         ON CONFLICT (link_id) DO UPDATE SET clicks = total.clicks + EXCLUDED.clicks;
         INSERT INTO link_days AS known (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         SELECT '{link}', dimension, (now() AT TIME ZONE 'UTC')::date - {days}, value, 'human', sum, 1, quarters, '[3:3]={{1}}'
         FROM (VALUES ('total', ''), ('country', 'DE'), ('country', 'FR'), ('browser', 'Firefox')) AS keys (dimension, value),
              (SELECT '{quarters}'::integer[] AS quarters) AS sent,
              LATERAL (SELECT sum(n) FROM unnest(quarters) AS n) AS summed
         ORDER BY dimension, value
         ON CONFLICT (link_id, dimension, day, value, class) DO UPDATE SET
             clicks = known.clicks + EXCLUDED.clicks, visitors = known.visitors + EXCLUDED.visitors,
             quarter_clicks = add_counts(known.quarter_clicks, EXCLUDED.quarter_clicks),
             quarter_visitors = add_counts(known.quarter_visitors, EXCLUDED.quarter_visitors);
         COMMIT"
    )
}

const LINK: &str = "00000000-0000-7000-8000-000000000001";
const OTHER_LINK: &str = "00000000-0000-7000-8000-000000000002";
const ALL_LINKS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const OPEN: &str = "SELECT count(*) FROM link_days";
const SEALED: &str = "SELECT count(*) FROM sealed_quarters";
const CLICKS: &str = "SELECT ((SELECT coalesce(sum(clicks), 0) FROM link_days WHERE dimension = 'total')
                              + (SELECT coalesce(sum(clicks), 0) FROM link_months WHERE dimension = 'total'))::bigint";
/// The number of days that are not the sum of their quarters, and of months that are not the sum of their days.
const INCONSISTENT: &str = "
    SELECT (SELECT count(*) FROM link_months WHERE clicks <> coalesce((SELECT sum(n) FROM unnest(day_clicks) AS n), 0)
                                                OR visitors <> coalesce((SELECT sum(n) FROM unnest(day_visitors) AS n), 0))
         + (SELECT count(*) FROM (
              SELECT sum(clicks), sum(visitors) FROM (
                SELECT link_id, dimension, day, value, class, clicks, visitors FROM link_days
                UNION ALL
                SELECT link_id, dimension, month + place - 1, value, class, day_clicks[place], coalesce(day_visitors[place], 0)
                FROM link_months, generate_series(1, 31) AS place WHERE day_clicks[place] IS NOT NULL
                UNION ALL
                SELECT link_id, dimension, day, value, class, -(SELECT sum(n) FROM unnest(quarter_clicks) AS n),
                       -(SELECT sum(n) FROM unnest(quarter_visitors) AS n)
                FROM (SELECT link_id, dimension, day, value, class, quarter_clicks, quarter_visitors FROM link_days
                      UNION ALL
                      SELECT link_id, dimension, day, value, class, quarter_clicks, quarter_visitors FROM sealed_quarters) AS quarters
              ) AS both_ways GROUP BY link_id, dimension, day, value, class HAVING (sum(clicks), sum(visitors)) <> (0, 0)) AS wrong)";

async fn migrated() -> (Server, PgConnection) {
    let server = Server::new();
    migrate::run(&server.config(&[])).await.unwrap();
    let analytics = server.connect("analytics").await;
    (server, analytics)
}

async fn seal(server: &Server) -> u64 {
    let sealed = maintenance::run(&server.config(&[])).await.into_result().unwrap().sealed;
    assert_eq!(sealed.days_left, 0);
    sealed.rows
}

/// The sealed quarters of the third day back.
async fn quarters(analytics: &mut PgConnection) -> String {
    let query = format!(
        "SELECT string_agg(DISTINCT concat_ws(' ', quarter_clicks::text, quarter_visitors::text), ' ') FROM sealed_quarters
         WHERE link_id = '{LINK}' AND day = (now() AT TIME ZONE 'UTC')::date - 3"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(analytics).await.unwrap()
}

#[tokio::test]
async fn sealed_day_joins_its_month_and_keeps_its_quarters() {
    let (server, mut analytics) = migrated().await;
    for (link, days) in [(LINK, 2), (LINK, 3), (ALL_LINKS, 3), (OTHER_LINK, 400)] {
        execute(&mut analytics, &clicks(link, days, "[3:5]={2,NULL,7}")).await;
    }
    assert_eq!(seal(&server).await, 12);
    assert_eq!(count(&mut analytics, OPEN).await, 4, "the rows of the open day");
    assert_eq!(count(&mut analytics, CLICKS).await, 4 * 9);
    assert_eq!(quarters(&mut analytics).await, "[3:5]={2,NULL,7} [3:3]={1}");
    assert_eq!((count(&mut analytics, SEALED).await, count(&mut analytics, INCONSISTENT).await), (12, 0));
    assert_eq!(seal(&server).await, 0, "sealing again moves nothing");
    server.drop().await;
}

#[tokio::test]
async fn late_clicks_of_a_sealed_day_are_sealed_too() {
    let (server, mut analytics) = migrated().await;
    execute(&mut analytics, &clicks(LINK, 3, "[3:5]={2,NULL,7}")).await;
    assert_eq!(seal(&server).await, 4);
    execute(&mut analytics, &clicks(LINK, 3, "[0:3]={1,NULL,NULL,1}")).await;
    assert_eq!(count(&mut analytics, INCONSISTENT).await, 0, "late rows are kept beside the sealed day");
    assert_eq!((count(&mut analytics, OPEN).await, count(&mut analytics, CLICKS).await), (4, 11));
    assert_eq!(seal(&server).await, 4);
    assert_eq!(quarters(&mut analytics).await, "[0:5]={1,NULL,NULL,3,NULL,7} [3:3]={2}");
    assert_eq!((count(&mut analytics, OPEN).await, count(&mut analytics, INCONSISTENT).await), (0, 0));
    server.drop().await;
}

#[tokio::test]
async fn nothing_is_sealed_beside_the_previous_release() {
    let (server, mut analytics) = migrated().await;
    execute(&mut analytics, &clicks(LINK, 3, "[3:5]={2,NULL,7}")).await;
    execute(&mut analytics, "UPDATE pipeline_state SET sealing_from = now() + interval '1 day'").await;
    assert_eq!(seal(&server).await, 0);
    execute(&mut analytics, "UPDATE pipeline_state SET sealing_from = now()").await;
    assert_eq!(seal(&server).await, 4);
    server.drop().await;
}

#[tokio::test]
async fn day_with_more_rows_than_a_query_is_sealed_fully() {
    let (server, mut analytics) = migrated().await;
    execute(
        &mut analytics,
        "INSERT INTO link_days (link_id, dimension, day, value, class, clicks, visitors, quarter_clicks, quarter_visitors)
         SELECT md5((n % 700)::text)::uuid, 'country', (now() AT TIME ZONE 'UTC')::date - 3, n::text, 'bot', n, 0,
                array_fill(n, ARRAY[1], ARRAY[n % 96]), '{}'
         FROM generate_series(1, 60000) AS n",
    )
    .await;
    assert_eq!(seal(&server).await, 60_000);
    assert_eq!((count(&mut analytics, OPEN).await, count(&mut analytics, SEALED).await), (0, 60_000));
    server.drop().await;
}

#[tokio::test]
async fn concurrent_consumers_and_runs_lose_nothing() {
    let (server, mut analytics) = migrated().await;
    // Creates the partitions, which only one run may do at a time.
    seal(&server).await;
    let is_done = Arc::new(AtomicBool::new(false));
    let consumers: Vec<_> = (0..4)
        .map(|number| {
            let (url, is_done) = (server.database("analytics"), is_done.clone());
            tokio::spawn(async move {
                let mut consumer = PgConnection::connect(&url).await.unwrap();
                while !is_done.load(Ordering::Relaxed) {
                    for (link, days) in [(LINK, 3 + number % 2), (OTHER_LINK, 3), (ALL_LINKS, 3)] {
                        execute(&mut consumer, &clicks(link, days, "[3:5]={2,NULL,7}")).await;
                    }
                }
            })
        })
        .collect();
    let mut rows = 0;
    // There are sixteen keys, and late clicks recreate each again and again.
    while rows < 200 {
        let (first, second) = tokio::join!(seal(&server), seal(&server));
        rows += first + second;
    }
    is_done.store(true, Ordering::Relaxed);
    for consumer in consumers {
        consumer.await.unwrap();
    }
    seal(&server).await;
    let sent = count(&mut analytics, "SELECT 9 * sum(clicks)::bigint FROM link_totals").await;
    assert_eq!(count(&mut analytics, CLICKS).await, sent);
    assert_eq!((count(&mut analytics, INCONSISTENT).await, count(&mut analytics, OPEN).await), (0, 0));
    assert_eq!(count(&mut analytics, SEALED).await, 16);
    server.drop().await;
}

#[tokio::test]
async fn link_erased_during_sealing_leaves_nothing() {
    let (server, mut analytics) = migrated().await;
    execute(&mut analytics, &clicks(LINK, 3, "[3:5]={2,NULL,7}")).await;
    // Blocks the sealing in the middle of a transaction, by an uncommitted row with the same key.
    let mut holder = server.connect("analytics").await;
    let mut held = holder.begin().await.unwrap();
    execute(
        &mut held,
        "INSERT INTO sealed_quarters SELECT link_id, day, dimension, value, class, quarter_clicks, quarter_visitors FROM link_days
         WHERE dimension = 'total'",
    )
    .await;
    let config = server.config(&[]);
    let sealing =
        tokio::spawn(async move { maintenance::run(&config).await.into_result().unwrap().sealed.rows });
    wait_for_blocked(&mut analytics, 1).await;
    let url = server.database("analytics");
    let erasure = tokio::spawn(async move {
        let mut origin = PgConnection::connect(&url).await.unwrap();
        let mut transaction = origin.begin().await.unwrap();
        for table in ["link_totals", "link_days", "sealed_quarters", "link_months"] {
            execute(&mut transaction, &format!("DELETE FROM {table} WHERE link_id = '{LINK}'")).await;
        }
        transaction.commit().await.unwrap();
    });
    wait_for_blocked(&mut analytics, 2).await;
    held.rollback().await.unwrap();
    assert_eq!(sealing.await.unwrap(), 4);
    erasure.await.unwrap();
    assert_eq!((count(&mut analytics, OPEN).await, count(&mut analytics, SEALED).await), (0, 0));
    assert_eq!(count(&mut analytics, "SELECT count(*) FROM link_months").await, 0);
    server.drop().await;
}

/// Returns once `sessions` sessions of this database wait for a lock.
async fn wait_for_blocked(analytics: &mut PgConnection, sessions: i64) {
    let blocked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while count(analytics, blocked).await < sessions {
        tokio::task::yield_now().await;
    }
}
