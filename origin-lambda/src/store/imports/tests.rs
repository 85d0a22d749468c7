//! Checks how Postgres plans what is read of a large import. The tests of the API check what it answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "clippy.toml does not know #[sqlx::test]")]

use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::rows::{FAILED_ROWS, KNOWN_ROWS};

const IMPORT: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);

/// 100,000 rows, of which each thousandth failed.
async fn fill(pool: &PgPool) {
    for statement in [
        "INSERT INTO imports (id, source, on_conflict, created_at)
         VALUES ('0198c0de-0000-7000-8000-000000000001', 'csv', 'fail', now())",
        "INSERT INTO import_rows (import, row_id, verdict)
         SELECT '0198c0de-0000-7000-8000-000000000001', n::text, CASE WHEN n % 1_000 = 0 THEN 'failed' ELSE 'created' END
         FROM generate_series(1, 100_000) n",
        "VACUUM ANALYZE import_rows",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

/// The rows that all scans read.
fn rows_read(plan: &Value) -> f64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let own = if plan["Relation Name"] == "import_rows" {
        (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops")
    } else {
        0.0
    };
    own + plan["Plans"].as_array().into_iter().flatten().map(rows_read).sum::<f64>()
}

#[sqlx::test(migrations = "../migrations/links")]
async fn rows_of_a_large_import_are_found_by_an_index(pool: PgPool) {
    fill(&pool).await;
    let explain = |sql: &str| AssertSqlSafe(format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}"));
    let known: Vec<String> = (1..=1_000).map(|n| (n * 90).to_string()).collect();
    let known = sqlx::query(explain(KNOWN_ROWS)).bind(IMPORT).bind(known).fetch_one(&pool).await.unwrap();
    let failed = sqlx::query(explain(FAILED_ROWS)).bind(IMPORT).bind(0_i64).bind(51_i64);
    let failed = failed.fetch_one(&pool).await.unwrap();
    for (plan, most) in [(known.get::<Value, _>(0), 1_000.0), (failed.get(0), 51.0)] {
        let rows = rows_read(&plan[0]["Plan"]);
        assert!(rows > 0.0 && rows <= most, "{rows} of {most}: {plan}");
    }
}
