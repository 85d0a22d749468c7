//! The gate of a link with `max_clicks`: what the edge asks the origin before it follows one, and what it hears. Does not
//! count; the origin's database does.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::click_batch::Purpose;
use crate::time::UnixMillis;

/// A maximum up to this is gated from the first click on. Beyond it the gate begins when at most a tenth is left, and no less
/// than this.
pub const ALWAYS_GATED_CLICKS: i64 = 100_000;

/// Names one visit, so that a call that is repeated is the same visit and costs nothing more. A version 7 UUID (RFC 9562): tokens
/// lie in the order of time, which is how the database forgets old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitToken(pub Uuid);

impl VisitToken {
    /// 74 of the random bits are used.
    pub fn new(now: UnixMillis, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.0).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// A visit that would be redirected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRequest {
    pub token: VisitToken,
    // What the visitor's class is decided by.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub head: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Number of the autonomous system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateAnswer {
    /// One click of the maximum is used up, and durably so.
    Granted,
    /// No person follows the link: nothing is counted, and where it leads is not shown.
    Machine,
    /// As [`GateAnswer::Machine`]: a browser loads the link in case its user follows it, who then asks again.
    Prefetch,
    /// The maximum is reached.
    Exhausted,
    /// The link was deleted or disabled since the edge's copy was made.
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers_keep_their_form() {
        let token = VisitToken::new(UnixMillis(1_795_478_400_000), [0xff; 10]);
        let bare = GateRequest { token, head: false, purpose: None, user_agent: None, asn: None };
        let full = GateRequest {
            head: true,
            purpose: Some(Purpose::Prefetch),
            user_agent: Some("Mozilla/5.0".into()),
            asn: Some(3_320),
            ..bare.clone()
        };
        let answers = [
            GateAnswer::Granted,
            GateAnswer::Machine,
            GateAnswer::Prefetch,
            GateAnswer::Exhausted,
            GateAnswer::Withdrawn,
        ];
        insta::assert_json_snapshot!((&bare, &full, answers));
        for request in [bare, full] {
            let json = serde_json::to_string(&request).unwrap();
            assert_eq!(serde_json::from_str::<GateRequest>(&json).unwrap(), request);
        }
    }

    #[test]
    fn tokens_lie_in_the_order_of_time() {
        let at = |millis, byte| VisitToken::new(UnixMillis(millis), [byte; 10]).0;
        assert!(at(1, 0xff) < at(2, 0));
        assert_ne!(at(1, 0), at(1, 1));
    }
}
