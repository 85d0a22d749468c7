//! Visitor hashes under a random key of the UTC day, which is deleted after the day.

use std::fmt;
use std::net::IpAddr;

use link_core::clicks::batch::VisitorHash;
use link_core::redirect::visit::ip_prefix;
use link_core::time::UnixMillis;
use sha2::{Digest, Sha256};
use time::Date;
use uuid::Uuid;

use crate::timing::timeouts::{VISITOR_KEY_RETRY, millis};

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;
/// How long before its day a key is created: KV may take a minute to reach all data centres.
const MADE_AHEAD_MILLIS: i64 = 2 * HOUR_MILLIS;
/// How long after its day a key is kept, for isolates whose clock is behind.
const KEPT_MILLIS: i64 = HOUR_MILLIS;

/// `{:?}` does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VisitorKey(pub [u8; 32]);

impl fmt::Debug for VisitorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VisitorKey")
    }
}

impl VisitorKey {
    /// The user agent tells people behind one address apart.
    pub fn hash(&self, address: IpAddr, user_agent: &str) -> VisitorHash {
        let digest = Sha256::new()
            .chain_update("shortline visitor\n")
            .chain_update(self.0)
            .chain_update(ip_prefix(address))
            .chain_update(user_agent)
            .finalize();
        let mut hash = [0; 16];
        hash.iter_mut().zip(digest).for_each(|(kept, byte)| *kept = byte);
        VisitorHash(Uuid::from_bytes(hash))
    }
}

/// The days whose keys the schedule creates.
pub fn days_to_prepare(now: UnixMillis) -> Vec<Date> {
    let mut days = vec![now.day(), now.plus_millis(MADE_AHEAD_MILLIS).day()];
    days.dedup();
    days
}

/// The expiry of a day's key, in seconds since the epoch.
pub fn expires_at(day: Date) -> u64 {
    let end = UnixMillis::from(day.midnight().assume_utc()).plus_millis(24 * HOUR_MILLIS + KEPT_MILLIS);
    u64::try_from(end.0 / 1_000).unwrap_or(0)
}

/// Where the keys of all isolates are kept.
pub trait VisitorKeyStore {
    type Error;

    async fn get(&self, day: Date) -> Result<Option<VisitorKey>, Self::Error>;
    async fn put(&self, day: Date, key: VisitorKey, expires_at: u64) -> Result<(), Self::Error>;
}

/// The key of a day. The schedule creates it ahead; where it has not (on the day of the first deployment), this does.
/// Isolates that do so at the same time may count a visitor twice.
pub async fn get_or_create<S: VisitorKeyStore>(
    store: &S,
    day: Date,
    random_key: impl FnOnce() -> VisitorKey,
) -> Result<VisitorKey, S::Error> {
    if let Some(key) = store.get(day).await? {
        return Ok(key);
    }
    let key = random_key();
    store.put(day, key, expires_at(day)).await?;
    Ok(key)
}

/// The day's key in this isolate, if it was read.
#[derive(Debug, Default)]
pub struct VisitorKeys {
    known: Option<(Date, VisitorKey)>,
    failed_at: Option<UnixMillis>,
}

impl VisitorKeys {
    /// The key of today; `None` where it is not known.
    pub fn key_at(&self, now: UnixMillis) -> Option<VisitorKey> {
        self.known.filter(|(day, _)| *day == now.day()).map(|(_, key)| key)
    }

    /// The day whose key to read now, if any.
    pub fn day_to_read(&self, now: UnixMillis) -> Option<Date> {
        let failed_recently =
            self.failed_at.is_some_and(|at| now.millis_since(at) < millis(VISITOR_KEY_RETRY));
        (self.key_at(now).is_none() && !failed_recently).then(|| now.day())
    }

    pub fn set(&mut self, day: Date, key: Option<VisitorKey>, now: UnixMillis) {
        match key {
            Some(key) => *self = Self { known: Some((day, key)), failed_at: None },
            None => self.failed_at = Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_executor::block_on;

    use super::*;

    const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

    fn hash(key: u8, address: &str, user_agent: &str) -> VisitorHash {
        VisitorKey([key; 32]).hash(address.parse().unwrap(), user_agent)
    }

    #[test]
    fn hash_depends_on_key_address_and_user_agent() {
        let visitor = hash(1, "192.0.2.1", "a");
        assert_eq!(visitor, hash(1, "192.0.2.1", "a"));
        for other in [hash(2, "192.0.2.1", "a"), hash(1, "192.0.2.2", "a"), hash(1, "192.0.2.1", "b")] {
            assert_ne!(visitor, other);
        }
        assert_eq!(hash(1, "2001:db8::1", "a"), hash(1, "2001:db8::2", "a"));
    }

    #[test]
    fn key_is_created_two_hours_ahead_and_kept_one_more() {
        let days = |now| days_to_prepare(now).iter().map(Date::to_string).collect::<Vec<_>>();
        assert_eq!(days(MIDNIGHT.plus_millis(-2 * HOUR_MILLIS - 1)), ["2026-11-23"]);
        assert_eq!(days(MIDNIGHT.plus_millis(-2 * HOUR_MILLIS)), ["2026-11-23", "2026-11-24"]);
        let expiry = expires_at(MIDNIGHT.plus_millis(-1).day());
        assert_eq!(expiry, u64::try_from(MIDNIGHT.plus_millis(HOUR_MILLIS).0 / 1_000).unwrap());
    }

    #[test]
    fn key_is_read_once_a_day_and_retried_after_a_pause() {
        let mut keys = VisitorKeys::default();
        assert_eq!(keys.day_to_read(MIDNIGHT), Some(MIDNIGHT.day()));
        keys.set(MIDNIGHT.day(), None, MIDNIGHT);
        assert_eq!(keys.day_to_read(MIDNIGHT), None);
        let later = MIDNIGHT.plus_millis(millis(VISITOR_KEY_RETRY));
        assert!(keys.day_to_read(later).is_some());
        keys.set(later.day(), Some(VisitorKey([1; 32])), later);
        assert!(keys.day_to_read(later).is_none() && keys.key_at(later).is_some());
        let tomorrow = MIDNIGHT.plus_millis(24 * HOUR_MILLIS);
        assert!(keys.day_to_read(tomorrow).is_some() && keys.key_at(tomorrow).is_none());
    }

    #[test]
    fn key_is_created_once_and_expires_after_its_day() {
        #[derive(Default)]
        struct Store(RefCell<Vec<(Date, VisitorKey, u64)>>);
        impl VisitorKeyStore for Store {
            type Error = &'static str;

            async fn get(&self, day: Date) -> Result<Option<VisitorKey>, &'static str> {
                Ok(self.0.borrow().iter().find(|(known, ..)| *known == day).map(|(_, key, _)| *key))
            }

            async fn put(&self, day: Date, key: VisitorKey, expires_at: u64) -> Result<(), &'static str> {
                self.0.borrow_mut().push((day, key, expires_at));
                Ok(())
            }
        }
        let (store, day) = (Store::default(), MIDNIGHT.day());
        let key = |number| block_on(get_or_create(&store, day, || VisitorKey([number; 32])));
        assert_eq!((key(1), key(2)), (Ok(VisitorKey([1; 32])), Ok(VisitorKey([1; 32]))));
        assert_eq!(*store.0.borrow(), [(day, VisitorKey([1; 32]), expires_at(day))]);
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert_eq!(format!("{:?}", VisitorKey([7; 32])), "VisitorKey");
    }
}
