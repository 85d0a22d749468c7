//! Freshness: how long each cached resolution may be used, and which of two is newer. The only place for both.
//!
//! Invariants: a lifetime begins when the origin was asked, and no read extends it; a copy never replaces one with a higher
//! revision; a state is written to a data centre's cache within the origin's timeout of asking for it, or not at all, so
//! that a purge after that time removes every older copy.

use link_core::record::{Resolution, Revision};
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::timing::timeouts::{FILL, RESOLVE, millis};

/// In the isolate's memory: long enough to serve a campaign, short enough to need no purge.
pub const MEMORY_MILLIS: i64 = 500;
/// In the data centre's cache, when edits are purged.
pub const PURGED_MILLIS: i64 = 60 * 60 * 1_000;
/// In the data centre's cache, when edits are not purged.
pub const UNPURGED_MILLIS: i64 = 60_000;
/// For a link with a large `max_clicks` that is not gated yet: how late an edge notices the gate.
pub const LIMITED_MILLIS: i64 = 5_000;
/// How long a copy may be served stale if the origin fails (stale-if-error, RFC 5861).
pub const STALE_IF_ERROR_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// A cached "no such link". Short, because some links are created after someone tried their name.
pub const NEGATIVE_MILLIS: i64 = 30_000;
/// Each lifetime is shortened by up to this share, so that copies made together do not expire together.
const JITTER: f64 = 0.1;

/// How long copies stay fresh in this deployment.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// Whether edits are purged.
    pub purging: bool,
}

/// An answer of the origin and its freshness, as memory and colo hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedResolution {
    pub resolution: Resolution,
    /// When the origin was asked: the answer may be as old as that.
    pub asked_at: UnixMillis,
    pub fresh_until: UnixMillis,
}

