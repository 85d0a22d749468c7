//! How long each copy of an answer may be used: the one place for lifetimes. Does not look anything up.

use link_core::record::Resolution;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// In the isolate's memory. Half a second is enough to serve a campaign and short enough to need no purge.
pub const MEMORY_MILLIS: i64 = 500;
/// In the data centre's cache, while no purge tells it of an edit.
pub const COLO_FRESH_MILLIS: i64 = 60_000;
/// How long a stale copy is kept for the time when the origin cannot answer.
pub const COLO_KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// A remembered "no such link". Short, because links are created after someone tried their name.
pub const NEGATIVE_MILLIS: i64 = 30_000;

/// An answer of the origin and when it was given; what memory and colo hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    pub resolution: Resolution,
    pub fetched_at: UnixMillis,
}

impl Copy {
    pub fn is_fresh(&self, now: UnixMillis) -> bool {
        now < self.fresh_until()
    }

    pub fn fresh_until(&self) -> UnixMillis {
        self.fetched_at.plus_millis(match self.resolution {
            Resolution::Found { .. } | Resolution::Deleted { .. } => COLO_FRESH_MILLIS,
            Resolution::NotFound => NEGATIVE_MILLIS,
        })
    }

    /// Whether it may stand in for an origin that cannot answer. A "no such link" may not: it is worth a 404 only
    /// while it is fresh.
    pub fn may_be_served_stale(&self, now: UnixMillis) -> bool {
        !matches!(self.resolution, Resolution::NotFound)
            && now < self.fetched_at.plus_millis(COLO_KEPT_MILLIS)
    }

    /// For `s-maxage`, which counts whole seconds.
    pub fn colo_seconds(&self) -> i64 {
        match self.resolution {
            Resolution::Found { .. } | Resolution::Deleted { .. } => COLO_KEPT_MILLIS / 1_000,
            Resolution::NotFound => NEGATIVE_MILLIS / 1_000,
        }
    }

    /// A copy read from the colo at the end of its life does not get a second one in memory.
    pub fn memory_until(&self, now: UnixMillis) -> UnixMillis {
        now.plus_millis(MEMORY_MILLIS).min(self.fresh_until())
    }
}
