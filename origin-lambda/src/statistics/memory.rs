//! Caches the last answer to each statistics request, for while the analytics database is unavailable. Bounded in bytes, per
//! process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use link_core::time::UnixMillis;

use crate::limits::MAX_CACHED_ANSWER_BYTES;

#[derive(Debug, Default)]
pub struct AnswerCache(Mutex<CachedAnswers>);

#[derive(Debug, Default)]
struct CachedAnswers {
    by_key: HashMap<String, CachedAnswer>,
    /// Of keys and answers.
    bytes: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct CachedAnswer {
    pub(crate) at: UnixMillis,
    /// JSON.
    pub(crate) answer: Bytes,
}

impl AnswerCache {
    pub(crate) fn get(&self, key: &str) -> Option<CachedAnswer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_key.get(key).cloned()
    }

    pub(crate) fn insert(&self, key: String, at: UnixMillis, answer: Bytes) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.remove(&key);
        answers.bytes += key.len() + answer.len();
        answers.by_key.insert(key, CachedAnswer { at, answer });
        while answers.bytes > MAX_CACHED_ANSWER_BYTES {
            let oldest = answers.by_key.iter().min_by_key(|(_, cached)| cached.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            answers.remove(&oldest);
        }
    }
}

impl CachedAnswers {
    fn remove(&mut self, key: &str) {
        if let Some(cached) = self.by_key.remove(key) {
            self.bytes -= key.len() + cached.answer.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_answers_are_evicted_first() {
        let cache = AnswerCache::default();
        let answer = Bytes::from(vec![b' '; MAX_CACHED_ANSWER_BYTES / 10]);
        for number in 0..=10 {
            cache.insert(number.to_string(), UnixMillis(number), answer.clone());
            cache.insert(number.to_string(), UnixMillis(number), answer.clone());
        }
        let cached: Vec<_> = (0..=10).filter(|number| cache.get(&number.to_string()).is_some()).collect();
        assert_eq!(cached, (2..=10).collect::<Vec<_>>());
    }
}
