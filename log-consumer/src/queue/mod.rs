//! What the consumer wants from the queues, as capabilities that a test can fake. Says nothing of SQS.

mod sqs;

use std::future::Future;

use thiserror::Error;

use crate::dead_letter::DeadLetter;
pub use sqs::SqsQueue;
pub(crate) use sqs::connect;

#[derive(Debug, Error)]
pub enum QueueError {
    #[error("the queue did not take the call: {0}")]
    Call(String),
    #[error("the queue refused {refused} of {asked}")]
    Partly { refused: usize, asked: usize },
}

/// Keeps what can never be stored, for a human to look at.
pub trait DeadLetters {
    /// May be asked twice for one message; a letter more does no harm, a letter less would lose clicks.
    fn keep(&self, letter: DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message that comes back later than it would by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postponed {
    pub receipt_handle: String,
    pub seconds: u32,
}

pub trait Redelivery {
    /// The most messages that [`Redelivery::postpone`] takes.
    const AT_ONCE: usize;

    fn postpone(&self, messages: Vec<Postponed>) -> impl Future<Output = Result<(), QueueError>> + Send;
}
