//! Maintenance by the hour: creates partitions of the click tables ahead, deletes what has expired, seals past days, and reports what
//! click accounting misses. Safe to repeat at any time. How a partition is created and dropped is in `migrations/analytics`.

mod accounting;
mod audit_entries;
mod batch_records;
mod deleted_links;
mod partitions;
mod producers;
mod run;
mod sealing;
mod sessions;
mod shares;
mod webhooks;

pub use accounting::ClickAccounting;
pub use run::{MaintenanceReport, MaintenanceRun, run};
pub use sealing::SealingReport;