impl Freshness {
    /// `random` is in [0, 1).
    pub fn cached(self, resolution: Resolution, asked_at: UnixMillis, random: f64) -> CachedResolution {
        let longest = match &resolution {
            Resolution::NotFound => NEGATIVE_MILLIS,
            Resolution::Found { record } if record.limited => LIMITED_MILLIS,
            Resolution::Found { .. } | Resolution::Deleted { .. } | Resolution::Document { .. } => {
                if self.purging { PURGED_MILLIS } else { UNPURGED_MILLIS }
            }
        };
        let fresh_until = asked_at.plus_millis(longest - share(longest, random));
        CachedResolution { resolution, asked_at, fresh_until }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a tenth of an hour")]
fn share(of: i64, random: f64) -> i64 {
    (of as f64 * JITTER * random) as i64
}

/// Whether a state asked for at `asked_at` may still be written to the data centre's cache: the write must land within the
/// origin's timeout.
pub fn may_fill_colo(asked_at: UnixMillis, now: UnixMillis) -> bool {
    now.millis_since(asked_at) < millis(RESOLVE.saturating_sub(FILL))
}

/// Whether it may still be written to memory or to the replica.
pub fn may_store(asked_at: UnixMillis, now: UnixMillis) -> bool {
    now.millis_since(asked_at) < millis(RESOLVE)
}

impl CachedResolution {
    /// A copy from the replica: never fresh, since the replica may lag behind the origin.
    pub fn from_replica(resolution: Resolution, now: UnixMillis) -> Self {
        Self { resolution, asked_at: now, fresh_until: now }
    }

    pub fn is_fresh(&self, now: UnixMillis) -> bool {
        now < self.fresh_until
    }

    /// Whether it may be served if the origin fails. A "no such link" may not: it is a 404 only while it is fresh.
    pub fn is_usable_if_error(&self, now: UnixMillis) -> bool {
        self.revision().is_some() && now < self.usable_until()
    }

    /// `None` for a name without a link: older than any revision.
    pub fn revision(&self) -> Option<Revision> {
        match &self.resolution {
            Resolution::Found { record } => Some(record.revision),
            Resolution::Deleted { revision } | Resolution::Document { revision, .. } => Some(*revision),
            Resolution::NotFound => None,
        }
    }

    pub fn is_older_than(&self, other: &Self) -> bool {
        self.revision() < other.revision()
    }

    /// Whether it may replace another copy: a newer revision, or the same asked for later.
    pub fn replaces(&self, other: &Self) -> bool {
        (self.revision(), self.asked_at) >= (other.revision(), other.asked_at)
    }

    /// For `s-maxage`, which counts whole seconds.
    pub fn colo_ttl_seconds(&self, now: UnixMillis) -> i64 {
        self.usable_until().millis_since(now).max(0) / 1_000
    }

    /// Memory never extends the lifetime of a copy, fresh or stale.
    pub fn memory_until(&self, now: UnixMillis) -> UnixMillis {
        let end = if self.is_fresh(now) { self.fresh_until } else { self.usable_until() };
        now.plus_millis(MEMORY_MILLIS).min(end)
    }

    fn usable_until(&self) -> UnixMillis {
        match self.resolution {
            Resolution::Found { .. } | Resolution::Deleted { .. } | Resolution::Document { .. } => {
                self.asked_at.plus_millis(STALE_IF_ERROR_MILLIS)
            }
            Resolution::NotFound => self.fresh_until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::record;

    const PURGING: Freshness = Freshness { purging: true };
    const NOT_PURGING: Freshness = Freshness { purging: false };

    fn found(limited: bool) -> Resolution {
        Resolution::Found { record: link_core::record::LinkRecord { limited, ..record("https://a.test/") } }
    }

    #[test]
    fn lifetime_depends_on_kind_and_purging() {
        let deleted = Resolution::Deleted { revision: Revision(2) };
        for (freshness, resolution, lives) in [
            (PURGING, found(false), PURGED_MILLIS),
            (NOT_PURGING, found(false), UNPURGED_MILLIS),
            (PURGING, found(true), LIMITED_MILLIS),
            (NOT_PURGING, found(true), LIMITED_MILLIS),
            (PURGING, deleted, PURGED_MILLIS),
            (PURGING, Resolution::NotFound, NEGATIVE_MILLIS),
        ] {
            let copy = freshness.cached(resolution.clone(), UnixMillis(7), 0.0);
            assert_eq!(copy.fresh_until, UnixMillis(7 + lives));
            let jittered = freshness.cached(resolution, UnixMillis(7), 0.999);
            assert!((lives * 9 / 10 + 7..lives + 7).contains(&jittered.fresh_until.0), "{jittered:?}");
        }
    }

    #[test]
    fn only_a_newer_copy_replaces_one() {
        let at = |resolution, asked_at| PURGING.cached(resolution, UnixMillis(asked_at), 0.0);
        let deleted = |revision| Resolution::Deleted { revision: Revision(revision) };
        for (new, old, replaces) in [
            (at(deleted(2), 0), at(found(false), 9), true),
            (at(found(false), 9), at(deleted(2), 0), false),
            (at(found(false), 9), at(found(false), 0), true),
            (at(found(false), 0), at(found(false), 9), false),
            (at(Resolution::NotFound, 9), at(found(false), 0), false),
            (at(found(false), 0), at(Resolution::NotFound, 9), true),
        ] {
            assert_eq!(new.replaces(&old), replaces, "{new:?} {old:?}");
        }
    }

    #[test]
    fn late_answer_is_not_stored() {
        assert!(may_store(UnixMillis(0), UnixMillis(millis(RESOLVE) - 1)));
        assert!(!may_store(UnixMillis(0), UnixMillis(millis(RESOLVE))));
        assert!(may_fill_colo(UnixMillis(0), UnixMillis(millis(RESOLVE - FILL) - 1)));
        assert!(!may_fill_colo(UnixMillis(0), UnixMillis(millis(RESOLVE - FILL))));
    }

    #[test]
    fn no_read_extends_a_lifetime() {
        let copy = PURGING.cached(found(false), UnixMillis(0), 0.0);
        assert_eq!(copy.memory_until(UnixMillis(PURGED_MILLIS - 1)), UnixMillis(PURGED_MILLIS));
        assert_eq!(
            copy.memory_until(UnixMillis(STALE_IF_ERROR_MILLIS - 1)),
            UnixMillis(STALE_IF_ERROR_MILLIS)
        );
        assert_eq!(copy.colo_ttl_seconds(UnixMillis(STALE_IF_ERROR_MILLIS - 10_000)), 10);
        let unknown = PURGING.cached(Resolution::NotFound, UnixMillis(0), 0.0);
        assert_eq!(unknown.colo_ttl_seconds(UnixMillis(0)), 30);
        assert_eq!(unknown.memory_until(UnixMillis(NEGATIVE_MILLIS - 1)), UnixMillis(NEGATIVE_MILLIS));
    }
}
