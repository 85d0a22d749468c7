//! Limits the memory of all request bodies under way in one isolate. Bodies of unchecked keys have a small share of their
//! own, so that strangers cannot use up the others' share.

use std::collections::BTreeMap;

use link_core::time::UnixMillis;

use crate::api_request::{MAX_BODY_BYTES, MAX_BULK_BODY_BYTES};
use crate::timeouts::{UPLOAD_LONGEST, millis};

/// Sixteen of the largest usual bodies. An isolate has 128 MB in all.
const UNCHECKED_BYTES: usize = 16 * MAX_BODY_BYTES;
/// Five of the largest bulks.
const CHECKED_BYTES: usize = 5 * MAX_BULK_BODY_BYTES;

/// Senders whose bodies share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadSender {
    /// The key is well-formed.
    Unchecked,
    /// The origin has confirmed that the key may write.
    Checked,
}

impl UploadSender {
    fn bytes(self) -> usize {
        match self {
            Self::Unchecked => UNCHECKED_BYTES,
            Self::Checked => CHECKED_BYTES,
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
}

#[derive(Debug)]
struct Upload {
    sender: UploadSender,
    bytes: usize,
    began: UnixMillis,
}

impl Uploads {
    /// Registers a body without memory. End it with [`Self::end`]; a request that the platform ended never does, so an
    /// upload counts only as long as it could still be under way.
    pub fn begin(&mut self, sender: UploadSender, now: UnixMillis) -> u64 {
        let is_lost = |upload: &Upload| now.millis_since(upload.began) >= millis(UPLOAD_LONGEST);
        while let Some((number, _)) = self.under_way.first_key_value().filter(|(_, upload)| is_lost(upload)) {
            self.end(*number);
        }
        self.numbers += 1;
        self.under_way.insert(self.numbers, Upload { sender, bytes: 0, began: now });
        self.numbers
    }

    /// Whether the body may take `bytes` in all, including what it has already taken.
    pub fn reserve(&mut self, number: u64, bytes: usize) -> bool {
        let Some(upload) = self.under_way.get_mut(&number) else { return false };
        let total = match upload.sender {
            UploadSender::Unchecked => &mut self.unchecked_bytes,
            UploadSender::Checked => &mut self.checked_bytes,
        };
        let with_it = (*total - upload.bytes).saturating_add(bytes);
        let fits = with_it <= upload.sender.bytes();
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
    fn bodies_of_one_sender_kind_share_a_limit() {
        let mut uploads = Uploads::default();
        let numbers: Vec<u64> =
            (0..16).map(|_| uploads.begin(UploadSender::Unchecked, UnixMillis(0))).collect();
        assert!(numbers.iter().all(|number| uploads.reserve(*number, MAX_BODY_BYTES)));
        let late = uploads.begin(UploadSender::Unchecked, UnixMillis(0));
        assert!(!uploads.reserve(late, 1));
        uploads.end(numbers[0]);
        assert!(uploads.reserve(late, MAX_BODY_BYTES) && !uploads.reserve(late, MAX_BODY_BYTES + 1));
    }

    #[test]
    fn unchecked_senders_take_nothing_from_checked_ones() {
        let mut uploads = Uploads::default();
        let stranger = uploads.begin(UploadSender::Unchecked, UnixMillis(0));
        assert!(uploads.reserve(stranger, UNCHECKED_BYTES));
        for _ in 0..5 {
            let number = uploads.begin(UploadSender::Checked, UnixMillis(0));
            assert!(uploads.reserve(number, MAX_BULK_BODY_BYTES));
        }
        let sixth = uploads.begin(UploadSender::Checked, UnixMillis(0));
        assert!(!uploads.reserve(sixth, 1));
    }

    #[test]
    fn growing_body_counts_once() {
        let mut uploads = Uploads::default();
        let number = uploads.begin(UploadSender::Unchecked, UnixMillis(0));
        assert!((1..=16).all(|times| uploads.reserve(number, times * MAX_BODY_BYTES)));
        assert!(!uploads.reserve(number, 17 * MAX_BODY_BYTES));
    }

    #[test]
    fn lost_upload_stops_counting() {
        let mut uploads = Uploads::default();
        let lost = uploads.begin(UploadSender::Unchecked, UnixMillis(0));
        assert!(uploads.reserve(lost, UNCHECKED_BYTES));
        let late = uploads.begin(UploadSender::Unchecked, UnixMillis(millis(UPLOAD_LONGEST) - 1));
        assert!(!uploads.reserve(late, 1));
        let later = uploads.begin(UploadSender::Unchecked, UnixMillis(millis(UPLOAD_LONGEST)));
        assert!(uploads.reserve(later, 1) && !uploads.reserve(lost, 1));
    }
}
