//! The lookup: nearest copy first. Memory, then the colo, then the origin, then what may stand in for it: the newest of
//! the kept copies and the replica. Decides the order and what is remembered; does not know how a cache or an origin is
//! reached, nor what is answered.

pub mod candidates;
pub mod flights;
pub mod memory;

use std::cell::RefCell;
use std::rc::Rc;

use link_core::click_batch::CacheTier;
use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use thiserror::Error;

use crate::lifetimes::{Copy, Lifetimes, may_be_stored};
use memory::Memory;

/// A cached answer's whole identity: nothing else of a request may choose a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub domain: Domain,
    pub code: Slug,
}

/// The data centre's cache. A failure to read is a miss, and one to write is forgotten.
pub trait Colo {
    async fn get(&self, key: &Key) -> Option<Copy>;
    async fn put(&self, key: &Key, copy: &Copy);
}

/// The API of record.
pub trait Origin {
    async fn resolve(&self, key: &Key) -> Result<Resolution, NoAnswer>;
}

/// Every published link, everywhere, a minute late. `None` where it has none or cannot be read.
pub trait Replica {
    async fn get(&self, key: &Key) -> Option<Resolution>;
    async fn put(&self, key: &Key, resolution: &Resolution) -> Result<(), NotReplicated>;
}

#[derive(Debug, Clone, Error)]
pub enum NoAnswer {
    #[error("the origin cannot answer: {0}")]
    Unavailable(String),
    /// Hardly a name, and too many such are being tried.
    #[error("the origin was not asked")]
    NotWorthAsking,
}

#[derive(Debug, Error)]
#[error("the replica did not take a record: {0}")]
pub struct NotReplicated(pub String);

#[derive(Debug, Clone)]
pub struct Found {
    pub copy: Rc<Copy>,
    pub tier: CacheTier,
    /// To be [`fill`]ed into the colo, after the answer has gone out.
    pub fill_colo: bool,
}

/// Where an isolate looks that has no fresh copy at hand. `clock` and `random` are the runtime's, or a test's.
pub struct Lookup<'a, O, R> {
    pub memory: &'a RefCell<Memory>,
    pub origin: &'a O,
    pub replica: &'a R,
    pub lifetimes: Lifetimes,
    pub clock: &'a dyn Fn() -> UnixMillis,
    pub random: &'a dyn Fn() -> f64,
}

/// The nearest copy, which costs nothing to ask.
pub fn in_memory(memory: &RefCell<Memory>, key: &Key, now: UnixMillis) -> Option<Found> {
    let copy = memory.borrow().get(key, now)?;
    let tier = tier_of_cached(&copy, CacheTier::Memory);
    Some(Found { copy, tier, fill_colo: false })
}

/// For a name that memory has no fresh copy of: what the colo's is worth. `Err` holds one that is not fresh, and may stand in
/// later.
pub fn from_colo(
    memory: &RefCell<Memory>,
    key: &Key,
    kept: Option<Copy>,
    now: UnixMillis,
) -> Result<Found, Option<Rc<Copy>>> {
    let is_newest =
        |copy: &Copy| memory.borrow().newest(key).is_none_or(|newest| !copy.is_older_than(&newest));
    match kept.filter(is_newest) {
        Some(copy) if copy.is_fresh(now) => {
            let tier = tier_of_cached(&copy, CacheTier::Colo);
            Ok(remembered(memory, key, Rc::new(copy), tier, now))
        }
        kept => Err(kept.map(Rc::new)),
    }
}

