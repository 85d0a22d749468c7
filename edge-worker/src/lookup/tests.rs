//! Which copy a lookup returns, of memory, colo, origin and replica.

use std::cell::Cell;

use futures_executor::block_on;
use link_core::record::{LinkRecord, Revision};

use super::fixtures::{FRESHNESS, copy, deleted, found, key, not_found, record};
use super::*;
use crate::freshness::{MEMORY_MILLIS, NEGATIVE_MILLIS, PURGED_MILLIS, STALE_IF_ERROR_MILLIS};
use crate::timeouts::{FILL, RESOLVE, millis};

/// One isolate in one data centre; origin and replica can fail.
#[derive(Default)]
struct Edge {
    now: Cell<i64>,
    memory: RefCell<Memory>,
    colo: RefCell<Option<CachedResolution>>,
    origin: RefCell<Option<Resolution>>,
    replica: RefCell<Option<Resolution>>,
    origin_calls: Cell<u32>,
    origin_takes: Cell<i64>,
    skips: Cell<bool>,
    unreadable: Cell<bool>,
}

impl Colo for Edge {
    async fn get(&self, _: &LinkKey) -> Option<CachedResolution> {
        self.colo.borrow().clone()
    }

    async fn put(&self, _: &LinkKey, copy: &CachedResolution) {
        *self.colo.borrow_mut() = Some(copy.clone());
    }
}

impl Origin for Edge {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        self.origin_calls.set(self.origin_calls.get() + 1);
        self.now.set(self.now.get() + self.origin_takes.get());
        let answer = match self.origin.borrow().clone() {
            _ if self.skips.get() => Err(OriginError::Skipped),
            answer => answer.ok_or_else(|| OriginError::Unavailable("down".into())),
        };
        vec![answer; names.len()]
    }
}

impl Replica for Edge {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        if self.unreadable.get() { Err(ReplicaReadError) } else { Ok(self.replica.borrow().clone()) }
    }

    async fn put(&self, _: &LinkKey, _: &Resolution) -> Result<(), ReplicaWriteError> {
        Ok(())
    }
}

fn of_revision(revision: i64) -> Resolution {
    Resolution::Found { record: LinkRecord { revision: Revision(revision), ..record("https://a.test/") } }
}

impl Edge {
    fn serving(copy: &Rc<CachedResolution>) -> Self {
        Self { origin: RefCell::new(Some(copy.resolution.clone())), ..Self::default() }
    }

    fn holding(copy: &Rc<CachedResolution>) -> Self {
        Self { colo: RefCell::new(Some((**copy).clone())), ..Self::default() }
    }

    /// Looks a link up at `now`, and fills the colo as the Worker does.
    fn at(&self, now: i64) -> Option<Found> {
        self.now.set(now);
        let clock = || UnixMillis(self.now.get());
        if let Some(found) = from_memory(&self.memory, &key(1), clock()) {
            return Some(found);
        }
        let lookup = Lookup {
            memory: &self.memory,
            origin: self,
            replica: self,
            freshness: FRESHNESS,
            clock: &clock,
            random: &|| 0.0,
        };
        let found = match from_colo(&self.memory, &key(1), block_on(Colo::get(self, &key(1))), clock()) {
            Ok(found) => found,
            Err(stale) => block_on(lookup.fetch_from_origin(vec![(key(1), stale)])).remove(0).ok()?,
        };
        if found.fill_colo {
            block_on(fill(self, &key(1), &found.copy, clock));
        }
        Some(found)
    }

    fn tier_at(&self, now: i64) -> Option<&'static str> {
        self.at(now).map(|found| found.tier.as_str())
    }
}

#[test]
fn nearest_fresh_copy_answers() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS - 1), Some("memory"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS), Some("colo"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("origin"));
    assert_eq!(edge.origin_calls.get(), 2);
}

#[test]
fn unknown_name_is_cached_for_30_seconds() {
    let edge = Edge::serving(&not_found(0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(1), Some("negative"));
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS - 1), Some("negative"));
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS), Some("origin"));
}

