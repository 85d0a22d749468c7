//! Tests of the router with a real Postgres. `DATABASE_URL` names the server; each test gets its own database there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in functions with #[test], but not in #[sqlx::test] and the functions that these call"
)]

mod access;
mod archived;
mod audit;
mod blocked_hosts;
mod bounds;
mod bulk;
mod bulk_changes;
mod campaign_presets;
mod changes;
mod click_feed;
mod clicks;
mod codes;
mod domain_settings;
mod domains;
mod exports;
mod gate;
mod harness;
mod health;
mod hostile_administration;
mod hostile_requests;
mod idempotency;
mod import_concurrency;
mod import_history;
mod import_policies;
mod imports;
mod keys;
mod letter_case;
mod link_names;
mod links;
mod lists;
mod log;
mod log_levels;
mod metrics;
mod orphan_visits;
mod outages;
mod passwords;
mod prepared_statements;
mod publications;
mod qr;
mod rate_limit;
mod redirects;
mod request_batching;
mod resolve;
mod restore;
mod reuse;
mod roles;
mod routes;
mod sealed_statistics;
mod sessions;
mod shares;
mod shlink;
mod stats;
mod stats_filters;
mod stats_questions;
mod tags;
mod traces;
mod upsert;
mod webhook_messages;
mod webhooks;
mod yourls;

/// Applied to the database of each test.
static LINKS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/links");
