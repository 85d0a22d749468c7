//! The two databases. The analytics database ([`Store`]) takes any number of batches in one transaction by a deadline; the links
//! database ([`Links`]) takes the totals of links.

mod accounting;
mod analytics;
mod batches;
mod click_outbox;
mod clicks;
mod error;
mod links;
mod reclassification;
mod roll_ups;
mod transactions;
mod visitors;
mod write;

pub use analytics::Store;
pub use error::StoreError;
pub use links::Links;
pub use reclassification::{BlockRange, Partition, ReclassificationTally};
pub use roll_ups::LinkTotal;
pub use write::Stored;
