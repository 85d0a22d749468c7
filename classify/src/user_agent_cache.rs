//! A bounded cache by user agent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A campaign brings a few hundred user agents. The bound keeps made-up ones from filling the memory.
const MAX_CACHED: usize = 4_096;

#[derive(Debug)]
pub(crate) struct UserAgentCache<T>(Mutex<HashMap<String, T>>);

impl<T> Default for UserAgentCache<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> UserAgentCache<T> {
    /// Computes without holding the lock, so that a slow user agent delays no other request.
    pub(crate) fn get_or_compute(&self, user_agent: &str, compute: impl FnOnce(&str) -> T) -> T {
        if let Some(known) = self.lock().get(user_agent) {
            return known.clone();
        }
        let new = compute(user_agent);
        let mut cached = self.lock();
        if cached.len() >= MAX_CACHED {
            cached.clear();
        }
        cached.insert(user_agent.to_owned(), new.clone());
        new
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_stays_bounded() {
        let cache = UserAgentCache::default();
        for number in 0..=MAX_CACHED {
            cache.get_or_compute(&number.to_string(), str::len);
        }
        assert_eq!(cache.lock().len(), 1);
    }

    #[test]
    fn user_agent_is_computed_once() {
        let cache = UserAgentCache::default();
        assert_eq!(cache.get_or_compute("curl/8.5.0", str::len), 10);
        assert_eq!(cache.get_or_compute("curl/8.5.0", |_| 0), 10);
    }
}
