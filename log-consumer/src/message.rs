//! An SQS message as Lambda delivers it, reduced to what the consumer needs.

use aws_lambda_events::event::sqs::SqsMessage;
use link_core::clicks::batch::{
    BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE, Producer,
};

use crate::plan::DeadBatch;

const RECEIVE_COUNT: &str = "ApproximateReceiveCount";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Empty when Lambda sends none. A failure reported under an empty id fails the whole batch, which is safe: stored batches are
    /// recognised when they come again.
    pub id: String,
    pub receipt_handle: String,
    pub receive_count: u32,
    pub body: String,
    /// The click-accounting attributes that the message has.
    pub accounting: Vec<MessageAttribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttribute {
    pub name: &'static str,
    /// SQS's name of the type, `String` or `Number`.
    pub data_type: String,
    pub value: String,
}

impl From<SqsMessage> for Message {
    fn from(mut message: SqsMessage) -> Self {
        let accounting = [PRODUCER_ATTRIBUTE, BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE]
            .into_iter()
            .filter_map(|name| {
                let attribute = message.message_attributes.remove(name)?;
                let value = attribute.string_value.filter(|value| !value.is_empty())?;
                Some(MessageAttribute { name, data_type: attribute.data_type?, value })
            })
            .collect();
        Self {
            id: message.message_id.unwrap_or_default(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            receive_count: message
                .attributes
                .get(RECEIVE_COUNT)
                .and_then(|count| count.parse().ok())
                .unwrap_or(1),
            body: message.body.unwrap_or_default(),
            accounting,
        }
    }
}

impl Message {
    /// The batch as the attributes describe it, even when the body is unreadable. Producers before version 2 did not send their
    /// total as an attribute.
    pub fn dead_batch(&self) -> Option<DeadBatch> {
        Self::parse_dead_batch(|name| {
            self.accounting.iter().find(|attribute| attribute.name == name).map(|found| found.value.clone())
        })
    }

    pub(crate) fn parse_dead_batch(attribute: impl Fn(&str) -> Option<String>) -> Option<DeadBatch> {
        let producer: Producer = attribute(PRODUCER_ATTRIBUTE)?.parse().ok()?;
        Some(DeadBatch {
            producer: producer.0,
            batch: attribute(BATCH_ATTRIBUTE)?.parse().ok()?,
            clicks: attribute(CLICKS_ATTRIBUTE)?.parse().ok()?,
            produced: attribute(PRODUCED_ATTRIBUTE).and_then(|produced| produced.parse().ok()),
        })
    }
}
