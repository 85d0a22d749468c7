//! The queue that click batches are sent to, as both Workers see it.

use link_core::clicks::buffer::SealedBatch;

pub trait ClickQueue {
    /// One attempt. The error says why there is no answer.
    async fn send(&self, batch: &SealedBatch) -> Result<QueueAnswer, String>;
}

#[derive(Debug, Clone)]
pub struct QueueAnswer {
    pub status: u16,
    /// The error's name in SQS's JSON protocol; empty where there is none.
    pub error_code: String,
    pub body: Vec<u8>,
}
