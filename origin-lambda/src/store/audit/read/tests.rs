//! Checks how Postgres plans the pages of a long audit. The tests of the API check what is on them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "clippy.toml does not know #[sqlx::test]")]

use serde_json::Value;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

use super::*;

const PAGE: i64 = 51;
const RARE_KEY: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
const COMMON_KEY: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002);
/// Half of the entries that are listed, none of which is new.
const OLD_KEY: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0005);
const LINK: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0003);

/// A year: the newest 50,000 entries are links of one bulk, and rare ones are the oldest.
async fn fill(pool: &PgPool) {
    for statement in [
        "INSERT INTO audit_entries (id, key, kind, action, link, domain, part_of)
         SELECT uuidv7(-n * interval '5 minutes'),
                CASE WHEN n > 99_900 THEN '0198c0de-0000-7000-8000-000000000001'::uuid
                     WHEN n > 75_000 THEN '0198c0de-0000-7000-8000-000000000005'::uuid
                     WHEN n % 2 = 0 THEN '0198c0de-0000-7000-8000-000000000002'::uuid
                     WHEN n % 3 = 0 THEN '00000000-0000-0000-0000-000000000000'::uuid END,
                CASE WHEN n > 99_950 THEN 'webhook' ELSE 'link' END, 'changed',
                CASE WHEN n % 500 = 0 THEN '0198c0de-0000-7000-8000-000000000003'::uuid ELSE uuidv7() END, 'go.example.com',
                CASE WHEN n < 50_000 THEN '0198c0de-0000-7000-8000-000000000004'::uuid END
         FROM generate_series(1, 100_000) n",
        "VACUUM ANALYZE audit_entries",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

/// The number of entries that all scans read, and the kinds of all nodes.
fn read_by(plan: &Value) -> (f64, Vec<String>) {
    let (mut rows, mut kinds) = (0.0, Vec::new());
    let mut nodes = vec![&plan[0]["Plan"]];
    while let Some(node) = nodes.pop() {
        let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
        if node["Relation Name"] == "audit_entries" {
            rows += (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
            kinds.push(node["Node Type"].as_str().unwrap().to_owned());
        }
        nodes.extend(node["Plans"].as_array().into_iter().flatten());
    }
    (rows, kinds)
}

fn assert_short(name: &str, plan: &Value) {
    let (rows, kinds) = read_by(plan);
    assert!(rows <= 2.0 * PAGE as f64, "{name}: {rows} rows by {kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "Seq Scan"), "{name}: {kinds:?}");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn page_of_a_long_audit_uses_an_index(pool: PgPool) {
    fill(&pool).await;
    let all = AuditFilter::default();
    let of = |actor| AuditFilter { actor: Some(actor), ..all.clone() };
    let webhooks = AuditFilter { kind: Some(AuditKind::Webhook), ..all.clone() };
    let oldest: Uuid = sqlx::query_scalar("SELECT id FROM audit_entries ORDER BY id LIMIT 1")
        .fetch_one(&pool)
        .await
        .unwrap();
    let oldest = AuditEntry { id: oldest, ..AuditEntry::from(row()) }.time();
    let pages = [
        ("all", all.clone()),
        ("rare key", of(Actor::Key(RARE_KEY))),
        ("common key", of(Actor::Key(COMMON_KEY))),
        ("old key", of(Actor::Key(OLD_KEY))),
        ("bootstrap key", of(Actor::Bootstrap)),
        ("system", of(Actor::System)),
        ("no such key", of(Actor::Key(LINK))),
        ("rare kind", webhooks.clone()),
        ("no such kind", AuditFilter { kind: Some(AuditKind::Tag), ..all.clone() }),
        ("common kind", AuditFilter { kind: Some(AuditKind::Link), ..all.clone() }),
        (
            "rare kind of a common key",
            AuditFilter { kind: Some(AuditKind::Webhook), ..of(Actor::Key(COMMON_KEY)) },
        ),
        ("none of a kind of a key", AuditFilter { kind: Some(AuditKind::Tag), ..of(Actor::Key(COMMON_KEY)) }),
        ("the first days", AuditFilter { to: Some(oldest.plus_millis(86_400_000)), ..all.clone() }),
        (
            "a day of a kind",
            AuditFilter { from: Some(oldest), to: Some(oldest.plus_millis(86_400_000)), ..webhooks },
        ),
    ];
    for (name, filter) in pages {
        let mut explain = select("EXPLAIN (ANALYZE, FORMAT JSON) ", &filter, Uuid::max(), PAGE);
        let plan: Value = explain.build().fetch_one(&pool).await.unwrap().get(0);
        assert_short(name, &plan);
    }
}

#[sqlx::test(migrations = "../migrations/links")]
async fn history_of_a_link_uses_an_index(pool: PgPool) {
    fill(&pool).await;
    for domains in [vec![], vec!["go.example.com"]] {
        let explain = AssertSqlSafe(format!("EXPLAIN (ANALYZE, FORMAT JSON) {HISTORY}"));
        let explain = sqlx::query(explain).bind(LINK).bind(Uuid::max()).bind(&domains).bind(PAGE);
        let plan: Value = explain.fetch_one(&pool).await.unwrap().get(0);
        assert_short(&format!("{domains:?}"), &plan);
    }
}

fn row() -> EntryRow {
    EntryRow {
        id: Uuid::nil(),
        key: None,
        key_name: None,
        kind: String::new(),
        action: String::new(),
        subject: None,
        name: None,
        changes: Json(Changes::default()),
        bulk_id: None,
        bulk: None,
    }
}

#[test]
fn time_of_an_entry_is_that_of_its_id() {
    for time in [UnixMillis(0), UnixMillis(1), UnixMillis(1_795_478_400_123)] {
        assert_eq!(AuditEntry { id: first_id(time), ..AuditEntry::from(row()) }.time(), time);
    }
    assert_eq!(first_id(UnixMillis(-1)), Uuid::nil());
    assert!(first_id(UnixMillis(i64::MAX)) > first_id(UnixMillis(253_402_300_799_999)));
}
