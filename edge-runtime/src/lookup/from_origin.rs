//! The last steps of a lookup: the origin; where it fails, the newest of the stale copies and the replica. Decides what is
//! cached.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join_all;
use link_core::clicks::batch::CacheTier;
use link_core::record::Resolution;

use super::copies::{Found, remember};
use super::freshness::{CachedResolution, Freshness, may_fill_colo, may_store};
use super::link_key::LinkKey;
use super::memory::Memory;
use super::systems::{Colo, Origin, OriginError, Replica};
use crate::timing::clock::Clock;

/// A name to look up, with the colo's stale copy.
pub type ColoMiss = (LinkKey, Option<Rc<CachedResolution>>);

/// The caches of an isolate and the systems behind them. It owns all of them, since a shared lookup may outlive its request.
#[derive(Debug, Clone)]
pub struct Lookup<C, O, R, K> {
    pub memory: Rc<RefCell<Memory>>,
    pub colo: C,
    pub origin: O,
    pub replica: R,
    pub clock: K,
    pub freshness: Freshness,
}

impl<C, O: Origin, R: Replica, K: Clock> Lookup<C, O, R, K> {
    /// Asks the origin for names of one domain that neither memory nor colo holds fresh.
    pub(super) async fn fetch_from_origin(&self, names: Vec<ColoMiss>) -> Vec<Result<Found, OriginError>> {
        // A copy is as old as the request for it: the answer may have travelled for long.
        let asked_at = self.clock.now();
        let keys: Vec<_> = names.iter().map(|(key, _)| key.clone()).collect();
        let answers = self.origin.resolve(&keys).await;
        let found = names.into_iter().zip(answers).map(async |((key, stale), answer)| match answer {
            Ok(resolution) => {
                let copy = self.freshness.cached(resolution, asked_at, self.clock.random());
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
        if !may_store(copy.asked_at, self.clock.now()) {
            return Found { copy, tier: CacheTier::Origin, fill_colo: false };
        }
        Found { fill_colo: true, ..self.remember(key, copy, CacheTier::Origin) }
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
        let now = self.clock.now();
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
            (Some((copy, tier)), _) => Ok(self.remember(key, copy, tier)),
            // The origin was not asked, so nothing is cached.
            (None, OriginError::Skipped) if is_readable => {
                let copy = Rc::new(self.freshness.cached(Resolution::NotFound, now, 0.0));
                Ok(Found { copy, tier: CacheTier::Negative, fill_colo: false })
            }
            (None, error) => Err(error),
        }
    }

    fn remember(&self, key: &LinkKey, copy: Rc<CachedResolution>, tier: CacheTier) -> Found {
        remember(&self.memory, key, copy, tier, self.clock.now())
    }
}

/// Writes a copy to the colo, unless a newer one is there or it is too late to write it.
pub async fn fill(colo: &impl Colo, key: &LinkKey, copy: &CachedResolution, clock: &dyn Clock) {
    let present = colo.get(key).await;
    if present.is_none_or(|present| copy.replaces(&present)) && may_fill_colo(copy.asked_at, clock.now()) {
        colo.put(key, copy).await;
    }
}
