//! What the consumer needs from the queues, as traits that a test can fake.

use std::future::Future;

use thiserror::Error;

use crate::dead_letter::DeadLetter;

#[derive(Debug, Error)]
pub enum QueueError {
    #[error("the call to the queue failed: {0}")]
    Call(String),
    #[error("the queue refused {refused} of {requested} messages")]
    Partial { refused: usize, requested: usize },
}

/// The dead-letter queue, for an operator to look at.
pub trait DeadLetters {
    /// May be called twice for one message: a duplicate letter does no harm, a missing one would lose clicks.
    fn send(&self, letter: DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message to hide for `seconds` from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed {
    pub receipt_handle: String,
    pub seconds: u32,
}

pub trait Redelivery {
    /// The most messages that [`Redelivery::postpone`] takes.
    const MAX_BATCH: usize;

    fn postpone(&self, messages: Vec<Postponed>) -> impl Future<Output = Result<(), QueueError>> + Send;
}
