//! How long each copy of an answer may be used, and which of two is the better one: the one place for both. Does not
//! look anything up.
//!
//! Invariants: a lifetime begins when the origin was asked and no read extends it; a copy is never replaced by one of a
//! lower revision; a state has been written to a data centre's cache within the origin's timeout of asking for it, or not at
//! all, so that a purge after that time meets every copy of the past.

use link_core::record::{Resolution, Revision};
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::timeouts::{FILL, RESOLVE, millis};

/// In the isolate's memory. Half a second is enough to serve a campaign and short enough to need no purge.
pub const MEMORY_MILLIS: i64 = 500;
/// In the data centre's cache, when a purge tells it of an edit.
pub const PURGED_MILLIS: i64 = 60 * 60 * 1_000;
/// In the data centre's cache, when nothing tells it of an edit.
pub const UNPURGED_MILLIS: i64 = 60_000;
/// Of a link with a large maximum of clicks, while its gate may begin at any time: how late an edge asks for leave.
pub const LIMITED_MILLIS: i64 = 5_000;
/// How long a copy is kept for the time when the origin cannot answer.
pub const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// A remembered "no such link". Short, because links are created after someone tried their name.
pub const NEGATIVE_MILLIS: i64 = 30_000;
/// A lifetime is cut by up to this share, so that copies made in one moment do not end in one.
const JITTER: f64 = 0.1;

/// How long copies stay fresh in this deployment.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Whether an edit is followed by a purge.
    pub purging: bool,
}

/// An answer of the origin and how long it counts; what memory and colo hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    pub resolution: Resolution,
    /// When the origin was asked: the answer may be no younger.
    pub asked_at: UnixMillis,
    pub fresh_until: UnixMillis,
}

