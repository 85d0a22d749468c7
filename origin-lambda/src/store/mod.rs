//! The two databases, and all SQL, one module per table or question. Does not decide what a client is told.

mod admission;
pub mod audit;
pub(crate) mod batcher;
pub mod blocked_hosts;
pub mod click_accounting;
pub mod click_feed;
pub mod click_outbox;
pub mod clicks;
pub mod codes;
mod database;
pub mod domain_documents;
pub mod domains;
pub mod erasure;
mod error;
pub mod host_sweep;
pub mod idempotency;
pub mod imports;
pub mod keys;
mod link_sets;
pub mod links;
pub mod log_levels;
pub mod open_exports;
pub mod orphan_visits;
pub mod password_attempts;
pub mod publications;
pub mod raw_statistics;
pub mod sessions;
pub mod shares;
pub mod statistics;
pub mod tags;
mod trace;
pub mod webhooks;
mod write_session;

pub use database::{AnalyticsDatabase, LinksDatabase, PoolState};
pub use error::{Database, StoreError};
pub use write_session::WriteSession;
