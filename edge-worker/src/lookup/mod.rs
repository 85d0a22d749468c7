//! The lookup: nearest copy first. Memory, then the colo, then the origin, then what is stale. Decides the order and
//! what is remembered; does not know how a cache or an origin is reached, nor what is answered.

pub mod candidates;
pub mod memory;

use std::cell::RefCell;
use std::rc::Rc;

use link_core::click_batch::CacheTier;
use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use thiserror::Error;

use crate::lifetimes::Copy;
use memory::Memory;

/// A cached answer's whole identity: nothing else of a request may choose a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub domain: Domain,
    pub code: Slug,
}

/// The data centre's cache. A failure to read is a miss.
pub trait Colo {
    async fn get(&self, key: &Key) -> Option<Copy>;
}

/// The API of record.
pub trait Origin {
    async fn resolve(&self, key: &Key) -> Result<Resolution, OriginUnavailable>;
}

#[derive(Debug, Error)]
#[error("the origin cannot answer: {0}")]
pub struct OriginUnavailable(pub String);

#[derive(Debug)]
pub struct Found {
    pub copy: Rc<Copy>,
    pub tier: CacheTier,
    /// To be written to the colo, after the answer has gone out.
    pub fill_colo: bool,
}

pub async fn lookup(
    key: &Key,
    clock: impl Fn() -> UnixMillis,
    memory: &RefCell<Memory>,
    colo: &impl Colo,
    origin: &impl Origin,
) -> Result<Found, OriginUnavailable> {
    if let Some(copy) = memory.borrow().get(key, clock()) {
        let tier = tier_of_cached(&copy, CacheTier::Memory);
        return Ok(Found { copy, tier, fill_colo: false });
    }
    let remember = |copy: Copy| {
        let copy = Rc::new(copy);
        memory.borrow_mut().put(key.clone(), Rc::clone(&copy), clock());
        copy
    };

    let kept = colo.get(key).await;
    if let Some(copy) = kept.as_ref().filter(|copy| copy.is_fresh(clock())) {
        let tier = tier_of_cached(copy, CacheTier::Colo);
        return Ok(Found { copy: remember(copy.clone()), tier, fill_colo: false });
    }
    // A copy is as old as the question: the answer may have been on its way for long.
    let fetched_at = clock();
    match origin.resolve(key).await {
        Ok(resolution) => {
            let copy = remember(Copy { resolution, fetched_at });
            Ok(Found { copy, tier: CacheTier::Origin, fill_colo: true })
        }
        Err(unavailable) => match kept.filter(|copy| copy.may_be_served_stale(clock())) {
            Some(copy) => Ok(Found { copy: Rc::new(copy), tier: CacheTier::Stale, fill_colo: false }),
            None => Err(unavailable),
        },
    }
}