#[test]
fn stale_copy_is_served_for_a_day_if_the_origin_is_down() {
    let edge = Edge::holding(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    assert_eq!(edge.tier_at(PURGED_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS - 1), Some("stale"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS), None);
}

#[test]
fn cold_link_comes_from_the_replica_if_the_origin_is_down() {
    let edge = Edge { replica: RefCell::new(Some(of_revision(1))), ..Edge::default() };
    assert_eq!(edge.tier_at(0), Some("replica"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    assert!(edge.colo.borrow().is_none(), "a replica's answer got into the colo");
}

#[test]
fn higher_revision_of_stale_copy_and_replica_is_served() {
    for (stale, replica, tier) in [
        (of_revision(1), of_revision(2), "replica"),
        (of_revision(2), of_revision(1), "stale"),
        (of_revision(1), of_revision(1), "stale"),
        (of_revision(1), Resolution::Deleted { revision: Revision(2) }, "replica"),
        (Resolution::Deleted { revision: Revision(2) }, of_revision(1), "stale"),
    ] {
        let edge = Edge::holding(&copy(stale, 0));
        *edge.replica.borrow_mut() = Some(replica);
        assert_eq!(edge.tier_at(PURGED_MILLIS), Some(tier));
    }
}

#[test]
fn tombstone_is_cached_like_a_record() {
    let edge = Edge::serving(&deleted(0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    *edge.origin.borrow_mut() = None;
    assert_eq!(edge.tier_at(PURGED_MILLIS - 1), Some("colo"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS - 1), Some("stale"));
}

#[test]
fn dead_origin_is_never_a_404() {
    let edge = Edge::default();
    assert_eq!(edge.tier_at(0), None);
    *edge.colo.borrow_mut() = Some((*not_found(0)).clone());
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS), None);
}

#[test]
fn recovered_origin_is_used_once_memory_expires() {
    let edge = Edge::holding(&copy(of_revision(1), 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    *edge.origin.borrow_mut() = Some(of_revision(2));
    assert_eq!(edge.tier_at(PURGED_MILLIS + MEMORY_MILLIS), Some("origin"));
}

#[test]
fn late_answer_is_served_and_not_cached() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    edge.origin_takes.set(millis(RESOLVE));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert!(edge.colo.borrow().is_none());
    assert_eq!(edge.tier_at(millis(RESOLVE)), Some("origin"));
}

#[test]
fn skipped_lookup_caches_nothing_for_others() {
    let edge = Edge::default();
    edge.skips.set(true);
    assert_eq!(edge.tier_at(0), Some("negative"));
    assert!(edge.colo.borrow().is_none() && edge.memory.borrow().newest(&key(1)).is_none());
    *edge.replica.borrow_mut() = Some(of_revision(2));
    assert_eq!(edge.tier_at(1), Some("replica"));
    assert_eq!(edge.tier_at(2), Some("stale"));
    *edge.replica.borrow_mut() = Some(of_revision(1));
    let found = edge.at(3).unwrap();
    assert_eq!((found.copy.revision(), found.tier), (Some(Revision(2)), CacheTier::Stale));
    edge.skips.set(false);
    *edge.origin.borrow_mut() = Some(of_revision(3));
    assert_eq!(edge.tier_at(4), Some("origin"));
}

#[test]
fn candidates_share_one_call_and_fall_back_separately() {
    let edge = Edge { origin: RefCell::new(Some(of_revision(1))), ..Edge::default() };
    let clock = || UnixMillis(edge.now.get());
    let lookup = Lookup {
        memory: &edge.memory,
        origin: &edge,
        replica: &edge,
        freshness: FRESHNESS,
        clock: &clock,
        random: &|| 0.0,
    };
    let tiers = |names| -> Vec<_> {
        let found = block_on(lookup.fetch_from_origin(names));
        found.into_iter().map(|found| found.ok().map(|found| found.tier.as_str())).collect()
    };
    assert_eq!(tiers(vec![(key(1), None), (key(2), None)]), [Some("origin"), Some("origin")]);
    assert_eq!(edge.origin_calls.get(), 1);
    *edge.origin.borrow_mut() = None;
    let stale = found("https://a.test/", 0);
    assert_eq!(
        tiers(vec![(key(3), Some(stale)), (key(4), None), (key(1), None)]),
        [Some("stale"), None, Some("stale")]
    );
    assert_eq!(edge.origin_calls.get(), 2);
}

#[test]
fn unreadable_replica_is_never_a_404() {
    let edge = Edge::default();
    edge.unreadable.set(true);
    for skips in [true, false] {
        edge.skips.set(skips);
        assert_eq!(edge.tier_at(0), None);
    }
    *edge.colo.borrow_mut() = Some((*found("https://a.test/", 0)).clone());
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
}

#[test]
fn isolate_never_serves_an_older_revision() {
    let edge = Edge::serving(&copy(of_revision(2), 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    // Another isolate filled late, and the origin answered before the edit.
    *edge.colo.borrow_mut() = Some((*copy(of_revision(1), 0)).clone());
    *edge.origin.borrow_mut() = Some(of_revision(1));
    let found = edge.at(MEMORY_MILLIS).unwrap();
    assert_eq!((found.copy.revision(), found.tier), (Some(Revision(2)), CacheTier::Stale));
    assert!(!found.fill_colo);
}

#[test]
fn fill_never_replaces_a_newer_copy() {
    let edge = Edge::holding(&copy(of_revision(2), 0));
    let clock = || UnixMillis(0);
    let too_late = || UnixMillis(millis(RESOLVE - FILL));
    block_on(fill(&edge, &key(1), &copy(of_revision(1), 0), clock));
    assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(2)));
    block_on(fill(&edge, &key(1), &copy(of_revision(3), 0), too_late));
    assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(2)));
    block_on(fill(&edge, &key(1), &copy(of_revision(3), 0), clock));
    assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(3)));
}
