//! The nearest cache: a bounded map in the isolate. After its half second an entry still marks the newest revision seen
//! here, and is served stale if the origin fails.

use std::collections::HashMap;
use std::rc::Rc;

use link_core::record::preview::PreviewText;
use link_core::record::rules::{Rule, RuleTarget};
use link_core::record::{LinkRecord, Resolution};
use link_core::time::UnixMillis;

use super::freshness::CachedResolution;
use super::link_key::LinkKey;

/// Bytes of texts and bookkeeping in each of two generations. An isolate has 128 MB (Workers platform limits).
const GENERATION_BYTES: usize = 12 * 1024 * 1024;
/// Bytes of an entry besides its texts: key, record, map slot.
const ENTRY_BYTES: usize = 512;
/// Bytes of each rule, branch and condition value besides its text.
const ITEM_BYTES: usize = 64;

#[derive(Debug, Default)]
pub struct Memory {
    young: HashMap<LinkKey, MemoryEntry>,
    young_bytes: usize,
    /// The previous generation. A write moves an entry to the young one, so dropping the old one loses only what nobody
    /// asked for since.
    old: HashMap<LinkKey, MemoryEntry>,
}

#[derive(Debug)]
struct MemoryEntry {
    copy: Rc<CachedResolution>,
    until: UnixMillis,
}

impl Memory {
    pub fn get(&self, key: &LinkKey, now: UnixMillis) -> Option<Rc<CachedResolution>> {
        self.entry(key).filter(|entry| now < entry.until).map(|entry| Rc::clone(&entry.copy))
    }

    /// The newest copy seen in this isolate, fresh or not.
    pub fn newest(&self, key: &LinkKey) -> Option<Rc<CachedResolution>> {
        self.entry(key).map(|entry| Rc::clone(&entry.copy))
    }

    /// Ignores a copy older than the present one.
    pub fn put(&mut self, key: LinkKey, copy: Rc<CachedResolution>, now: UnixMillis) {
        if self.entry(&key).is_some_and(|entry| copy.is_older_than(&entry.copy)) {
            return;
        }
        let until = copy.memory_until(now);
        self.insert(key, copy, until);
    }

    /// Records the newest revision seen, without ever serving it as fresh.
    pub fn note_seen(&mut self, key: LinkKey, copy: Rc<CachedResolution>) {
        if self.entry(&key).is_none_or(|entry| entry.copy.is_older_than(&copy)) {
            self.insert(key, copy, UnixMillis(i64::MIN));
        }
    }

    fn insert(&mut self, key: LinkKey, copy: Rc<CachedResolution>, until: UnixMillis) {
        let weight = weight(&key, &copy);
        if self.young_bytes + weight > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += weight;
        if let Some(replaced) = self.young.get(&key) {
            self.young_bytes = self.young_bytes.saturating_sub(self::weight(&key, &replaced.copy));
        }
        self.young.insert(key, MemoryEntry { copy, until });
    }

    fn entry(&self, key: &LinkKey) -> Option<&MemoryEntry> {
        self.young.get(key).or_else(|| self.old.get(key))
    }
}

fn weight(key: &LinkKey, copy: &CachedResolution) -> usize {
    let record = match &copy.resolution {
        Resolution::Found { record } => texts(record),
        Resolution::Document { document, .. } => document.len(),
        Resolution::Deleted { .. } | Resolution::NotFound => 0,
    };
    // Twice, since the name is in the key and in the record.
    ENTRY_BYTES + 2 * (key.domain.as_str().len() + key.code.as_str().len()) + record
}

fn texts(record: &LinkRecord) -> usize {
    record.url.as_str().len()
        + record.expired_url.as_ref().map_or(0, |url| url.as_str().len())
        + record.password.as_ref().map_or(0, |mark| mark.0.len())
        + record.rules.iter().map(rule_weight).sum::<usize>()
        + record.preview.as_ref().map_or(0, PreviewText::len)
}

fn rule_weight(rule: &Rule) -> usize {
    let conditions = &rule.conditions;
    let items = conditions.country.len()
        + conditions.device.len()
        + conditions.os.len()
        + conditions.language.len()
        + conditions.query.values().map(|values| values.len() + 1).sum::<usize>();
    let query = conditions
        .query
        .iter()
        .map(|(name, values)| name.len() + values.iter().map(String::len).sum::<usize>());
    let target = match &rule.target {
        RuleTarget::Url(url) => url.as_str().len(),
        RuleTarget::App(url) => url.as_str().len(),
        RuleTarget::Split(branches) => {
            branches.iter().map(|branch| ITEM_BYTES + branch.url.as_str().len()).sum()
        }
    };
    size_of::<Rule>() + items * ITEM_BYTES + query.sum::<usize>() + target
}

