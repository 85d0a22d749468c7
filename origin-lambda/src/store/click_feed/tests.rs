//! Checks how Postgres plans the pages of a month of clicks. The tests of the API check what is on them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "clippy.toml does not know #[sqlx::test]")]

use serde_json::Value;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};
use time::OffsetDateTime;

use super::*;

const PAGE: i64 = 100;
const CLICKS_OF_A_TRANSACTION: i64 = 50;

/// 30 days of 40 transactions each.
async fn fill(pool: &PgPool) {
    sqlx::raw_sql(AssertSqlSafe(format!(
        "SELECT make_day_partition('clicks', '2026-11-01'::date + n) FROM generate_series(0, 29) n;
         INSERT INTO stored_transactions (transaction, first_day, last_day)
         SELECT n::text::xid8, day, day
         FROM generate_series(1, 1200) n, LATERAL (SELECT '2026-11-01'::date + n / 41 AS day) days;
         INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, stored_in)
         SELECT first_day + n * interval '1 s', number, gen_random_uuid(), gen_random_uuid(), first_day, n, 302, false, 'memory', 'r',
                transaction
         FROM stored_transactions, generate_series(1, {CLICKS_OF_A_TRANSACTION}) n WHERE isfinite(first_day)"
    )))
    .execute(pool)
    .await
    .unwrap();
    sqlx::query("VACUUM ANALYZE clicks, stored_transactions").execute(pool).await.unwrap();
}

/// The number of clicks that scans of days read, the partitions they are in, and how they are read. The default partition is never ruled
/// out, and empty.
fn work(plan: &Value, (rows, partitions, kinds): (&mut f64, &mut Vec<String>, &mut Vec<String>)) {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    if let Some(table) = plan["Relation Name"].as_str()
        && table.starts_with("clicks_2026")
        && number("Actual Loops") > 0.0
    {
        kinds.push(plan["Node Type"].as_str().unwrap().to_owned());
        *rows += (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
        partitions.push(table.to_owned());
    }
    for child in plan["Plans"].as_array().into_iter().flatten() {
        work(child, (&mut *rows, &mut *partitions, &mut *kinds));
    }
}

#[track_caller]
fn check(name: &str, plan: &Value) {
    let (mut rows, mut partitions, mut kinds) = (0.0, Vec::new(), Vec::new());
    work(&plan[0]["Plan"], (&mut rows, &mut partitions, &mut kinds));
    // The page, one more click, and the rest of the last transaction and of the one after it.
    let most = PAGE + 1 + 2 * CLICKS_OF_A_TRANSACTION;
    assert!(rows > 0.0 && rows <= most as f64, "{name}: {rows} rows by {kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "Seq Scan"), "{name}: {kinds:?}");
    partitions.sort();
    partitions.dedup();
    assert!(partitions.len() <= 2, "{name}: {partitions:?}");
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn page_reads_its_own_clicks_only(pool: PgPool) {
    fill(&pool).await;
    let explain = |statement: &str| AssertSqlSafe(format!("EXPLAIN (ANALYZE, FORMAT JSON) {statement}"));
    let newest = sqlx::query(explain(NEWEST)).bind(PAGE).fetch_one(&pool).await.unwrap();
    check("newest", &newest.get(0));
    for (name, whole) in [("after a transaction", true), ("after a click", false)] {
        let after = sqlx::query(explain(AFTER))
            .bind(600_i64)
            .bind(whole)
            .bind(OffsetDateTime::UNIX_EPOCH)
            .bind(Uuid::nil())
            .bind(1_i64)
            .bind(1_i32)
            .bind(PAGE + 1);
        check(name, &after.fetch_one(&pool).await.unwrap().get(0));
    }
}
