//! The nearest copy: a bounded map in the isolate. No I/O; what it forgets, the colo still has.

use std::collections::HashMap;
use std::rc::Rc;

use link_core::record::{LinkRecord, Resolution};
use link_core::rules::{Rule, Target};
use link_core::time::UnixMillis;

use crate::lifetimes::Copy;
use crate::lookup::Key;

/// Bytes of texts and bookkeeping, of an isolate's 128 MB (Workers platform limits).
const CAPACITY_BYTES: usize = 16 * 1024 * 1024;
/// What an entry weighs beside its texts: key, record, map slot.
const ENTRY_BYTES: usize = 512;
/// What each rule, branch and condition's value weighs beside its text.
const ITEM_BYTES: usize = 64;

#[derive(Debug, Default)]
pub struct Memory {
    entries: HashMap<Key, Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    copy: Rc<Copy>,
    until: UnixMillis,
}

impl Memory {
    pub fn get(&self, key: &Key, now: UnixMillis) -> Option<Rc<Copy>> {
        self.entries.get(key).filter(|entry| now < entry.until).map(|entry| Rc::clone(&entry.copy))
    }

    pub fn put(&mut self, key: Key, copy: Rc<Copy>, now: UnixMillis) {
        let until = copy.memory_until(now);
        let weight = weight(&key, &copy);
        if self.bytes + weight > CAPACITY_BYTES {
            // Entries live for half a second: starting over costs each of them one read from the colo.
            self.entries.clear();
            self.bytes = 0;
        }
        self.bytes += weight;
        if let Some(replaced) = self.entries.get(&key) {
            self.bytes = self.bytes.saturating_sub(self::weight(&key, &replaced.copy));
        }
        self.entries.insert(key, Entry { copy, until });
    }
}

fn weight(key: &Key, copy: &Copy) -> usize {
    let record = match &copy.resolution {
        Resolution::Found { record } => texts(record),
        Resolution::Deleted { .. } | Resolution::NotFound => 0,
    };
    // The name is in the key and in the record.
    ENTRY_BYTES + 2 * (key.domain.as_str().len() + key.code.as_str().len()) + record
}

fn texts(record: &LinkRecord) -> usize {
    record.url.as_str().len()
        + record.expired_url.as_ref().map_or(0, |url| url.as_str().len())
        + record.password.as_ref().map_or(0, |mark| mark.0.len())
        + record.rules.iter().map(rule_weight).sum::<usize>()
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
        Target::Url(url) => url.as_str().len(),
        Target::Split(branches) => branches.iter().map(|branch| ITEM_BYTES + branch.url.as_str().len()).sum(),
    };
    size_of::<Rule>() + items * ITEM_BYTES + query.sum::<usize>() + target
}

#[cfg(test)]
mod tests {
    use link_core::rules::{Branch, Conditions};

    use super::*;
    use crate::lookup::fixtures::{copy, found, key, not_found, record};

    #[test]
    fn a_copy_is_kept_for_half_a_second() {
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
    fn memory_is_bounded_whatever_is_asked_for() {
        let mut memory = Memory::default();
        let long = format!("https://a.test/{}", "x".repeat(8_000));
        for number in 0..20_000 {
            memory.put(key(number), found(&long, 0), UnixMillis(0));
            assert!(memory.bytes <= CAPACITY_BYTES);
            assert!(memory.get(&key(number), UnixMillis(0)).is_some());
        }
    }

    #[test]
    fn replacing_an_entry_does_not_count_it_twice() {
        let mut memory = Memory::default();
        for _ in 0..100 {
            memory.put(key(1), found("https://a.test/", 0), UnixMillis(0));
        }
        let mut once = Memory::default();
        once.put(key(1), found("https://a.test/", 0), UnixMillis(0));
        assert_eq!(memory.bytes, once.bytes);
    }

    #[test]
    fn every_text_of_a_record_weighs() {
        let url = |letter: &str| {
            let url = format!("https://a.test/{}", letter.repeat(1_000));
            link_core::destination::Destination::try_from(url).unwrap()
        };
        let conditions = Conditions {
            query: [("n".repeat(1_000), vec!["v".repeat(1_000)])].into(),
            ..Conditions::default()
        };
        let branches = vec![Branch { weight: 1, url: url("b") }, Branch { weight: 1, url: url("c") }];
        let long = LinkRecord {
            expired_url: Some(url("e")),
            rules: vec![
                Rule { conditions, target: Target::Url(url("u")) },
                Rule { conditions: Conditions::default(), target: Target::Split(branches) },
            ],
            ..record("https://a.test/")
        };
        let long = copy(Resolution::Found { record: long }, 0);
        assert!(weight(&key(1), &long) > weight(&key(1), &found("https://a.test/", 0)) + 6_000);
    }
}
