//! An SQS message as Lambda delivers it or as SQS returns it, reduced to what the consumer needs.

use std::collections::HashMap;

use aws_lambda_events::event::sqs::SqsMessage;
use aws_sdk_sqs::types::{Message as ReceivedMessage, MessageSystemAttributeName};
use link_core::clicks::batch::{
    BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE, Producer,
};
use link_core::time::UnixMillis;
use link_core::trace_context::{TRACEPARENT, TraceContext};

use crate::plan::DeadBatch;

const RECEIVE_COUNT: &str = "ApproximateReceiveCount";
const SENT_AT: &str = "SentTimestamp";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Empty when Lambda sends none. A failure reported under an empty id fails the whole batch, which is safe: stored batches are
    /// recognised when they come again.
    pub id: String,
    pub receipt_handle: String,
    pub receive_count: u32,
    /// When the producer sent it.
    pub sent_at: Option<UnixMillis>,
    pub body: String,
    /// The click-accounting attributes that the message has.
    pub accounting: Vec<MessageAttribute>,
    /// The span that sent it, if its trace is sampled.
    pub trace: Option<TraceContext>,
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
        let mut take = |name: &str| {
            let attribute = message.message_attributes.remove(name)?;
            Some((attribute.data_type?, attribute.string_value?))
        };
        let (trace, accounting) = (trace(&mut take), accounting(&mut take));
        Self {
            id: message.message_id.unwrap_or_default(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            receive_count: receive_count(message.attributes.get(RECEIVE_COUNT)),
            sent_at: sent_at(message.attributes.get(SENT_AT)),
            body: message.body.unwrap_or_default(),
            accounting,
            trace,
        }
    }
}

impl From<ReceivedMessage> for Message {
    fn from(message: ReceivedMessage) -> Self {
        let mut attributes = message.message_attributes.unwrap_or_default();
        let mut take = |name: &str| {
            let attribute = attributes.remove(name)?;
            Some((attribute.data_type, attribute.string_value?))
        };
        let (trace, accounting) = (trace(&mut take), accounting(&mut take));
        let system: HashMap<MessageSystemAttributeName, String> = message.attributes.unwrap_or_default();
        Self {
            id: message.message_id.unwrap_or_default(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            receive_count: receive_count(system.get(&MessageSystemAttributeName::ApproximateReceiveCount)),
            sent_at: sent_at(system.get(&MessageSystemAttributeName::SentTimestamp)),
            body: message.body.unwrap_or_default(),
            accounting,
            trace,
        }
    }
}

fn trace(take: impl FnOnce(&str) -> Option<(String, String)>) -> Option<TraceContext> {
    take(TRACEPARENT)?.1.parse().ok()
}

/// `take` returns the type and the value of an attribute.
fn accounting(mut take: impl FnMut(&str) -> Option<(String, String)>) -> Vec<MessageAttribute> {
    [PRODUCER_ATTRIBUTE, BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE]
        .into_iter()
        .filter_map(|name| {
            let (data_type, value) = take(name).filter(|(_, value)| !value.is_empty())?;
            Some(MessageAttribute { name, data_type, value })
        })
        .collect()
}

fn receive_count(attribute: Option<&String>) -> u32 {
    attribute.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn sent_at(attribute: Option<&String>) -> Option<UnixMillis> {
    attribute?.parse().ok().map(UnixMillis)
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
