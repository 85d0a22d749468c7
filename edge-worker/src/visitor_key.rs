//! How a visitor becomes a hash: under a random key of the UTC day, which is kept nowhere when the day is over. Pure; decides
//! neither where keys are kept nor who counts as a visitor.

use std::fmt;
use std::net::IpAddr;

use link_core::click_batch::VisitorHash;
use link_core::time::UnixMillis;
use link_core::visit::ip_prefix;
use sha2::{Digest, Sha256};
use time::Date;
use uuid::Uuid;

use crate::timeouts::{VISITOR_KEY_RETRY, millis};

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;
/// So long before its day a key is made: the replica may take a minute to tell all data centres.
const MADE_AHEAD_MILLIS: i64 = 2 * HOUR_MILLIS;
/// So long after its day a key is kept, for isolates whose clock is behind.
const KEPT_MILLIS: i64 = HOUR_MILLIS;

/// Never shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VisitorKey(pub [u8; 32]);

impl fmt::Debug for VisitorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VisitorKey")
    }
}

impl VisitorKey {
    /// People behind one address are told apart by their agents.
    pub fn hash(&self, address: IpAddr, agent: &str) -> VisitorHash {
        let digest = Sha256::new()
            .chain_update("shortline visitor\n")
            .chain_update(self.0)
            .chain_update(ip_prefix(address))
            .chain_update(agent)
            .finalize();
        let mut hash = [0; 16];
        hash.iter_mut().zip(digest).for_each(|(kept, byte)| *kept = byte);
        VisitorHash(Uuid::from_bytes(hash))
    }
}

/// Days whose keys the schedule sees to, with the second at which the key goes.
pub fn days_to_prepare(now: UnixMillis) -> Vec<(Date, u64)> {
    let mut days = vec![now.day(), now.plus_millis(MADE_AHEAD_MILLIS).day()];
    days.dedup();
    days.into_iter().map(|day| (day, forgotten_at(day))).collect()
}

/// In seconds since the epoch.
pub fn forgotten_at(day: Date) -> u64 {
    let end = UnixMillis::from(day.midnight().assume_utc()).plus_millis(24 * HOUR_MILLIS + KEPT_MILLIS);
    u64::try_from(end.0 / 1_000).unwrap_or(0)
}

/// The key of the day, as far as this isolate knows it.
#[derive(Debug, Default)]
pub struct VisitorKeys {
    known: Option<(Date, VisitorKey)>,
    failed_at: Option<UnixMillis>,
}

impl VisitorKeys {
    /// `None` on another day than the key's.
    pub fn of(&self, now: UnixMillis) -> Option<VisitorKey> {
        self.known.filter(|(day, _)| *day == now.day()).map(|(_, key)| key)
    }

    /// The day whose key should be read now.
    pub fn wanted(&self, now: UnixMillis) -> Option<Date> {
        let failed_lately = self.failed_at.is_some_and(|at| now.millis_since(at) < millis(VISITOR_KEY_RETRY));
        (self.of(now).is_none() && !failed_lately).then(|| now.day())
    }

    pub fn learned(&mut self, day: Date, key: Option<VisitorKey>, now: UnixMillis) {
        match key {
            Some(key) => *self = Self { known: Some((day, key)), failed_at: None },
            None => self.failed_at = Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

    fn hash(key: u8, address: &str, agent: &str) -> VisitorHash {
        VisitorKey([key; 32]).hash(address.parse().unwrap(), agent)
    }

    #[test]
    fn a_visitor_is_the_same_under_one_key_and_somebody_else_under_another() {
        let visitor = hash(1, "192.0.2.1", "a");
        assert_eq!(visitor, hash(1, "192.0.2.1", "a"));
        for other in [hash(2, "192.0.2.1", "a"), hash(1, "192.0.2.2", "a"), hash(1, "192.0.2.1", "b")] {
            assert_ne!(visitor, other);
        }
        assert_eq!(hash(1, "2001:db8::1", "a"), hash(1, "2001:db8::2", "a"));
    }

    #[test]
    fn a_key_is_made_two_hours_ahead_and_kept_for_one_hour_more() {
        let days = |now| days_to_prepare(now).into_iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>();
        assert_eq!(days(MIDNIGHT.plus_millis(-2 * HOUR_MILLIS - 1)), ["2026-11-23"]);
        assert_eq!(days(MIDNIGHT.plus_millis(-2 * HOUR_MILLIS)), ["2026-11-23", "2026-11-24"]);
        let forgotten = forgotten_at(MIDNIGHT.plus_millis(-1).day());
        assert_eq!(forgotten, u64::try_from(MIDNIGHT.plus_millis(HOUR_MILLIS).0 / 1_000).unwrap());
    }

    #[test]
    fn a_key_is_read_once_a_day_and_not_again_at_once_when_that_failed() {
        let mut keys = VisitorKeys::default();
        assert_eq!(keys.wanted(MIDNIGHT), Some(MIDNIGHT.day()));
        keys.learned(MIDNIGHT.day(), None, MIDNIGHT);
        assert_eq!(keys.wanted(MIDNIGHT), None);
        let later = MIDNIGHT.plus_millis(millis(VISITOR_KEY_RETRY));
        assert!(keys.wanted(later).is_some());
        keys.learned(later.day(), Some(VisitorKey([1; 32])), later);
        assert!(keys.wanted(later).is_none() && keys.of(later).is_some());
        let tomorrow = MIDNIGHT.plus_millis(24 * HOUR_MILLIS);
        assert!(keys.wanted(tomorrow).is_some() && keys.of(tomorrow).is_none());
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", VisitorKey([7; 32])), "VisitorKey");
    }
}
