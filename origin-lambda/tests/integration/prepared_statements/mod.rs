//! Prepares every SQL statement of the stores on the migrated schema, so that a renamed column is found without a test that runs
//! the statement.

mod scan;

use scan::{Sources, Statement, scan};
use sqlx::postgres::PgTypeInfo;
use sqlx::types::Uuid;
use sqlx::types::time::OffsetDateTime;
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres, SqlSafeStr, Type};

use crate::harness::Origin;

const DIRECTORIES: [&str; 3] = ["origin-lambda/src/store", "log-consumer/src/store", "migrate/src"];

/// Sites whose statements run on the analytics database; the others run on the links database.
const ANALYTICS: [&str; 13] = [
    "log-consumer/src/store/",
    "migrate/src/maintenance/",
    "origin-lambda/src/store/click_accounting.rs",
    "origin-lambda/src/store/click_feed.rs",
    "origin-lambda/src/store/click_outbox.rs",
    "origin-lambda/src/store/clicks.rs",
    "origin-lambda/src/store/erasure.rs",
    "origin-lambda/src/store/imported_days.rs",
    "origin-lambda/src/store/orphan_days.rs",
    "origin-lambda/src/store/orphan_visits.rs",
    "origin-lambda/src/store/raw_statistics.rs",
    "origin-lambda/src/store/statistics.rs",
    "origin-lambda/src/store/visits.rs",
];
/// Exceptions to [`ANALYTICS`].
const LINKS: [&str; 6] = [
    "log-consumer/src/store/links.rs",
    "migrate/src/maintenance/audit_entries.rs",
    "migrate/src/maintenance/deleted_links.rs",
    "migrate/src/maintenance/sessions.rs",
    "migrate/src/maintenance/shares.rs",
    "migrate/src/maintenance/webhooks.rs",
];

/// Statements that are not complete in the source: where, how they start, and what covers them.
const INCOMPLETE: [(&str, &str, &str); 13] = [
    (
        "log-consumer/src/store/reclassification.rs::select_clicks",
        "SELECT ctid",
        "names a partition; log-consumer/tests/integration/reclassification.rs runs it",
    ),
    (
        "log-consumer/src/store/reclassification.rs::update_clicks",
        "UPDATE",
        "names a partition; log-consumer/tests/integration/reclassification.rs runs it",
    ),
    ("migrate/src/logins.rs::GRANTS", "", "templates about roles; every migration runs them"),
    ("migrate/src/logins.rs::ensure", "", "templates about roles; every migration runs them"),
    ("migrate/src/logins.rs::disable_other_logins", "ALTER ROLE", "a template about roles"),
    (
        "migrate/src/maintenance/partitions.rs::past_days",
        "SELECT DISTINCT",
        "names a partition; migrate/tests/integration/main.rs runs it",
    ),
    (
        "origin-lambda/src/store/audit/read.rs::select",
        "SELECT",
        "the start of a statement; audit.rs runs every filter",
    ),
    (
        "origin-lambda/src/store/links/list.rs::select",
        "SELECT",
        "the start of a list's statement; lists.rs runs every filter and order",
    ),
    (
        "origin-lambda/src/store/links/filter.rs::count_links",
        "SELECT",
        "the start of a statement; bulk_changes.rs runs it",
    ),
    (
        "origin-lambda/src/store/links/filter.rs::locking",
        "SELECT",
        "the start of a statement; bulk_changes.rs runs it",
    ),
    (
        "origin-lambda/src/store/tag_totals.rs::tag_totals",
        "SELECT",
        "the start of a statement; shlink.rs counts tags for keys with bounds and without",
    ),
    (
        "origin-lambda/src/store/tags.rs::tags_within",
        "SELECT",
        "the start of a statement; bounds.rs lists the tags of a bound key",
    ),
    (
        "origin-lambda/src/store/visits.rs::count_visits",
        "SELECT",
        "the start of a statement; shlink.rs counts visits by every filter",
    ),
];

/// Functions that put SQL together at run time, and what covers them.
const ASSEMBLING: [(&str, &str); 19] = [
    (
        "log-consumer/src/store/reclassification.rs::select_clicks",
        "log-consumer/tests/integration/reclassification.rs runs it",
    ),
    (
        "log-consumer/src/store/reclassification.rs::update_clicks",
        "log-consumer/tests/integration/reclassification.rs runs it",
    ),
    ("migrate/src/database.rs::create", "creates a database, which no migration renames"),
    ("migrate/src/logins.rs::execute", "statements about roles, which no migration renames"),
    ("migrate/src/maintenance/partitions.rs::past_days", "migrate/tests/integration/main.rs runs it"),
    ("origin-lambda/src/store/audit/read.rs::select", "audit.rs runs every filter"),
    (
        "origin-lambda/src/store/link_sets.rs::link_totals",
        "yourls.rs counts links for keys with bounds and without",
    ),
    (
        "origin-lambda/src/store/link_sets.rs::names_of",
        "click_feed.rs names links for keys with bounds and without",
    ),
    ("origin-lambda/src/store/link_sets.rs::select_links", "stats.rs selects links by domain and tag"),
    ("origin-lambda/src/store/links/filter.rs::count_links", "bulk_changes.rs runs it"),
    ("origin-lambda/src/store/links/filter.rs::locking", "bulk_changes.rs runs it"),
    ("origin-lambda/src/store/links/filter.rs::matching_links", "bulk_changes.rs runs it"),
    ("origin-lambda/src/store/links/list.rs::select", "lists.rs runs every filter and order"),
    ("origin-lambda/src/store/links/numbered.rs::count_numbered", "shlink.rs lists by every filter"),
    ("origin-lambda/src/store/links/numbered.rs::numbered_page", "shlink.rs lists by every filter and order"),
    (
        "origin-lambda/src/store/tag_totals.rs::tag_totals",
        "shlink.rs counts tags for keys with bounds and without",
    ),
    ("origin-lambda/src/store/tags.rs::tags_within", "bounds.rs lists the tags of a bound key"),
    ("origin-lambda/src/store/visits.rs::count_visits", "shlink.rs counts visits by every filter"),
    ("origin-lambda/src/store/visits.rs::visits", "shlink.rs lists visits by every filter"),
];

