//! Why a message can never be stored, and the dead letter that is made of it. Does not send it.

use link_core::click_batch::{UnreadableBatch, bounded};
use thiserror::Error;

use crate::message::{Attribute, Message};
use crate::plan::Unstorable;

/// Says why, for whoever opens the letter.
pub const REASON_ATTRIBUTE: &str = "reason";
/// The queue gives the letter an id of its own.
pub const ORIGINAL_MESSAGE_ATTRIBUTE: &str = "original_message_id";
/// Enough for any error text of ours. It counts towards the size of the letter, and the body may be near SQS's limit.
const MAX_REASON_BYTES: usize = 512;

#[derive(Debug, Error)]
pub enum Rejection {
    #[error("unreadable: {0}")]
    Unreadable(#[from] UnreadableBatch),
    #[error("cannot be stored: {0}")]
    Unstorable(#[from] Unstorable),
    #[error("refused by the database: {sqlstate}: {message}")]
    Refused { sqlstate: String, message: String },
}

impl Rejection {
    /// For logs. The whole text may quote what a visitor sent, and belongs into the letter only.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Unstorable(_) => "unstorable",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The body as it came, so that it can be sent again when the cause is gone, and the books, so that its clicks can be
/// counted though nobody can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub body: String,
    pub attributes: Vec<Attribute>,
}

impl DeadLetter {
    pub fn new(message: &Message, rejection: &Rejection) -> Self {
        let reason = bounded(&rejection.to_string(), MAX_REASON_BYTES);
        let ours = [
            (REASON_ATTRIBUTE, reason),
            (ORIGINAL_MESSAGE_ATTRIBUTE, bounded(&message.id, MAX_REASON_BYTES)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(Attribute { name, data_type: "String".into(), value: value? }));
        Self { body: message.body.clone(), attributes: message.books.iter().cloned().chain(ours).collect() }
    }
}

#[cfg(test)]
mod tests {
    use link_core::click_batch::ClickBatch;

    use super::*;

    #[test]
    fn a_reason_that_quotes_a_visitor_is_made_fit_to_travel() {
        let agent = "\\u0000\\ufffe".to_owned() + &"x".repeat(2_000);
        let body = format!(r#"{{"version":"{agent}"}}"#);
        let message = Message {
            id: "id".into(),
            receipt_handle: "handle".into(),
            receive_count: 1,
            body: body.clone(),
            books: vec![],
        };
        let letter = DeadLetter::new(&message, &ClickBatch::decode(&body).unwrap_err().into());
        let reason = &letter.attributes[0].value;
        assert!(reason.starts_with("unreadable: not a click batch: invalid type: string"), "{reason}");
        assert!(reason.len() <= MAX_REASON_BYTES && !reason.contains(['\0', '\u{fffe}']), "{reason}");
    }
}
