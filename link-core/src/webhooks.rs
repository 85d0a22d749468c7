//! What the origin hands to whatever sends webhooks, and hears back. The origin signs: a sender knows no secret and decides nothing but
//! how a receiver answered.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST` leases what is due and answers a [`DeliveryList`]; an empty one is the usual case.
pub const LEASE_ROUTE: &str = "/internal/v1/webhooks/lease";
/// `POST` takes an [`OutcomeList`] and answers 204.
pub const OUTCOMES_ROUTE: &str = "/internal/v1/webhooks/outcomes";
/// In the origin's answer to a write: a webhook may be due, so the edge leases now instead of with its schedule.
pub const DUE: &str = "x-shortline-webhooks";

/// From the request to the answer's headers. Its body is not read.
pub const SEND_TIMEOUT_SECONDS: u64 = 10;
/// In which a lease's outcomes must be reported. After it others may send the same again.
pub const LEASE_SECONDS: i64 = 60;
/// In one lease, which a sender sends at once.
pub const MAX_DELIVERIES: usize = 20;

/// A request to send: `POST` of the body to the URL, without following redirects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub message: Uuid,
    pub lease: Uuid,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryList {
    pub deliveries: Vec<Delivery>,
    /// More may be due: lease again.
    #[serde(default)]
    pub more: bool,
}

/// How the receiver answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Status(u16),
    /// No answer within [`SEND_TIMEOUT_SECONDS`].
    Timeout,
    /// No connection, or it broke.
    Unreachable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub message: Uuid,
    pub lease: Uuid,
    pub reply: Reply,
    /// `Retry-After`, if the receiver sent a number of seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeList {
    pub outcomes: Vec<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_form_is_stable() {
        let (message, lease) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let deliveries = DeliveryList {
            deliveries: vec![Delivery {
                message,
                lease,
                url: "https://receiver.example/hooks".to_owned(),
                headers: vec![("webhook-id".to_owned(), "msg_1".to_owned())],
                body: "{}".to_owned(),
            }],
            more: true,
        };
        let outcome = |reply, retry_after_seconds| Outcome { message, lease, reply, retry_after_seconds };
        let outcomes = OutcomeList {
            outcomes: vec![
                outcome(Reply::Status(503), Some(30)),
                outcome(Reply::Timeout, None),
                outcome(Reply::Unreachable, None),
            ],
        };
        insta::assert_json_snapshot!((deliveries, outcomes));
    }
}
