//! Detects whether click accounting is behind for a link with a large maximum of clicks: then its total cannot be trusted, and
//! its visits are counted at the gate. Decides by what this process has observed; reads nothing.
//!
//! A link is looked up because it is visited, and soon after its total should include a click. `complete_until` says less: it
//! stands still while no clicks come, as it does while no consumer runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use link_core::record::LinkId;
use link_core::time::UnixMillis;

/// A click usually takes one to two seconds.
const BEHIND_AFTER_MILLIS: i64 = 10_000;
/// The clocks of edge and origin may differ.
const CLOCK_SKEW_MILLIS: i64 = 2_000;
/// Links with a large maximum are rare. Above this number all entries are cleared.
const MAX_LINKS: usize = 10_000;

#[derive(Debug, Default)]
pub struct ClickLag {
    /// The first visit of each link for which no click has been counted yet.
    awaited: Mutex<HashMap<LinkId, UnixMillis>>,
}

impl ClickLag {
    /// Call it on every lookup of a link.
    pub fn is_behind(&self, link: LinkId, last_click_at: Option<UnixMillis>, now: UnixMillis) -> bool {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        if awaited.len() >= MAX_LINKS && !awaited.contains_key(&link) {
            awaited.clear();
        }
        let visited_at = awaited.entry(link).or_insert(now);
        let is_counted = last_click_at.is_some_and(|last| last.plus_millis(CLOCK_SKEW_MILLIS) >= *visited_at);
        if is_counted {
            *visited_at = now;
        }
        now.millis_since(*visited_at) > BEHIND_AFTER_MILLIS
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LINK: LinkId = LinkId(Uuid::nil());

    fn is_behind(lag: &ClickLag, last_click_at: i64, now: i64) -> bool {
        lag.is_behind(LINK, Some(UnixMillis(last_click_at)), UnixMillis(now))
    }

    #[test]
    fn clicks_uncounted_for_ten_seconds_are_behind() {
        let lag = ClickLag::default();
        assert!(!is_behind(&lag, 0, 100_000));
        assert!(!is_behind(&lag, 0, 110_000));
        assert!(is_behind(&lag, 0, 110_001));
        assert!(is_behind(&lag, 97_999, 110_001));
        assert!(!is_behind(&lag, 98_000, 110_001), "the visit is counted");
        assert!(!is_behind(&lag, 98_000, 120_001));
        assert!(is_behind(&lag, 98_000, 120_002));
    }

    #[test]
    fn link_without_recent_visits_is_not_behind() {
        let lag = ClickLag::default();
        for now in [0, 3_600_000, 7_200_000] {
            assert!(!is_behind(&lag, now - 3_600_000, now));
        }
        assert!(!lag.is_behind(LinkId(Uuid::max()), None, UnixMillis(7_200_000)));
    }

    #[test]
    fn number_of_tracked_links_is_bounded() {
        let lag = ClickLag::default();
        for number in 0..MAX_LINKS as u128 + 10 {
            lag.is_behind(LinkId(Uuid::from_u128(number)), None, UnixMillis(0));
        }
        assert!(lag.awaited.lock().unwrap().len() <= MAX_LINKS);
    }
}
