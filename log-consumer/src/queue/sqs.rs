//! The queues on SQS. The client is created on first use, which most invocations of a Lambda never reach.

use std::fmt;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName,
};
use tokio::sync::OnceCell;

use super::traits::{DeadLetters, Postponed, QueueError, Redelivery};
use crate::dead_letter::DeadLetter;
use crate::message::Message;
use crate::time_limits::QUEUE_TIMEOUTS;

/// SQS's limit for the messages of a call.
pub const MAX_MESSAGES: usize = 10;

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

    /// At most [`MAX_MESSAGES`]; waits up to `wait` for the first.
    pub async fn receive(&self, wait: Duration) -> Result<Vec<Message>, QueueError> {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(QUEUE_TIMEOUTS.attempt + wait);
        let call = self
            .client()
            .await
            .receive_message()
            .queue_url(&self.click_queue_url)
            .max_number_of_messages(i32::try_from(MAX_MESSAGES).unwrap_or(1))
            .wait_time_seconds(i32::try_from(wait.as_secs()).unwrap_or_default())
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .customize()
            .config_override(aws_sdk_sqs::Config::builder().timeout_config(timeouts.build()));
        let answer = call.send().await.map_err(failed)?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(Message::from).collect())
    }

    /// Deletes at most [`MAX_MESSAGES`]. One that stays comes again and counts as a duplicate.
    pub async fn delete(&self, messages: &[&Message]) -> Result<(), QueueError> {
        let mut call = self.client().await.delete_message_batch().queue_url(&self.click_queue_url);
        for (index, message) in messages.iter().enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(&message.receipt_handle)
                .build()
                .map_err(|error| QueueError::Call(error.to_string()))?;
            call = call.entries(entry);
        }
        let answer = call.send().await.map_err(failed)?;
        all_accepted(answer.failed().len(), messages.len())
    }

    /// The number of messages in the dead-letter queue.
    pub async fn dead_letters(&self) -> Result<u64, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let call = self.client().await.get_queue_attributes().queue_url(&self.dead_letter_queue_url);
        let answer = call.attribute_names(name.clone()).send().await.map_err(failed)?;
        let count = answer.attributes.and_then(|attributes| attributes.get(&name)?.parse().ok());
        count.ok_or_else(|| QueueError::Call(format!("the answer has no {name}")))
    }
}

fn all_accepted(refused: usize, requested: usize) -> Result<(), QueueError> {
    if refused == 0 { Ok(()) } else { Err(QueueError::Partial { refused, requested }) }
}

fn failed(error: impl std::error::Error) -> QueueError {
    QueueError::Call(DisplayErrorContext(error).to_string())
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
        call.send().await.map_err(failed)?;
        Ok(())
    }
}

impl Redelivery for SqsQueue {
    const MAX_BATCH: usize = MAX_MESSAGES;

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
        let answer = call.send().await.map_err(failed)?;
        all_accepted(answer.failed().len(), requested)
    }
}
