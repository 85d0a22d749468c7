//! The nearest copy: a bounded map in the isolate. No I/O; what it forgets, the colo still has.

use std::collections::HashMap;
use std::rc::Rc;

use link_core::record::Resolution;
use link_core::time::UnixMillis;

use crate::lifetimes::Copy;
use crate::lookup::Key;

/// Bytes of URLs and bookkeeping, of an isolate's 128 MB (Workers platform limits).
const CAPACITY_BYTES: usize = 16 * 1024 * 1024;
/// What an entry weighs beside its URL: key, record, map slot.
const ENTRY_BYTES: usize = 512;

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
        let weight = weight(&copy);
        if self.bytes + weight > CAPACITY_BYTES {
            // Entries live for half a second: starting over costs each of them one read from the colo.
            self.entries.clear();
            self.bytes = 0;
        }
        self.bytes += weight;
        if let Some(replaced) = self.entries.insert(key, Entry { copy, until }) {
            self.bytes = self.bytes.saturating_sub(self::weight(&replaced.copy));
        }
    }
}

fn weight(copy: &Copy) -> usize {
    ENTRY_BYTES
        + match &copy.resolution {
            Resolution::Found { record } => record.url.as_str().len(),
            Resolution::NotFound => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::{found, key, not_found};

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
        assert_eq!(memory.bytes, ENTRY_BYTES + "https://a.test/".len());
    }
}
