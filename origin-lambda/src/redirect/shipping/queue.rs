//! The queue that click batches are sent to, as shipping sees it.

use std::fmt;

use futures_util::future::BoxFuture;
use link_core::clicks::buffer::SealedBatch;
use thiserror::Error;

/// The destination of sealed batches. A batch that is sent twice is stored once.
pub trait ClickQueue: fmt::Debug + Send + Sync {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>>;
}

#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum QueueError {
    #[error("the queue does not answer: {0}")]
    Unavailable(String),
    /// Sending the same bytes again would fail again.
    #[error("the queue rejected the batch: {0}")]
    Refused(String),
}
