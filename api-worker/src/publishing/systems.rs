//! The systems behind a publication, as traits: the purge of the data centres' caches, and the origin's list of changes.

use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::Revision;
use thiserror::Error;

use edge_runtime::lookup::OriginError;

/// Removes the copies with a tag from all data centres.
pub trait Purge {
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError>;
}

#[derive(Debug, Error)]
#[error("the purge failed: {0}")]
pub struct PurgeError(pub String);

/// The origin's list of changes whose publication is not confirmed.
pub trait ChangeLog {
    /// The changes with revisions above `after`, in order.
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError>;
    async fn confirm(&self, confirmed: &ConfirmationList) -> Result<(), OriginError>;
}
