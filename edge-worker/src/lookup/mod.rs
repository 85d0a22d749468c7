//! The lookup: memory, then the colo, then the origin; where the origin fails, the newest of the stale copies and the
//! replica. Decides the order and what is cached.

pub mod candidates;
pub mod memory;
pub mod single_flight;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join_all;
use link_core::click_batch::CacheTier;
use link_core::domain::Domain;
use link_core::record::Resolution;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use thiserror::Error;

use crate::freshness::{CachedResolution, Freshness, may_fill_colo, may_store};
use memory::Memory;

/// The cache key: nothing else of a request may choose a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkKey {
    pub domain: Domain,
    pub code: Slug,
}

/// The data centre's cache. A failed read is a miss; a failed write is ignored.
pub trait Colo {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution>;
    async fn put(&self, key: &LinkKey, copy: &CachedResolution);
}

/// The API of record.
pub trait Origin {
    /// Resolves names of one domain in one call: an answer for each, in their order.
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>>;
}

/// Every published link, in every data centre, up to a minute late.
pub trait Replica {
    async fn get(&self, key: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError>;
    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError>;
}

#[derive(Debug, Clone, Error)]
pub enum OriginError {
    #[error("the origin cannot answer: {0}")]
    Unavailable(String),
    /// The edge's own limit; the origin may be healthy.
    #[error("the concurrency limit of lookups is reached")]
    LimitReached,
    #[error("a proxy in front of the origin takes no more calls (429)")]
    Throttled,
    /// The call did not reach the origin. For calls that carry the edge's own key the configuration is wrong.
    #[error("a proxy in front of the origin refused the call ({0})")]
    Refused(u16),
    /// Unlikely to be a link's name, and the miss budget is used up.
    #[error("the origin was not asked")]
    Skipped,
}

/// The replica could not be read, so nothing is known of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaReadError;

#[derive(Debug, Error)]
#[error("the replica did not take a record: {0}")]
pub struct ReplicaWriteError(pub String);

#[derive(Debug, Clone)]
pub struct Found {
    pub copy: Rc<CachedResolution>,
    pub tier: CacheTier,
    /// [`fill`] the colo with it after the answer went out.
    pub fill_colo: bool,
}

/// The lookup beyond memory and colo. `clock` and `random` are the runtime's, or a test's.
pub struct Lookup<'a, O, R> {
    pub memory: &'a RefCell<Memory>,
    pub origin: &'a O,
    pub replica: &'a R,
    pub freshness: Freshness,
    pub clock: &'a dyn Fn() -> UnixMillis,
    pub random: &'a dyn Fn() -> f64,
}

/// A fresh copy in memory; no I/O.
pub fn from_memory(memory: &RefCell<Memory>, key: &LinkKey, now: UnixMillis) -> Option<Found> {
    let copy = memory.borrow().get(key, now)?;
    let tier = tier_of_cached(&copy, CacheTier::Memory);
    Some(Found { copy, tier, fill_colo: false })
}

/// Judges the colo's copy of a name that memory has no fresh copy of. `Err` holds a stale copy, for when the origin fails.
pub fn from_colo(
    memory: &RefCell<Memory>,
    key: &LinkKey,
    stale: Option<CachedResolution>,
    now: UnixMillis,
) -> Result<Found, Option<Rc<CachedResolution>>> {
    let is_newest = |copy: &CachedResolution| {
        memory.borrow().newest(key).is_none_or(|newest| !copy.is_older_than(&newest))
    };
    match stale.filter(is_newest) {
        Some(copy) if copy.is_fresh(now) => {
            let tier = tier_of_cached(&copy, CacheTier::Colo);
            Ok(remembered(memory, key, Rc::new(copy), tier, now))
        }
        stale => Err(stale.map(Rc::new)),
    }
}

/// What was found, or a newer copy seen here since: the candidates of one path wait for each other.
pub fn newest_seen(memory: &RefCell<Memory>, key: &LinkKey, found: Found) -> Found {
    match memory.borrow().newest(key) {
        Some(newer) if found.copy.is_older_than(&newer) => {
            Found { copy: newer, tier: CacheTier::Stale, fill_colo: false }
        }
        _ => found,
    }
}

/// A name to look up, with the colo's stale copy.
pub type ColoMiss = (LinkKey, Option<Rc<CachedResolution>>);

