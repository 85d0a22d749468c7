//! Builders for the tests of all crates, behind the feature `test-util`. Tests change the fields that matter to them:
//! `Click { asn: Some(64_496), ..click(now) }`.

#![expect(clippy::unwrap_used, reason = "only tests use this module, and the texts are constants")]

use crate::clicks::batch::{CacheTier, Click};
use crate::record::{LinkId, LinkRecord, LinkState, RedirectStatus, Revision};
use crate::time::UnixMillis;

/// 2026-11-24T00:00:00Z
pub const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

/// The id of [`record`] and of the link of [`click`].
pub fn link_id() -> LinkId {
    "0198c0de-0000-7000-8000-000000000001".parse().unwrap()
}

/// A click with only the required fields.
pub fn click(time: UnixMillis) -> Click {
    Click {
        time,
        link: link_id(),
        status: RedirectStatus::Found,
        tier: CacheTier::Memory,
        head: false,
        request_id: "5f3a-1".into(),
        country: None,
        region: None,
        city: None,
        user_agent: None,
        referrer: None,
        domain: None,
        purpose: None,
        asn: None,
        language: None,
        destination: None,
        visitor: None,
        utm: None,
        trace: None,
    }
}

/// An active link with only the required fields.
pub fn record(url: &str) -> LinkRecord {
    LinkRecord {
        id: link_id(),
        domain: "go.example.com".parse().unwrap(),
        code: "0000001".parse().unwrap(),
        revision: Revision(1),
        url: url.to_owned().try_into().unwrap(),
        status: RedirectStatus::Found,
        state: LinkState::Active,
        starts_at: None,
        expires_at: None,
        expired_url: None,
        limited: false,
        gated: false,
        password: None,
        forward_query: false,
        forward_path: false,
        rules: Vec::new(),
        preview: None,
    }
}
