//! The click queue and the dead-letter queue.

mod sqs;
mod traits;

pub use sqs::{MAX_MESSAGES, SqsQueue};
pub use traits::{DeadLetters, Postponed, QueueError, Redelivery};
