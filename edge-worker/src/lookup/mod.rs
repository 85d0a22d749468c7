//! The lookup: nearest copy first. Memory, then the colo, then the origin, then what may stand in for it: the newest of
//! the kept copies and the replica. Decides the order and what is remembered; does not know how a cache or an origin is
//! reached, nor what is answered.

pub mod candidates;
pub mod flights;
pub mod memory;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join_all;
use link_core::click_batch::CacheTier;
use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use thiserror::Error;

use crate::lifetimes::{Copy, Lifetimes, may_be_filled, may_be_stored};
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
    /// What is behind the names, which are of one domain: an answer for each, in their order, by one question.
    async fn resolve(&self, names: &[Key]) -> Vec<Result<Resolution, NoAnswer>>;
}

/// Every published link, everywhere, a minute late.
pub trait Replica {
    async fn get(&self, key: &Key) -> Result<Option<Resolution>, Unreadable>;
    async fn put(&self, key: &Key, resolution: &Resolution) -> Result<(), NotReplicated>;
}

#[derive(Debug, Clone, Error)]
pub enum NoAnswer {
    #[error("the origin cannot answer: {0}")]
    Unavailable(String),
    /// Nothing is wrong with the origin.
    #[error("the limit of lookups at the origin is reached")]
    LimitReached,
    #[error("something before the origin takes no more calls (429)")]
    Throttled,
    /// The call never reached the origin. For lookups and for the API's calls with the edge's key it is the operator's mistake.
    #[error("something before the origin refused the call ({0})")]
    Refused(u16),
    /// Hardly a name, and too many such are being tried.
    #[error("the origin was not asked")]
    Skipped,
}

/// The replica cannot tell whether it has a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

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

/// What was found, or the newer copy that was seen here since: names of one path wait for each other.
pub fn newest_seen(memory: &RefCell<Memory>, key: &Key, found: Found) -> Found {
    match memory.borrow().newest(key) {
        Some(newer) if found.copy.is_older_than(&newer) => {
            Found { copy: newer, tier: CacheTier::Stale, fill_colo: false }
        }
        _ => found,
    }
}

/// A name to look up, with the colo's copy that is not fresh.
pub type Missing = (Key, Option<Rc<Copy>>);

impl<O: Origin, R: Replica> Lookup<'_, O, R> {
    /// For names of one domain that neither memory nor colo has a fresh copy of.
    pub async fn beyond(&self, names: Vec<Missing>) -> Vec<Result<Found, NoAnswer>> {
        // A copy is as old as the question: the answer may have been on its way for long.
        let asked_at = (self.clock)();
        let keys: Vec<_> = names.iter().map(|(key, _)| key.clone()).collect();
        let answers = self.origin.resolve(&keys).await;
        let found = names.into_iter().zip(answers).map(async |((key, kept), answer)| match answer {
            Ok(resolution) => {
                let copy = self.lifetimes.copy(resolution, asked_at, (self.random)());
                Ok(self.answered(&key, Rc::new(copy), kept))
            }
            Err(silence) => self.stand_in(&key, kept, silence).await,
        });
        join_all(found).await
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
        let is_readable = replica.is_ok();
        let in_replica = replica.unwrap_or_default();
        let now = (self.clock)();
        let seen = self.memory.borrow().newest(key);
        let mut best: Option<(Rc<Copy>, CacheTier)> = None;
        for (copy, tier) in [
            (kept, CacheTier::Stale),
            (seen, CacheTier::Stale),
            (in_replica.map(|resolution| Rc::new(Copy::of_replica(resolution, now))), CacheTier::Replica),
        ] {
            let Some(copy) = copy.filter(|copy| copy.may_stand_in(now)) else { continue };
            if best.as_ref().is_none_or(|(best, _)| best.is_older_than(&copy)) {
                best = Some((copy, tier));
            }
        }
        match (best, silence) {
            // Others may be worth a question: for them this is only the newest that was seen here.
            (Some((copy, tier)), NoAnswer::Skipped) => {
                self.memory.borrow_mut().note(key.clone(), Rc::clone(&copy));
                Ok(Found { copy, tier, fill_colo: false })
            }
            (Some((copy, tier)), _) => Ok(self.remembered(key, copy, tier)),
            // Of this origin nothing was learnt, so nothing is remembered.
            (None, NoAnswer::Skipped) if is_readable => {
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
    if present.is_none_or(|present| copy.replaces(&present)) && may_be_filled(copy.asked_at, clock()) {
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
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