impl<O: Origin, R: Replica> Lookup<'_, O, R> {
    /// For a name that neither memory nor colo has a fresh copy of. `kept` is the colo's.
    pub async fn beyond(&self, key: &Key, kept: Option<Rc<Copy>>) -> Result<Found, NoAnswer> {
        // A copy is as old as the question: the answer may have been on its way for long.
        let asked_at = (self.clock)();
        match self.origin.resolve(key).await {
            Ok(resolution) => {
                let copy = self.lifetimes.copy(resolution, asked_at, (self.random)());
                Ok(self.answered(key, Rc::new(copy), kept))
            }
            Err(silence) => self.stand_in(key, kept, silence).await,
        }
    }

    fn answered(&self, key: &Key, copy: Rc<Copy>, kept: Option<Rc<Copy>>) -> Found {
        let newer = [kept, self.memory.borrow().newest(key)];
        if let Some(newer) = newer.into_iter().flatten().find(|newer| copy.is_older_than(newer)) {
            // The answer left before the edit that this copy shows.
            return Found { copy: newer, tier: CacheTier::Stale, fill_colo: false };
        }
        if !may_be_stored(copy.asked_at, (self.clock)()) {
            return Found { copy, tier: CacheTier::Origin, fill_colo: false };
        }
        Found { fill_colo: true, ..self.remembered(key, copy, CacheTier::Origin) }
    }

    async fn stand_in(
        &self,
        key: &Key,
        kept: Option<Rc<Copy>>,
        silence: NoAnswer,
    ) -> Result<Found, NoAnswer> {
        let replica = self.replica.get(key).await;
        let now = (self.clock)();
        let seen = self.memory.borrow().newest(key);
        let mut best: Option<(Rc<Copy>, CacheTier)> = None;
        for (copy, tier) in [
            (kept, CacheTier::Stale),
            (seen, CacheTier::Stale),
            (replica.map(|resolution| Rc::new(Copy::of_replica(resolution, now))), CacheTier::Replica),
        ] {
            let Some(copy) = copy.filter(|copy| copy.may_stand_in(now)) else { continue };
            if best.as_ref().is_none_or(|(best, _)| best.is_older_than(&copy)) {
                best = Some((copy, tier));
            }
        }
        match (best, silence) {
            (Some((copy, tier)), _) => Ok(self.remembered(key, copy, tier)),
            // Of this origin nothing was learnt, so nothing is remembered.
            (None, NoAnswer::NotWorthAsking) => {
                let copy = Rc::new(self.lifetimes.copy(Resolution::NotFound, now, 0.0));
                Ok(Found { copy, tier: CacheTier::Negative, fill_colo: false })
            }
            (None, silence) => Err(silence),
        }
    }

    fn remembered(&self, key: &Key, copy: Rc<Copy>, tier: CacheTier) -> Found {
        remembered(self.memory, key, copy, tier, (self.clock)())
    }
}

fn remembered(
    memory: &RefCell<Memory>,
    key: &Key,
    copy: Rc<Copy>,
    tier: CacheTier,
    now: UnixMillis,
) -> Found {
    memory.borrow_mut().put(key.clone(), Rc::clone(&copy), now);
    Found { copy, tier, fill_colo: false }
}

/// Writes a copy to the colo, unless a better one is there or its time to be written is over.
pub async fn fill(colo: &impl Colo, key: &Key, copy: &Copy, clock: impl Fn() -> UnixMillis) {
    let present = colo.get(key).await;
    if present.is_none_or(|present| copy.replaces(&present)) && may_be_stored(copy.asked_at, clock()) {
        colo.put(key, copy).await;
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
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_executor::block_on;
    use link_core::record::{LinkRecord, Revision};

    use super::fixtures::{LIFETIMES, copy, deleted, found, key, not_found, record};
    use super::*;
    use crate::lifetimes::{KEPT_MILLIS, MEMORY_MILLIS, NEGATIVE_MILLIS, PURGED_MILLIS};
    use crate::timeouts::{RESOLVE, millis};

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
        not_worth_asking: Cell<bool>,
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
        async fn resolve(&self, _: &Key) -> Result<Resolution, NoAnswer> {
            self.origin_calls.set(self.origin_calls.get() + 1);
            self.now.set(self.now.get() + self.origin_takes.get());
            if self.not_worth_asking.get() {
                return Err(NoAnswer::NotWorthAsking);
            }
            self.origin.borrow().clone().ok_or_else(|| NoAnswer::Unavailable("down".into()))
        }
    }

    impl Replica for Edge {
        async fn get(&self, _: &Key) -> Option<Resolution> {
            self.replica.borrow().clone()
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
                Err(kept) => block_on(lookup.beyond(&key(1), kept)).ok()?,
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
    fn what_was_not_worth_asking_is_not_found_and_not_remembered_unless_the_replica_has_it() {
        let edge = Edge::default();
        edge.not_worth_asking.set(true);
        assert_eq!(edge.tier_at(0), Some("negative"));
        assert!(edge.colo.borrow().is_none() && edge.memory.borrow().newest(&key(1)).is_none());
        *edge.replica.borrow_mut() = Some(of_revision(1));
        assert_eq!(edge.tier_at(1), Some("replica"));
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
        block_on(fill(&edge, &key(1), &copy(of_revision(1), 0), clock));
        assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(2)));
        block_on(fill(&edge, &key(1), &copy(of_revision(3), 0), || UnixMillis(millis(RESOLVE))));
        assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(2)));
        block_on(fill(&edge, &key(1), &copy(of_revision(3), 0), clock));
        assert_eq!(edge.colo.borrow().as_ref().unwrap().revision(), Some(Revision(3)));
    }
}
