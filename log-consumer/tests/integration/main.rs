//! The consumer on a real Postgres, with a database for each test (`DATABASE_URL` names the server).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml lifts these in test functions, not in what they share"
)]

mod accounting;
mod bootstrap;
mod concurrency;
mod dead_letters;
mod faults;
mod fixture;
mod imported;
mod reclassification;
mod roll_ups;
mod storing;
mod traces;