impl<O: Origin, R: Replica> Lookup<'_, O, R> {
    /// Asks the origin for names of one domain that neither memory nor colo holds fresh.
    pub async fn fetch_from_origin(&self, names: Vec<ColoMiss>) -> Vec<Result<Found, OriginError>> {
        // A copy is as old as the request for it: the answer may have travelled for long.
        let asked_at = (self.clock)();
        let keys: Vec<_> = names.iter().map(|(key, _)| key.clone()).collect();
        let answers = self.origin.resolve(&keys).await;
        let found = names.into_iter().zip(answers).map(async |((key, stale), answer)| match answer {
            Ok(resolution) => {
                let copy = self.freshness.cached(resolution, asked_at, (self.random)());
                Ok(self.answered(&key, Rc::new(copy), stale))
            }
            Err(error) => self.fall_back(&key, stale, error).await,
        });
        join_all(found).await
    }

    fn answered(
        &self,
        key: &LinkKey,
        copy: Rc<CachedResolution>,
        stale: Option<Rc<CachedResolution>>,
    ) -> Found {
        let newer = [stale, self.memory.borrow().newest(key)];
        if let Some(newer) = newer.into_iter().flatten().find(|newer| copy.is_older_than(newer)) {
            // The origin answered before the edit that this copy shows.
            return Found { copy: newer, tier: CacheTier::Stale, fill_colo: false };
        }
        if !may_store(copy.asked_at, (self.clock)()) {
            return Found { copy, tier: CacheTier::Origin, fill_colo: false };
        }
        Found { fill_colo: true, ..self.remembered(key, copy, CacheTier::Origin) }
    }

    async fn fall_back(
        &self,
        key: &LinkKey,
        stale: Option<Rc<CachedResolution>>,
        error: OriginError,
    ) -> Result<Found, OriginError> {
        let replica = self.replica.get(key).await;
        let is_readable = replica.is_ok();
        let in_replica = replica.unwrap_or_default();
        let now = (self.clock)();
        let seen = self.memory.borrow().newest(key);
        let mut best: Option<(Rc<CachedResolution>, CacheTier)> = None;
        for (copy, tier) in [
            (stale, CacheTier::Stale),
            (seen, CacheTier::Stale),
            (
                in_replica.map(|resolution| Rc::new(CachedResolution::from_replica(resolution, now))),
                CacheTier::Replica,
            ),
        ] {
            let Some(copy) = copy.filter(|copy| copy.is_usable_if_error(now)) else { continue };
            if best.as_ref().is_none_or(|(best, _)| best.is_older_than(&copy)) {
                best = Some((copy, tier));
            }
        }
        match (best, error) {
            // Only noted: for another visitor the origin may still be asked.
            (Some((copy, tier)), OriginError::Skipped) => {
                self.memory.borrow_mut().note_seen(key.clone(), Rc::clone(&copy));
                Ok(Found { copy, tier, fill_colo: false })
            }
            (Some((copy, tier)), _) => Ok(self.remembered(key, copy, tier)),
            // The origin was not asked, so nothing is cached.
            (None, OriginError::Skipped) if is_readable => {
                let copy = Rc::new(self.freshness.cached(Resolution::NotFound, now, 0.0));
                Ok(Found { copy, tier: CacheTier::Negative, fill_colo: false })
            }
            (None, error) => Err(error),
        }
    }

    fn remembered(&self, key: &LinkKey, copy: Rc<CachedResolution>, tier: CacheTier) -> Found {
        remembered(self.memory, key, copy, tier, (self.clock)())
    }
}

fn remembered(
    memory: &RefCell<Memory>,
    key: &LinkKey,
    copy: Rc<CachedResolution>,
    tier: CacheTier,
    now: UnixMillis,
) -> Found {
    memory.borrow_mut().put(key.clone(), Rc::clone(&copy), now);
    Found { copy, tier, fill_colo: false }
}

/// Writes a copy to the colo, unless a newer one is there or it is too late to write it.
pub async fn fill(colo: &impl Colo, key: &LinkKey, copy: &CachedResolution, clock: impl Fn() -> UnixMillis) {
    let present = colo.get(key).await;
    if present.is_none_or(|present| copy.replaces(&present)) && may_fill_colo(copy.asked_at, clock()) {
        colo.put(key, copy).await;
    }
}

fn tier_of_cached(copy: &CachedResolution, tier: CacheTier) -> CacheTier {
    match copy.resolution {
        Resolution::Found { .. } | Resolution::Deleted { .. } => tier,
        Resolution::NotFound => CacheTier::Negative,
    }
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