fn type_of<T: Type<Postgres>>() -> PgTypeInfo {
    T::type_info()
}

/// The types of parameters that Postgres cannot infer; sqlx sends those of the bound values.
fn parameter_types(statement: &Statement) -> Vec<PgTypeInfo> {
    match statement.site.as_str() {
        "migrate/src/database.rs::create" => vec![type_of::<&str>()],
        "migrate/src/maintenance/batch_records.rs::BATCH_RECORDS"
        | "migrate/src/maintenance/sealing.rs::due_days" => vec![type_of::<i32>()],
        "migrate/src/maintenance/partitions.rs::drop_expired" => vec![type_of::<&str>(), type_of::<i32>()],
        "origin-lambda/src/store/password_attempts.rs::start_password_attempt" => vec![
            type_of::<Uuid>(),
            type_of::<OffsetDateTime>(),
            type_of::<OffsetDateTime>(),
            type_of::<OffsetDateTime>(),
            type_of::<i32>(),
            type_of::<i32>(),
            type_of::<i64>(),
        ],
        _ => Vec::new(),
    }
}

async fn prepare(database: &PgPool, sql: &str, types: &[PgTypeInfo]) -> Result<(), sqlx::Error> {
    let mut connection = database.acquire().await.unwrap();
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    connection.prepare_with(sql, types).await.map(drop)
}

fn runs_on_analytics(site: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| site.starts_with(prefix));
    starts(&ANALYTICS) && !starts(&LINKS)
}

fn all_sources() -> Sources {
    let mut sources = Sources::default();
    DIRECTORIES.iter().for_each(|directory| scan(directory, &mut sources));
    sources
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn every_statement_prepares_on_the_migrated_schema(database: PgPool) {
    let origin = Origin::start(&database).await;
    let sources = all_sources();
    let is_incomplete = |statement: &Statement| {
        INCOMPLETE
            .iter()
            .any(|(site, start, _)| statement.site == *site && statement.sql.trim_start().starts_with(start))
    };
    let mut failures = Vec::new();
    let mut prepared = 0;
    for statement in sources.statements.iter().filter(|statement| !is_incomplete(statement)) {
        let (name, database) = if runs_on_analytics(&statement.site) {
            ("analytics", &origin.analytics)
        } else {
            ("links", &origin.links)
        };
        match prepare(database, &statement.sql, &parameter_types(statement)).await {
            Ok(()) => prepared += 1,
            Err(error) => {
                failures
                    .push(format!("{} on the {name} database: {error}\n{}", statement.site, statement.sql));
            }
        }
    }
    assert!(failures.is_empty(), "{} statements fail:\n\n{}", failures.len(), failures.join("\n\n"));
    assert!(prepared > 120, "only {prepared} statements were found: the scan misses some");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statement_with_an_unknown_column_does_not_prepare(database: PgPool) {
    let origin = Origin::start(&database).await;
    assert!(prepare(&origin.links, "SELECT code FROM links", &[]).await.is_ok());
    assert!(prepare(&origin.links, "SELECT renamed FROM links", &[]).await.is_err());
    assert!(prepare(&origin.analytics, "SELECT status FROM clicks", &[]).await.is_ok());
    assert!(prepare(&origin.analytics, "SELECT renamed FROM clicks", &[]).await.is_err());
    assert!(prepare(&origin.analytics, "SELECT code FROM links", &[]).await.is_err());
}

#[test]
fn every_exception_is_named_and_none_is_left_over() {
    let sources = all_sources();
    assert!(sources.unrecognised.is_empty(), "no SQL keyword at the start of: {:?}", sources.unrecognised);
    let assembling: Vec<_> = sources.assembling.iter().map(String::as_str).collect();
    let listed = ASSEMBLING.map(|(site, _)| site);
    assert_eq!(assembling, listed, "functions that put SQL together, in ASSEMBLING");
    for (site, start, _) in INCOMPLETE {
        let is_used = sources
            .statements
            .iter()
            .any(|statement| statement.site == site && statement.sql.trim_start().starts_with(start));
        assert!(is_used, "{site} has no statement that starts with {start:?}; remove it from INCOMPLETE");
    }
}
