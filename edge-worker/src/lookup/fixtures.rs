//! Links and cached resolutions for tests.

use std::rc::Rc;

use link_core::record::{Resolution, Revision};
pub(crate) use link_core::test_util::record;
use link_core::time::UnixMillis;

use super::freshness::{CachedResolution, Freshness};
use super::link_key::LinkKey;

pub(crate) fn key(number: u32) -> LinkKey {
    named(&format!("{number:07}"))
}

pub(crate) fn named(code: &str) -> LinkKey {
    LinkKey { domain: "go.example.com".parse().unwrap(), code: code.parse().unwrap() }
}

pub(crate) const FRESHNESS: Freshness = Freshness { purging: true };

pub(crate) fn copy(resolution: Resolution, asked_at: i64) -> Rc<CachedResolution> {
    Rc::new(FRESHNESS.cached(resolution, UnixMillis(asked_at), 0.0))
}

pub(crate) fn found(url: &str, asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::Found { record: record(url) }, asked_at)
}

pub(crate) fn deleted(asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::Deleted { revision: Revision(2) }, asked_at)
}

pub(crate) fn not_found(asked_at: i64) -> Rc<CachedResolution> {
    copy(Resolution::NotFound, asked_at)
}
