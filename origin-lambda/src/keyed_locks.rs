//! A lock for each key, in this process: requests for the same thing wait for each other here, without a connection.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

pub(crate) type KeyGuard = OwnedMutexGuard<()>;

/// Keeps only locks that are held or awaited.
#[derive(Debug)]
pub(crate) struct KeyedLocks<K>(Mutex<HashMap<K, Weak<AsyncMutex<()>>>>);

impl<K> Default for KeyedLocks<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> KeyedLocks<K> {
    pub(crate) async fn lock(&self, key: K) -> KeyGuard {
        self.of(key).lock_owned().await
    }

    /// `None` while another request holds it.
    pub(crate) fn try_lock(&self, key: K) -> Option<KeyGuard> {
        self.of(key).try_lock_owned().ok()
    }

    fn of(&self, key: K) -> Arc<AsyncMutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = locks.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn key_has_one_holder_at_a_time() {
        let locks = KeyedLocks::default();
        let held = locks.lock("a").await;
        assert!(locks.try_lock("a").is_none());
        assert!(locks.try_lock("b").is_some());
        drop(held);
        assert!(locks.try_lock("a").is_some());
    }

    #[tokio::test]
    async fn released_locks_are_forgotten() {
        let locks = KeyedLocks::default();
        for key in 0..100 {
            drop(locks.lock(key).await);
        }
        assert_eq!(locks.0.lock().unwrap().len(), 1);
    }
}