#[cfg(test)]
mod tests {
    use link_core::record::preview::LinkPreview;
    use link_core::record::rules::{Branch, Conditions};

    use super::*;
    use crate::lookup::fixtures::{copy, deleted, found, key, not_found, record};

    #[test]
    fn copy_is_fresh_for_half_a_second() {
        let mut memory = Memory::default();
        memory.put(key(1), found("https://a.test/", 0), UnixMillis(100));
        assert!(memory.get(&key(1), UnixMillis(599)).is_some());
        assert!(memory.get(&key(1), UnixMillis(600)).is_none());
        assert!(memory.get(&key(2), UnixMillis(100)).is_none());
    }

    #[test]
    fn reading_does_not_extend_a_lifetime() {
        let mut memory = Memory::default();
        memory.put(key(1), not_found(0), UnixMillis(29_800));
        assert!(memory.get(&key(1), UnixMillis(29_999)).is_some());
        assert!(memory.get(&key(1), UnixMillis(30_000)).is_none());
    }

    #[test]
    fn older_copy_never_replaces_a_newer_expired_one() {
        let mut memory = Memory::default();
        memory.put(key(1), deleted(0), UnixMillis(0));
        memory.put(key(1), found("https://a.test/", 900), UnixMillis(900));
        assert!(memory.get(&key(1), UnixMillis(900)).is_none());
        assert_eq!(memory.newest(&key(1)), Some(deleted(0)));
    }

    #[test]
    fn noted_copy_is_newest_and_never_fresh() {
        let mut memory = Memory::default();
        memory.note_seen(key(1), found("https://a.test/", 0));
        assert!(memory.get(&key(1), UnixMillis(0)).is_none());
        assert_eq!(memory.newest(&key(1)), Some(found("https://a.test/", 0)));
        memory.put(key(1), found("https://a.test/", 0), UnixMillis(0));
        memory.note_seen(key(1), found("https://a.test/", 1));
        assert!(memory.get(&key(1), UnixMillis(499)).is_some());
    }

    #[test]
    fn entry_in_use_survives_a_change_of_generations() {
        let mut memory = Memory::default();
        let long = format!("https://a.test/{}", "x".repeat(8_000));
        for number in 0..20_000 {
            memory.put(key(1_000_000), deleted(0), UnixMillis(0));
            memory.put(key(number), found(&long, 0), UnixMillis(0));
        }
        assert_eq!(memory.newest(&key(1_000_000)), Some(deleted(0)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        let long = format!("https://a.test/{}", "x".repeat(8_000));
        for number in 0..20_000 {
            memory.put(key(number), found(&long, 0), UnixMillis(0));
            assert!(memory.young_bytes <= GENERATION_BYTES && memory.young.len() * 8_500 <= GENERATION_BYTES);
            assert!(memory.old.len() * 8_500 <= GENERATION_BYTES);
            assert!(memory.get(&key(number), UnixMillis(0)).is_some());
        }
    }

    #[test]
    fn replaced_entry_counts_once() {
        let mut memory = Memory::default();
        for _ in 0..100 {
            memory.put(key(1), found("https://a.test/", 0), UnixMillis(0));
        }
        let mut once = Memory::default();
        once.put(key(1), found("https://a.test/", 0), UnixMillis(0));
        assert_eq!(memory.young_bytes, once.young_bytes);
    }

    #[test]
    fn every_text_of_a_record_counts() {
        let url = |letter: &str| {
            let url = format!("https://a.test/{}", letter.repeat(1_000));
            link_core::names::destination::Destination::try_from(url).unwrap()
        };
        let conditions = Conditions {
            query: [("n".repeat(1_000), vec!["v".repeat(1_000)])].into(),
            ..Conditions::default()
        };
        let branches = vec![Branch { weight: 1, url: url("b") }, Branch { weight: 1, url: url("c") }];
        let long = LinkRecord {
            expired_url: Some(url("e")),
            rules: vec![
                Rule { conditions, target: RuleTarget::Url(url("u")) },
                Rule { conditions: Conditions::default(), target: RuleTarget::Split(branches) },
            ],
            preview: Some(PreviewText::of(&LinkPreview {
                title: Some("t".repeat(1_000)),
                ..LinkPreview::default()
            })),
            ..record("https://a.test/")
        };
        let long = copy(Resolution::Found { record: long }, 0);
        assert!(weight(&key(1), &long) > weight(&key(1), &found("https://a.test/", 0)) + 7_000);
    }
}
