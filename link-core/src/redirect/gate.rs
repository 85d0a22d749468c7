//! The gate: what the edge asks the origin before it answers a visit of a link with `max_clicks` or with a preview of its own, and the
//! origin's answer. Does not count; the origin's database does.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clicks::batch::Purpose;
use crate::time::UnixMillis;

/// Links with a maximum up to this are gated from the first click. With a higher maximum, the gate starts when the clicks left are at
/// most a tenth of the maximum, or this number if that is more.
pub const ALWAYS_GATED_CLICKS: i64 = 100_000;

/// Identifies one visit, so that a retry counts as the same visit and uses up no second click. The token is a version 7 UUID (RFC
/// 9562): tokens sort by time, which lets the database delete old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitToken(pub Uuid);

impl VisitToken {
    /// The token uses 74 of the random bits.
    pub fn new(now: UnixMillis, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.0).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// Asks whether a visit may be redirected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRequest {
    pub token: VisitToken,
    /// The link has a preview of its own, so [`GateAnswer::Preview`] is an answer. An edge that does not send this cannot read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_preview: bool,
    /// The link has no gate: the class of the visitor is asked for, and nothing is counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncounted: bool,
    // The origin classifies the visitor by the following fields.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub head: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The number of the autonomous system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateAnswer {
    /// The visit may be redirected. One click of the maximum is used up, durably.
    Granted,
    /// The visitor is not a person: nothing is counted, and the destination is not shown.
    Machine,
    /// A browser loads the link in case its user follows it later. Handled like [`GateAnswer::Machine`]; the real visit asks again.
    Prefetch,
    /// The visitor fetches a link preview: show the link's own. Nothing is counted.
    Preview,
    /// The maximum is reached.
    Exhausted,
    /// The link was deleted or disabled after the edge cached its record.
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gate_format_is_unchanged() {
        let token = VisitToken::new(UnixMillis(1_795_478_400_000), [0xff; 10]);
        let bare = GateRequest {
            token,
            own_preview: false,
            uncounted: false,
            head: false,
            purpose: None,
            user_agent: None,
            asn: None,
        };
        let full = GateRequest {
            own_preview: true,
            uncounted: true,
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
            GateAnswer::Preview,
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
    fn tokens_sort_by_time() {
        let at = |millis, byte| VisitToken::new(UnixMillis(millis), [byte; 10]).0;
        assert!(at(1, 0xff) < at(2, 0));
        assert_ne!(at(1, 0), at(1, 1));
    }
}
