//! Which copy a visitor gets, of memory, colo, origin and replica.

use std::cell::Cell;

use futures_executor::block_on;
use link_core::record::{LinkRecord, Revision};

use super::fixtures::{LIFETIMES, copy, deleted, found, key, not_found, record};
use super::*;
use crate::lifetimes::{KEPT_MILLIS, MEMORY_MILLIS, NEGATIVE_MILLIS, PURGED_MILLIS};
use crate::timeouts::{FILL, RESOLVE, millis};

/// One isolate in one data centre, with an origin and a replica that can be taken away.
#[derive(Default)]
struct Edge {
    now: Cell<i64>,
    memory: RefCell<Memory>,
    colo: RefCell<Option<Copy>>,
    origin: RefCell<Option<Resolution>>,
    replica: RefCell<Option<Resolution>>,
    origin_calls: Cell<u32>,
    origin_takes: Cell<i64>,
    skips: Cell<bool>,
    unreadable: Cell<bool>,
}

impl Colo for Edge {
    async fn get(&self, _: &Key) -> Option<Copy> {
        self.colo.borrow().clone()
    }

    async fn put(&self, _: &Key, copy: &Copy) {
        *self.colo.borrow_mut() = Some(copy.clone());
    }
}

impl Origin for Edge {
    async fn resolve(&self, names: &[Key]) -> Vec<Result<Resolution, NoAnswer>> {
        self.origin_calls.set(self.origin_calls.get() + 1);
        self.now.set(self.now.get() + self.origin_takes.get());
        let answer = match self.origin.borrow().clone() {
            _ if self.skips.get() => Err(NoAnswer::Skipped),
            answer => answer.ok_or_else(|| NoAnswer::Unavailable("down".into())),
        };
        vec![answer; names.len()]
    }
}

impl Replica for Edge {
    async fn get(&self, _: &Key) -> Result<Option<Resolution>, Unreadable> {
        if self.unreadable.get() { Err(Unreadable) } else { Ok(self.replica.borrow().clone()) }
    }

    async fn put(&self, _: &Key, _: &Resolution) -> Result<(), NotReplicated> {
        Ok(())
    }
}

fn of_revision(revision: i64) -> Resolution {
    Resolution::Found { record: LinkRecord { revision: Revision(revision), ..record("https://a.test/") } }
}

impl Edge {
    fn serving(copy: &Rc<Copy>) -> Self {
        Self { origin: RefCell::new(Some(copy.resolution.clone())), ..Self::default() }
    }

    fn holding(copy: &Rc<Copy>) -> Self {
        Self { colo: RefCell::new(Some((**copy).clone())), ..Self::default() }
    }

    /// What was found at `now`, with the colo filled as the Worker fills it.
    fn at(&self, now: i64) -> Option<Found> {
        self.now.set(now);
        let clock = || UnixMillis(self.now.get());
        if let Some(found) = in_memory(&self.memory, &key(1), clock()) {
            return Some(found);
        }
        let lookup = Lookup {
            memory: &self.memory,
            origin: self,
            replica: self,
            lifetimes: LIFETIMES,
            clock: &clock,
            random: &|| 0.0,
        };
        let found = match from_colo(&self.memory, &key(1), block_on(Colo::get(self, &key(1))), clock()) {
            Ok(found) => found,
            Err(kept) => block_on(lookup.beyond(vec![(key(1), kept)])).remove(0).ok()?,
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
fn the_nearest_fresh_copy_answers() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS - 1), Some("memory"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS), Some("colo"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("origin"));
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
    let edge = Edge::holding(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    assert_eq!(edge.tier_at(PURGED_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(KEPT_MILLIS - 1), Some("stale"));
    assert_eq!(edge.tier_at(KEPT_MILLIS), None);
}

#[test]
fn a_cold_link_comes_from_the_replica_while_the_origin_is_dead() {
    let edge = Edge { replica: RefCell::new(Some(of_revision(1))), ..Edge::default() };
    assert_eq!(edge.tier_at(0), Some("replica"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    assert!(edge.colo.borrow().is_none(), "a replica's answer got into the colo");
}

#[test]
fn the_higher_revision_of_stale_copy_and_replica_stands_in_tombstones_included() {
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
fn a_tombstone_is_kept_and_served_like_a_record() {
    let edge = Edge::serving(&deleted(0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    *edge.origin.borrow_mut() = None;
    assert_eq!(edge.tier_at(PURGED_MILLIS - 1), Some("colo"));
    assert_eq!(edge.tier_at(KEPT_MILLIS - 1), Some("stale"));
}

#[test]
fn a_dead_origin_never_turns_into_no_such_link() {
    let edge = Edge::default();
    assert_eq!(edge.tier_at(0), None);
    *edge.colo.borrow_mut() = Some((*not_found(0)).clone());
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS), None);
}

#[test]
fn an_origin_that_comes_back_is_believed_as_soon_as_memory_lets_go() {
    let edge = Edge::holding(&copy(of_revision(1), 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    *edge.origin.borrow_mut() = Some(of_revision(2));
    assert_eq!(edge.tier_at(PURGED_MILLIS + MEMORY_MILLIS), Some("origin"));
}

#[test]
fn an_answer_that_took_longer_than_the_timeout_is_served_and_not_stored() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    edge.origin_takes.set(millis(RESOLVE));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert!(edge.colo.borrow().is_none());
    assert_eq!(edge.tier_at(millis(RESOLVE)), Some("origin"));
}

#[test]
fn what_was_skipped_is_not_remembered_for_others() {
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
fn names_of_one_path_are_one_question_and_fall_back_each_for_itself() {
    let edge = Edge { origin: RefCell::new(Some(of_revision(1))), ..Edge::default() };
    let clock = || UnixMillis(edge.now.get());
    let lookup = Lookup {
        memory: &edge.memory,
        origin: &edge,
        replica: &edge,
        lifetimes: LIFETIMES,
        clock: &clock,
        random: &|| 0.0,
    };
    let tiers = |names| -> Vec<_> {
        let found = block_on(lookup.beyond(names));
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
fn a_replica_that_cannot_be_read_never_turns_into_no_such_link() {
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
fn an_isolate_that_saw_a_revision_serves_no_older_one() {
    let edge = Edge::serving(&copy(of_revision(2), 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    // A late fill of another isolate, and an origin whose answer left before the edit.
    *edge.colo.borrow_mut() = Some((*copy(of_revision(1), 0)).clone());
    *edge.origin.borrow_mut() = Some(of_revision(1));
    let found = edge.at(MEMORY_MILLIS).unwrap();
    assert_eq!((found.copy.revision(), found.tier), (Some(Revision(2)), CacheTier::Stale));
    assert!(!found.fill_colo);
}

#[test]
fn a_fill_leaves_a_newer_copy_alone() {
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