fn tier_of_cached(copy: &Copy, tier: CacheTier) -> CacheTier {
    match copy.resolution {
        Resolution::Found { .. } | Resolution::Deleted { .. } => tier,
        Resolution::NotFound => CacheTier::Negative,
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
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
            password: None,
            forward_query: false,
            forward_path: false,
            rules: Vec::new(),
        }
    }

    pub(crate) fn copy(resolution: Resolution, fetched_at: i64) -> Rc<Copy> {
        Rc::new(Copy { resolution, fetched_at: UnixMillis(fetched_at) })
    }

    pub(crate) fn found(url: &str, fetched_at: i64) -> Rc<Copy> {
        copy(Resolution::Found { record: record(url) }, fetched_at)
    }

    pub(crate) fn deleted(fetched_at: i64) -> Rc<Copy> {
        copy(Resolution::Deleted { revision: Revision(2) }, fetched_at)
    }

    pub(crate) fn not_found(fetched_at: i64) -> Rc<Copy> {
        copy(Resolution::NotFound, fetched_at)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_executor::block_on;

    use super::fixtures::{deleted, found, key, not_found};
    use super::*;
    use crate::lifetimes::{COLO_FRESH_MILLIS, COLO_KEPT_MILLIS, MEMORY_MILLIS, NEGATIVE_MILLIS};

    /// One isolate in one data centre, with an origin that can be taken away.
    #[derive(Default)]
    struct Edge {
        now: Cell<i64>,
        memory: RefCell<Memory>,
        colo: RefCell<Option<Copy>>,
        origin: RefCell<Option<Resolution>>,
        origin_calls: Cell<u32>,
    }

    impl Colo for Edge {
        async fn get(&self, _: &Key) -> Option<Copy> {
            self.colo.borrow().clone()
        }
    }

    impl Origin for Edge {
        async fn resolve(&self, _: &Key) -> Result<Resolution, OriginUnavailable> {
            self.origin_calls.set(self.origin_calls.get() + 1);
            self.origin.borrow().clone().ok_or_else(|| OriginUnavailable("down".into()))
        }
    }

    impl Edge {
        fn serving(copy: &Rc<Copy>) -> Self {
            Self { origin: RefCell::new(Some(copy.resolution.clone())), ..Self::default() }
        }

        /// The tier that answered at `now`, with the colo filled as the Worker fills it.
        fn tier_at(&self, now: i64) -> Option<&'static str> {
            self.now.set(now);
            let clock = || UnixMillis(self.now.get());
            let found = block_on(lookup(&key(1), clock, &self.memory, self, self)).ok()?;
            if found.fill_colo {
                *self.colo.borrow_mut() = Some((*found.copy).clone());
            }
            Some(found.tier.as_str())
        }
    }

    #[test]
    fn the_nearest_fresh_copy_answers() {
        let edge = Edge::serving(&found("https://a.test/", 0));
        assert_eq!(edge.tier_at(0), Some("origin"));
        assert_eq!(edge.tier_at(MEMORY_MILLIS - 1), Some("memory"));
        assert_eq!(edge.tier_at(MEMORY_MILLIS), Some("colo"));
        assert_eq!(edge.tier_at(MEMORY_MILLIS + 1), Some("memory"));
        assert_eq!(edge.tier_at(COLO_FRESH_MILLIS), Some("origin"));
        assert_eq!(edge.origin_calls.get(), 2);
    }

    #[test]
    fn an_unknown_name_is_remembered_for_half_a_minute() {
        let edge = Edge::serving(&not_found(0));
        assert_eq!(edge.tier_at(0), Some("origin"));
        assert_eq!(edge.tier_at(1), Some("negative"));
        assert_eq!(edge.tier_at(NEGATIVE_MILLIS - 1), Some("negative"));
        assert_eq!(edge.tier_at(NEGATIVE_MILLIS), Some("origin"));
    }

    #[test]
    fn a_stale_record_stands_in_for_a_dead_origin_for_a_day() {
        let edge = Edge::default();
        *edge.colo.borrow_mut() = Some((*found("https://a.test/", 0)).clone());
        assert_eq!(edge.tier_at(COLO_FRESH_MILLIS), Some("stale"));
        assert_eq!(edge.tier_at(COLO_KEPT_MILLIS - 1), Some("stale"));
        assert_eq!(edge.tier_at(COLO_KEPT_MILLIS), None);
    }

    #[test]
    fn a_tombstone_is_kept_and_served_like_a_record() {
        let edge = Edge::serving(&deleted(0));
        assert_eq!(edge.tier_at(0), Some("origin"));
        assert_eq!(edge.tier_at(1), Some("memory"));
        *edge.origin.borrow_mut() = None;
        assert_eq!(edge.tier_at(COLO_FRESH_MILLIS - 1), Some("colo"));
        assert_eq!(edge.tier_at(COLO_KEPT_MILLIS - 1), Some("stale"));
    }

    #[test]
    fn a_dead_origin_never_turns_into_no_such_link() {
        let edge = Edge::default();
        assert_eq!(edge.tier_at(0), None);
        *edge.colo.borrow_mut() = Some((*not_found(0)).clone());
        assert_eq!(edge.tier_at(NEGATIVE_MILLIS), None);
    }

    #[test]
    fn an_origin_that_comes_back_is_believed_at_once() {
        let edge = Edge::default();
        *edge.colo.borrow_mut() = Some((*found("https://old.test/", 0)).clone());
        assert_eq!(edge.tier_at(COLO_FRESH_MILLIS), Some("stale"));
        *edge.origin.borrow_mut() = Some(found("https://new.test/", 0).resolution.clone());
        assert_eq!(edge.tier_at(COLO_FRESH_MILLIS + 1), Some("origin"));
    }
}
