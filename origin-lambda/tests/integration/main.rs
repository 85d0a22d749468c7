//! The router over a real Postgres. `DATABASE_URL` names the server; each test has a database of its own there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml lifts these for functions with #[test], and knows neither #[sqlx::test] nor what these call"
)]

mod access;
mod blocked_hosts;
mod bulk;
mod changes;
mod codes;
mod domains;
mod exports;
mod gate;
mod harness;
mod health;
mod hostile_administration;
mod hostile_requests;
mod idempotency;
mod keys;
mod links;
mod lists;
mod log;
mod outages;
mod passwords;
mod pipeline;
mod publications;
mod qr;
mod rate_limit;
mod redirects;
mod resolve;
mod reuse;
mod roles;
mod routes;
mod stats;
mod tags;
mod together;
