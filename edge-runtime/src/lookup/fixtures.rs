//! Links and cached resolutions for tests.

#![expect(clippy::unwrap_used, reason = "only tests use this module, and the texts are constants")]

use std::rc::Rc;

use link_core::record::{Resolution, Revision};
pub use link_core::test_util::record;
use link_core::time::UnixMillis;

use super::freshness::{CachedResolution, Freshness};
use super::link_key::LinkKey;

pub fn key(number: u32) -> LinkKey {
    named(&format!("{number:07}"))
}

pub fn named(code: &str) -> LinkKey {
    LinkKey { domain: "go.example.com".parse().unwrap(), code: code.parse().unwrap() }
}

pub const FRESHNESS: Freshness = Freshness { purging: true };

pub fn copy(resolution: Resolution, asked_at: i64) -> Rc<CachedResolution> {
    Rc::new(FRESHNESS.cached(resolution, UnixMillis(asked_at), 0.0))
}

pub fn found(url: &str, asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::Found { record: record(url) }, asked_at)
}

pub fn deleted(asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::Deleted { revision: Revision(2) }, asked_at)
}

pub fn not_found(asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::NotFound, asked_at)
}
