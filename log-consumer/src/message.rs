//! A message as Lambda hands it over, reduced to what the consumer needs. Does not read the body.

use aws_lambda_events::event::sqs::SqsMessage;
use link_core::click_batch::{
    BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE, Producer,
};

use crate::store::DeadBatch;

const RECEIVE_COUNT: &str = "ApproximateReceiveCount";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Without an id Lambda takes the failure of this message for that of the whole batch. That is safe: what was
    /// stored is recognised when it comes again.
    pub id: String,
    pub receipt_handle: String,
    pub receive_count: u32,
    pub body: String,
    /// Those of the book-keeping attributes that the message has.
    pub books: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: &'static str,
    /// SQS's name of the type, `String` or `Number`.
    pub data_type: String,
    pub value: String,
}

impl From<SqsMessage> for Message {
    fn from(mut message: SqsMessage) -> Self {
        let books = [PRODUCER_ATTRIBUTE, BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE]
            .into_iter()
            .filter_map(|name| {
                let attribute = message.message_attributes.remove(name)?;
                let value = attribute.string_value.filter(|value| !value.is_empty())?;
                Some(Attribute { name, data_type: attribute.data_type?, value })
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
            books,
        }
    }
}

impl Message {
    /// What the attributes say of the batch, whether or not its body can be read. Producers before version 2 did not send
    /// their total with them.
    pub fn dead_batch(&self) -> Option<DeadBatch> {
        Self::batch_of(|name| {
            self.books.iter().find(|attribute| attribute.name == name).map(|found| found.value.clone())
        })
    }

    pub(crate) fn batch_of(value: impl Fn(&str) -> Option<String>) -> Option<DeadBatch> {
        let producer: Producer = value(PRODUCER_ATTRIBUTE)?.parse().ok()?;
        Some(DeadBatch {
            producer: producer.0,
            batch: value(BATCH_ATTRIBUTE)?.parse().ok()?,
            clicks: value(CLICKS_ATTRIBUTE)?.parse().ok()?,
            produced: value(PRODUCED_ATTRIBUTE).and_then(|produced| produced.parse().ok()),
        })
    }
}
