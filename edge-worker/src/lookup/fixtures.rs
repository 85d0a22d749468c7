//! What the tests of the edge look up.

use link_core::record::{LinkRecord, LinkState, RedirectStatus, Revision};

use super::*;

pub(crate) fn key(number: u32) -> Key {
    named(&format!("{number:07}"))
}

pub(crate) fn named(code: &str) -> Key {
    Key { domain: "go.example.com".parse().unwrap(), code: code.parse().unwrap() }
}

pub(crate) fn record(url: &str) -> LinkRecord {
    LinkRecord {
        id: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
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
    }
}

pub(crate) const LIFETIMES: Lifetimes = Lifetimes { purging: true };

pub(crate) fn copy(resolution: Resolution, asked_at: i64) -> Rc<Copy> {
    Rc::new(LIFETIMES.copy(resolution, UnixMillis(asked_at), 0.0))
}

pub(crate) fn found(url: &str, asked_at: i64) -> Rc<Copy> {
    copy(Resolution::Found { record: record(url) }, asked_at)
}

pub(crate) fn deleted(asked_at: i64) -> Rc<Copy> {
    copy(Resolution::Deleted { revision: Revision(2) }, asked_at)
}

pub(crate) fn not_found(asked_at: i64) -> Rc<Copy> {
    copy(Resolution::NotFound, asked_at)
}
