//! The queues on SQS. The client is created on first use, which most invocations never reach.

use std::fmt;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue};
use tokio::sync::OnceCell;

use super::traits::{DeadLetters, Postponed, QueueError, Redelivery};
use crate::dead_letter::DeadLetter;
use crate::time_limits::QUEUE_TIMEOUTS;

pub struct SqsQueue {
    click_queue_url: String,
    dead_letter_queue_url: String,
    client: OnceCell<Client>,
}

impl SqsQueue {
    pub fn new(click_queue_url: String, dead_letter_queue_url: String) -> Self {
        Self { click_queue_url, dead_letter_queue_url, client: OnceCell::new() }
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| startup::sqs::client(QUEUE_TIMEOUTS)).await
    }
}

impl fmt::Debug for SqsQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SqsQueue")
            .field("click_queue_url", &self.click_queue_url)
            .finish_non_exhaustive()
    }
}

impl DeadLetters for SqsQueue {
    async fn send(&self, letter: DeadLetter) -> Result<(), QueueError> {
        let mut call = self
            .client()
            .await
            .send_message()
            .queue_url(&self.dead_letter_queue_url)
            .message_body(letter.body);
        for attribute in letter.attributes {
            let value = MessageAttributeValue::builder()
                .data_type(attribute.data_type)
                .string_value(attribute.value)
                .build()
                .map_err(|error| QueueError::Call(error.to_string()))?;
            call = call.message_attributes(attribute.name, value);
        }
        call.send().await.map_err(|error| QueueError::Call(DisplayErrorContext(error).to_string()))?;
        Ok(())
    }
}

impl Redelivery for SqsQueue {
    /// SQS's limit.
    const MAX_BATCH: usize = 10;

    async fn postpone(&self, messages: Vec<Postponed>) -> Result<(), QueueError> {
        let requested = messages.len();
        let mut call = self.client().await.change_message_visibility_batch().queue_url(&self.click_queue_url);
        for (index, message) in messages.into_iter().enumerate() {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(message.receipt_handle)
                .visibility_timeout(i32::try_from(message.seconds).unwrap_or(i32::MAX))
                .build()
                .map_err(|error| QueueError::Call(error.to_string()))?;
            call = call.entries(entry);
        }
        let answer =
            call.send().await.map_err(|error| QueueError::Call(DisplayErrorContext(error).to_string()))?;
        match answer.failed().len() {
            0 => Ok(()),
            refused => Err(QueueError::Partial { refused, requested }),
        }
    }
}
