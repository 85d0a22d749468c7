//! The systems behind a lookup, as traits: the data centre's cache, the origin, the replica and the runtime's tasks. `bindings`
//! implements them for the Worker, the tests for a simulated world.

use std::rc::Rc;
use std::time::Duration;

use link_core::record::Resolution;
use thiserror::Error;

use super::freshness::CachedResolution;
use super::link_key::LinkKey;

/// The data centre's cache. A failed read is a miss; a failed write is ignored.
pub trait Colo {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution>;
    async fn put(&self, key: &LinkKey, copy: &CachedResolution);

    /// What `entry.js` has already read for this request, once. `None`: it has not read the name.
    fn take_entry_read(&self, _: &LinkKey) -> Option<Option<Rc<CachedResolution>>> {
        None
    }
}

/// The API of record.
pub trait Origin {
    /// Resolves names of one domain in one call: an answer for each, in their order.
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>>;

    /// Whether it may answer [`OriginError::Skipped`] to this visitor. Other visitors do not share such a lookup.
    fn may_skip(&self) -> bool {
        false
    }
}

/// Every published link, in every data centre, up to a minute late.
pub trait Replica {
    async fn get(&self, key: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError>;
    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError>;
}

/// Tasks of the runtime. A request may not be woken by another request's I/O, but it may wait for another one's task.
pub trait Tasks {
    /// A started task that any request may wait for.
    type Task: Clone + 'static;

    fn start(&self, work: impl Future<Output = ()> + 'static) -> Self::Task;

    /// Runs `work` when the task has ended. Both may outlive this request's answer.
    fn after(&self, task: &Self::Task, work: impl Future<Output = ()> + 'static);

    /// Waits until the task ends, but no longer than `at_most`.
    async fn wait(&self, task: Self::Task, at_most: Duration);
}

#[derive(Debug, Clone, Error)]
pub enum OriginError {
    #[error("the origin cannot answer: {0}")]
    Unavailable(String),
    /// The edge's own limit; the origin may be healthy.
    #[error("the concurrency limit of lookups is reached")]
    LimitReached,
    #[error("a proxy in front of the origin takes no more calls (429)")]
    Throttled,
    /// The call did not reach the origin. For calls that carry the edge's own key the configuration is wrong.
    #[error("a proxy in front of the origin refused the call ({0})")]
    Refused(u16),
    /// Unlikely to be a link's name, and the miss budget is used up.
    #[error("the origin was not asked")]
    Skipped,
}

/// The replica could not be read, so nothing is known of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaReadError;

#[derive(Debug, Error)]
#[error("the replica did not take a record: {0}")]
pub struct ReplicaWriteError(pub String);
