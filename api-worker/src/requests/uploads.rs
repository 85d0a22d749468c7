//! Limits the memory of all request bodies under way in one isolate. Bodies of unchecked keys have a small share of their
//! own, so that strangers cannot use up the others' share.

use std::collections::BTreeMap;

use link_core::time::UnixMillis;

use crate::requests::limits::{BodyLimit, MAX_BODY_BYTES, MAX_BULK_BODY_BYTES};
use edge_runtime::timing::timeouts::{UPLOAD_LONGEST, millis};

/// Sixteen of the largest usual bodies. An isolate has 128 MB in all.
const USUAL_BYTES: usize = 16 * MAX_BODY_BYTES;
/// Five of the largest bulks.
const BULK_BYTES: usize = 5 * MAX_BULK_BODY_BYTES;

/// Bodies that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadClass {
    /// The key is only well-formed.
    Unchecked,
    /// A usual body; the origin has confirmed that the key may write.
    Checked,
    /// A bulk, with such a key. Bulks take no memory from other writes.
    CheckedBulk,
}

impl UploadClass {
    pub fn checked(limit: BodyLimit) -> Self {
        match limit {
            BodyLimit::Usual => Self::Checked,
            BodyLimit::Bulk => Self::CheckedBulk,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Unchecked | Self::Checked => USUAL_BYTES,
            Self::CheckedBulk => BULK_BYTES,
        }
    }
}

#[derive(Debug, Default)]
pub struct Uploads {
    /// By number, so the oldest is first.
    under_way: BTreeMap<u64, Upload>,
    numbers: u64,
    unchecked_bytes: usize,
    checked_bytes: usize,
    bulk_bytes: usize,
}

#[derive(Debug)]
struct Upload {
    class: UploadClass,
    bytes: usize,
    began: UnixMillis,
}

impl Uploads {
    /// Registers a body without memory. End it with [`Self::end`]; a request that the platform ended never does, so an
    /// upload counts only as long as it could still be under way.
    pub fn begin(&mut self, class: UploadClass, now: UnixMillis) -> u64 {
        let is_lost = |upload: &Upload| now.millis_since(upload.began) >= millis(UPLOAD_LONGEST);
        while let Some((number, _)) = self.under_way.first_key_value().filter(|(_, upload)| is_lost(upload)) {
            self.end(*number);
        }
        self.numbers += 1;
        self.under_way.insert(self.numbers, Upload { class, bytes: 0, began: now });
        self.numbers
    }

    /// Whether the body may take `bytes` in all, including what it has already taken.
    pub fn reserve(&mut self, number: u64, bytes: usize) -> bool {
        let Some(upload) = self.under_way.get_mut(&number) else { return false };
        let total = match upload.class {
            UploadClass::Unchecked => &mut self.unchecked_bytes,
            UploadClass::Checked => &mut self.checked_bytes,
            UploadClass::CheckedBulk => &mut self.bulk_bytes,
        };
        let with_it = (*total - upload.bytes).saturating_add(bytes);
        let fits = with_it <= upload.class.bytes();
        if fits {
            (*total, upload.bytes) = (with_it, bytes);
        }
        fits
    }

    pub fn end(&mut self, number: u64) {
        self.reserve(number, 0);
        self.under_way.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_one_class_share_a_limit() {
        let mut uploads = Uploads::default();
        let numbers: Vec<u64> =
            (0..16).map(|_| uploads.begin(UploadClass::Unchecked, UnixMillis(0))).collect();
        assert!(numbers.iter().all(|number| uploads.reserve(*number, MAX_BODY_BYTES)));
        let late = uploads.begin(UploadClass::Unchecked, UnixMillis(0));
        assert!(!uploads.reserve(late, 1));
        uploads.end(numbers[0]);
        assert!(uploads.reserve(late, MAX_BODY_BYTES) && !uploads.reserve(late, MAX_BODY_BYTES + 1));
    }

    #[test]
    fn classes_take_nothing_from_each_other() {
        let mut uploads = Uploads::default();
        let stranger = uploads.begin(UploadClass::Unchecked, UnixMillis(0));
        assert!(uploads.reserve(stranger, USUAL_BYTES));
        for _ in 0..5 {
            let number = uploads.begin(UploadClass::CheckedBulk, UnixMillis(0));
            assert!(uploads.reserve(number, MAX_BULK_BODY_BYTES));
        }
        let sixth = uploads.begin(UploadClass::CheckedBulk, UnixMillis(0));
        assert!(!uploads.reserve(sixth, 1));
        let usual = uploads.begin(UploadClass::Checked, UnixMillis(0));
        assert!(uploads.reserve(usual, MAX_BODY_BYTES));
    }

    #[test]
    fn growing_body_counts_once() {
        let mut uploads = Uploads::default();
        let number = uploads.begin(UploadClass::Unchecked, UnixMillis(0));
        assert!((1..=16).all(|times| uploads.reserve(number, times * MAX_BODY_BYTES)));
        assert!(!uploads.reserve(number, 17 * MAX_BODY_BYTES));
    }

    #[test]
    fn lost_upload_stops_counting() {
        let mut uploads = Uploads::default();
        let lost = uploads.begin(UploadClass::Unchecked, UnixMillis(0));
        assert!(uploads.reserve(lost, USUAL_BYTES));
        let late = uploads.begin(UploadClass::Unchecked, UnixMillis(millis(UPLOAD_LONGEST) - 1));
        assert!(!uploads.reserve(late, 1));
        let later = uploads.begin(UploadClass::Unchecked, UnixMillis(millis(UPLOAD_LONGEST)));
        assert!(uploads.reserve(later, 1) && !uploads.reserve(lost, 1));
    }
}