impl Lifetimes {
    /// `random` is in [0, 1).
    pub fn copy(self, resolution: Resolution, asked_at: UnixMillis, random: f64) -> Copy {
        let longest = match &resolution {
            Resolution::NotFound => NEGATIVE_MILLIS,
            Resolution::Found { record } if record.limited => LIMITED_MILLIS,
            Resolution::Found { .. } | Resolution::Deleted { .. } if self.purging => PURGED_MILLIS,
            Resolution::Found { .. } | Resolution::Deleted { .. } => UNPURGED_MILLIS,
        };
        let fresh_until = asked_at.plus_millis(longest - share(longest, random));
        Copy { resolution, asked_at, fresh_until }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a tenth of an hour")]
fn share(of: i64, random: f64) -> i64 {
    (of as f64 * JITTER * random) as i64
}

/// Whether a state that was asked for at `asked_at` may still be written to the data centre's cache: within the origin's
/// timeout it will have landed there.
pub fn may_be_filled(asked_at: UnixMillis, now: UnixMillis) -> bool {
    now.millis_since(asked_at) < millis(RESOLVE.saturating_sub(FILL))
}

/// Whether it may still be remembered here, or written to the replica.
pub fn may_be_stored(asked_at: UnixMillis, now: UnixMillis) -> bool {
    now.millis_since(asked_at) < millis(RESOLVE)
}

impl Copy {
    /// What the replica holds: never fresh, since it may lag behind the origin.
    pub fn of_replica(resolution: Resolution, now: UnixMillis) -> Self {
        Self { resolution, asked_at: now, fresh_until: now }
    }

    pub fn is_fresh(&self, now: UnixMillis) -> bool {
        now < self.fresh_until
    }

    /// Whether it may stand in for an origin that cannot answer. A "no such link" may not: it is worth a 404 only
    /// while it is fresh.
    pub fn may_stand_in(&self, now: UnixMillis) -> bool {
        self.revision().is_some() && now < self.kept_until()
    }

    /// `None` of a name that never was: older than any revision.
    pub fn revision(&self) -> Option<Revision> {
        match &self.resolution {
            Resolution::Found { record } => Some(record.revision),
            Resolution::Deleted { revision } => Some(*revision),
            Resolution::NotFound => None,
        }
    }

    pub fn is_older_than(&self, other: &Self) -> bool {
        self.revision() < other.revision()
    }

    /// Whether it may take the place of another copy: newer, or the same seen later.
    pub fn replaces(&self, other: &Self) -> bool {
        (self.revision(), self.asked_at) >= (other.revision(), other.asked_at)
    }

    /// For `s-maxage`, which counts whole seconds.
    pub fn colo_seconds(&self, now: UnixMillis) -> i64 {
        self.kept_until().millis_since(now).max(0) / 1_000
    }

    /// Neither a copy at the end of its life nor one that stands in gets a second life in memory.
    pub fn memory_until(&self, now: UnixMillis) -> UnixMillis {
        let end = if self.is_fresh(now) { self.fresh_until } else { self.kept_until() };
        now.plus_millis(MEMORY_MILLIS).min(end)
    }

    fn kept_until(&self) -> UnixMillis {
        match self.resolution {
            Resolution::Found { .. } | Resolution::Deleted { .. } => self.asked_at.plus_millis(KEPT_MILLIS),
            Resolution::NotFound => self.fresh_until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::record;

    const PURGING: Lifetimes = Lifetimes { purging: true };
    const BLIND: Lifetimes = Lifetimes { purging: false };

    fn found(limited: bool) -> Resolution {
        Resolution::Found { record: link_core::record::LinkRecord { limited, ..record("https://a.test/") } }
    }

    #[test]
    fn a_copy_lives_as_long_as_its_kind_and_the_purge_allow() {
        let deleted = Resolution::Deleted { revision: Revision(2) };
        for (lifetimes, resolution, lives) in [
            (PURGING, found(false), PURGED_MILLIS),
            (BLIND, found(false), UNPURGED_MILLIS),
            (PURGING, found(true), LIMITED_MILLIS),
            (BLIND, found(true), LIMITED_MILLIS),
            (PURGING, deleted, PURGED_MILLIS),
            (PURGING, Resolution::NotFound, NEGATIVE_MILLIS),
        ] {
            let copy = lifetimes.copy(resolution.clone(), UnixMillis(7), 0.0);
            assert_eq!(copy.fresh_until, UnixMillis(7 + lives));
            let jittered = lifetimes.copy(resolution, UnixMillis(7), 0.999);
            assert!((lives * 9 / 10 + 7..lives + 7).contains(&jittered.fresh_until.0), "{jittered:?}");
        }
    }

    #[test]
    fn only_a_newer_copy_or_the_same_seen_later_replaces_one() {
        let at = |resolution, asked_at| PURGING.copy(resolution, UnixMillis(asked_at), 0.0);
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
    fn a_late_answer_is_not_stored() {
        assert!(may_be_stored(UnixMillis(0), UnixMillis(millis(RESOLVE) - 1)));
        assert!(!may_be_stored(UnixMillis(0), UnixMillis(millis(RESOLVE))));
        assert!(may_be_filled(UnixMillis(0), UnixMillis(millis(RESOLVE - FILL) - 1)));
        assert!(!may_be_filled(UnixMillis(0), UnixMillis(millis(RESOLVE - FILL))));
    }

    #[test]
    fn no_read_extends_a_lifetime() {
        let copy = PURGING.copy(found(false), UnixMillis(0), 0.0);
        assert_eq!(copy.memory_until(UnixMillis(PURGED_MILLIS - 1)), UnixMillis(PURGED_MILLIS));
        assert_eq!(copy.memory_until(UnixMillis(KEPT_MILLIS - 1)), UnixMillis(KEPT_MILLIS));
        assert_eq!(copy.colo_seconds(UnixMillis(KEPT_MILLIS - 10_000)), 10);
        let unknown = PURGING.copy(Resolution::NotFound, UnixMillis(0), 0.0);
        assert_eq!(unknown.colo_seconds(UnixMillis(0)), 30);
        assert_eq!(unknown.memory_until(UnixMillis(NEGATIVE_MILLIS - 1)), UnixMillis(NEGATIVE_MILLIS));
    }
}
