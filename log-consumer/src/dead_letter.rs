//! Why a message can never be stored, and the dead letter made of it.

use link_core::clicks::batch::{UnreadableBatch, truncated};
use thiserror::Error;

use crate::message::{Message, MessageAttribute};
use crate::plan::UnstorableBatch;

/// Tells an operator why the message was rejected.
pub const REASON_ATTRIBUTE: &str = "reason";
/// The dead-letter queue gives the letter a new id.
pub const ORIGINAL_MESSAGE_ATTRIBUTE: &str = "original_message_id";
/// Enough for any of our error texts. It counts towards the size of the letter, and the body may be near SQS's limit.
const MAX_REASON_BYTES: usize = 512;

#[derive(Debug, Error)]
pub enum Rejection {
    #[error("unreadable: {0}")]
    Unreadable(#[from] UnreadableBatch),
    #[error("cannot be stored: {0}")]
    Unstorable(#[from] UnstorableBatch),
    #[error("refused by the database: {sqlstate}: {message}")]
    Refused { sqlstate: String, message: String },
}

impl Rejection {
    /// For logs. The full text may quote what a visitor sent, so only the letter carries it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Unstorable(_) => "unstorable",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Carries the original body, so that it can be sent again once the cause is fixed, and the accounting attributes, so that its clicks
/// can be counted although nobody can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub body: String,
    pub attributes: Vec<MessageAttribute>,
}

impl DeadLetter {
    pub fn new(message: &Message, rejection: &Rejection) -> Self {
        let reason = truncated(&rejection.to_string(), MAX_REASON_BYTES);
        let added = [
            (REASON_ATTRIBUTE, reason),
            (ORIGINAL_MESSAGE_ATTRIBUTE, truncated(&message.id, MAX_REASON_BYTES)),
        ]
        .into_iter()
        .filter_map(|(name, value)| {
            Some(MessageAttribute { name, data_type: "String".into(), value: value? })
        });
        Self {
            body: message.body.clone(),
            attributes: message.accounting.iter().cloned().chain(added).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use link_core::clicks::batch::ClickBatch;

    use super::*;

    #[test]
    fn reason_that_quotes_a_visitor_is_bounded_and_clean() {
        let quoted = "\\u0000\\ufffe".to_owned() + &"x".repeat(2_000);
        let body = format!(r#"{{"version":"{quoted}"}}"#);
        let message = Message {
            id: "id".into(),
            receipt_handle: "handle".into(),
            receive_count: 1,
            sent_at: None,
            body: body.clone(),
            accounting: vec![],
            trace: None,
        };
        let letter = DeadLetter::new(&message, &ClickBatch::decode(&body).unwrap_err().into());
        let reason = &letter.attributes[0].value;
        assert!(reason.starts_with("unreadable: not a click batch: invalid type: string"), "{reason}");
        assert!(reason.len() <= MAX_REASON_BYTES && !reason.contains(['\0', '\u{fffe}']), "{reason}");
    }
}
