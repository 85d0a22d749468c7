//! Values that this process has seen stored, so that nobody looks them up again: a hot link brings the same ones with each invocation.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use crate::plan::roll_up::DayKey;

/// A few megabytes.
const MAX_VALUES: usize = 200_000;

/// A hash for each value of a link, dimension and day. After an erasure values are here that are no longer stored; the link may then
/// have up to twice as many values on that day as the limit says.
#[derive(Debug, Default)]
pub(crate) struct StoredValues {
    hashes: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl StoredValues {
    pub(super) fn hash(&self, key: &DayKey) -> u64 {
        self.hasher.hash_one((key.link, key.dimension, key.day, &key.value))
    }

    pub(super) fn retain_unknown(&self, keys: &mut Vec<&DayKey>) {
        let hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|key| !hashes.contains(&self.hash(key)));
    }

    /// For values whose transaction has been committed.
    pub(crate) fn remember(&self, stored: Vec<u64>) {
        let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        if hashes.len() + stored.len() > MAX_VALUES {
            hashes.clear();
        }
        hashes.extend(stored);
    }
}

#[cfg(test)]
mod tests {
    use link_core::clicks::roll_up::Dimension;
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_value_that_was_stored_is_known() {
        let stored = DayKey {
            link: Uuid::from_u128(1),
            dimension: Dimension::Referrer,
            day: date!(2026 - 11 - 30),
            value: "news.example".to_owned(),
            class: "human",
        };
        let other_class = DayKey { class: "bot", ..stored.clone() };
        let others = [
            DayKey { link: Uuid::from_u128(2), ..stored.clone() },
            DayKey { dimension: Dimension::Language, ..stored.clone() },
            DayKey { day: date!(2026 - 12 - 01), ..stored.clone() },
            DayKey { value: "other.example".to_owned(), ..stored.clone() },
        ];
        let values = StoredValues::default();
        let unknown = || {
            let mut keys: Vec<_> = [&stored, &other_class].into_iter().chain(&others).collect();
            values.retain_unknown(&mut keys);
            keys.into_iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!(unknown().len(), 6, "before a commit nothing is known");
        values.remember(vec![values.hash(&stored)]);
        assert_eq!(unknown(), others);
        values.remember(vec![0; MAX_VALUES]);
        assert_eq!(unknown().len(), 6, "forgotten when there are too many");
    }
}
