//! The first steps of a lookup, which the fast path takes too: which copy in memory or in the colo answers. No I/O.

use std::cell::RefCell;
use std::rc::Rc;

use link_core::clicks::batch::CacheTier;
use link_core::record::Resolution;
use link_core::time::UnixMillis;

use super::freshness::CachedResolution;
use super::link_key::LinkKey;
use super::memory::Memory;

#[derive(Debug, Clone)]
pub struct Found {
    pub copy: Rc<CachedResolution>,
    pub tier: CacheTier,
    /// The colo should get the copy after the answer went out.
    pub fill_colo: bool,
}

/// A fresh copy in memory.
pub fn from_memory(memory: &RefCell<Memory>, key: &LinkKey, now: UnixMillis) -> Option<Found> {
    let copy = memory.borrow().get(key, now)?;
    let tier = tier_of_cached(&copy, CacheTier::Memory);
    Some(Found { copy, tier, fill_colo: false })
}

/// Judges the colo's copy of a name that memory has no fresh copy of. `Err` holds a stale copy, for when the origin fails.
pub fn from_colo(
    memory: &RefCell<Memory>,
    key: &LinkKey,
    copy: Option<Rc<CachedResolution>>,
    now: UnixMillis,
) -> Result<Found, Option<Rc<CachedResolution>>> {
    let is_newest = |copy: &Rc<CachedResolution>| {
        memory.borrow().newest(key).is_none_or(|newest| !copy.is_older_than(&newest))
    };
    match copy.filter(is_newest) {
        Some(copy) if copy.is_fresh(now) => {
            let tier = tier_of_cached(&copy, CacheTier::Colo);
            Ok(remember(memory, key, copy, tier, now))
        }
        stale => Err(stale),
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

/// Puts the copy into memory.
pub fn remember(
    memory: &RefCell<Memory>,
    key: &LinkKey,
    copy: Rc<CachedResolution>,
    tier: CacheTier,
    now: UnixMillis,
) -> Found {
    memory.borrow_mut().put(key.clone(), Rc::clone(&copy), now);
    Found { copy, tier, fill_colo: false }
}

fn tier_of_cached(copy: &CachedResolution, tier: CacheTier) -> CacheTier {
    match copy.resolution {
        Resolution::Found { .. } | Resolution::Deleted { .. } | Resolution::Document { .. } => tier,
        Resolution::NotFound => CacheTier::Negative,
    }
}
