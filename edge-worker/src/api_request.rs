//! Limits of a client's API request: bounded by its size on the way to the origin, so that no proxy in front of the origin
//! refuses it.

use link_core::api_key::{bearer, may_be_key};

use crate::answer::Answer;

/// Path and query as the origin gets them: a common limit of servers, far below the 65,534 bytes at which the origin's HTTP
/// library answers 414.
pub const MAX_TARGET_BYTES: usize = 8_192;
/// All forwarded headers, including the key.
pub const MAX_HEADER_BYTES: usize = 8_192;
/// A usual body is one link, with rules of up to 64 KB.
pub const MAX_BODY_BYTES: usize = 262_144;
/// Lambda takes 6 MiB (6,291,456 bytes; Lambda quotas), and that is the whole event as one JSON text. In it a body is base64 or
/// an escaped string; the rest of the event, with target and headers, fits into 290 KB.
const MAX_EVENT_BODY_BYTES: usize = 6_000_000;
/// Exactly that long as base64.
pub const MAX_BULK_BODY_BYTES: usize = MAX_EVENT_BODY_BYTES / 4 * 3;
const BULK: &str = "/api/v1/links/bulk";

/// The size limit of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    Usual,
    /// A thousand links. The origin checks the key before such a body is read.
    Bulk,
}

impl BodyLimit {
    pub fn of(path: &str) -> Self {
        if path == BULK { Self::Bulk } else { Self::Usual }
    }

    pub fn bytes(self) -> usize {
        match self {
            Self::Usual => MAX_BODY_BYTES,
            Self::Bulk => MAX_BULK_BODY_BYTES,
        }
    }
}

/// Counts a body as it arrives.
#[derive(Debug)]
pub struct BodySize {
    limit: BodyLimit,
    bytes: usize,
    escaped_bytes: usize,
}

impl BodySize {
    pub fn new(limit: BodyLimit) -> Self {
        Self { limit, bytes: 0, escaped_bytes: 0 }
    }

    /// Adds a chunk; false beyond the limit.
    pub fn add(&mut self, chunk: &[u8]) -> bool {
        self.bytes += chunk.len();
        // A usual body stays far below Lambda's limit even when escaped.
        if self.limit == BodyLimit::Bulk {
            self.escaped_bytes += escaped_bytes(chunk);
        }
        self.bytes <= self.limit.bytes() && self.escaped_bytes <= MAX_EVENT_BODY_BYTES
    }
}

/// The length as a JSON string (RFC 8259, section 7).
fn escaped_bytes(text: &[u8]) -> usize {
    let escaped = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..=0x1F => 6,
        _ => 1,
    };
    text.iter().map(escaped).sum()
}

/// Refuses a target or headers that are too long. `query` is already encoded.
pub fn check_lengths<'a>(
    path: &str,
    query: &str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Answer> {
    if path.len() + 1 + query.len() > MAX_TARGET_BYTES {
        return Err(Answer::target_too_long());
    }
    let header_bytes: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    if header_bytes > MAX_HEADER_BYTES {
        return Err(Answer::headers_too_large());
    }
    Ok(())
}

/// Refuses a missing or malformed key before the body is read.
pub fn check_key(authorization: Option<&str>) -> Result<(), Answer> {
    match authorization.and_then(|header| bearer(header.as_bytes())) {
        None => Err(Answer::key_missing()),
        Some(key) if !may_be_key(key) => Err(Answer::key_invalid()),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical_query;

    fn status(outcome: Result<(), Answer>) -> Option<u16> {
        outcome.err().map(|answer| answer.status)
    }

    #[test]
    fn targets_are_bounded_by_encoded_length() {
        let check = |query: &str| check_lengths("/api/v1/links", &canonical_query(query), std::iter::empty());
        assert_eq!(status(check(&format!("q={}", "!".repeat(2_725)))), None);
        assert_eq!(status(check(&format!("q={}", "!".repeat(2_726)))), Some(414));
        assert_eq!(status(check(&format!("q={}", "a".repeat(8_176)))), None);
        assert_eq!(status(check(&format!("q={}", "a".repeat(8_177)))), Some(414));
        let path = format!("/api/{}", "a".repeat(MAX_TARGET_BYTES));
        assert_eq!(status(check_lengths(&path, "", std::iter::empty())), Some(414));
    }

    #[test]
    fn forwarded_headers_are_bounded_together() {
        let long = "x".repeat(MAX_HEADER_BYTES / 2);
        let headers = [("accept", long.as_str()), ("if-match", long.as_str())];
        assert_eq!(status(check_lengths("/", "", headers.into_iter().take(1))), None);
        assert_eq!(status(check_lengths("/", "", headers.into_iter())), Some(431));
    }

    #[test]
    fn only_a_bulk_of_links_may_be_large() {
        for (path, limit) in [
            ("/api/v1/links/bulk", BodyLimit::Bulk),
            ("/api/v1/links", BodyLimit::Usual),
            ("/api/v1/links/bulk/", BodyLimit::Usual),
            ("/api/v1/links/%62ulk", BodyLimit::Usual),
        ] {
            assert_eq!(BodyLimit::of(path), limit, "{path}");
        }
    }

    #[test]
    fn bodies_fit_into_lambdas_event_in_either_encoding() {
        let fits = |limit, chunk: &[u8]| BodySize::new(limit).add(chunk);
        assert!(fits(BodyLimit::Usual, &[b'"'; MAX_BODY_BYTES]));
        assert!(!fits(BodyLimit::Usual, &[b'a'; MAX_BODY_BYTES + 1]));
        assert!(fits(BodyLimit::Bulk, &vec![b'a'; MAX_BULK_BODY_BYTES]));
        assert!(!fits(BodyLimit::Bulk, &vec![b'a'; MAX_BULK_BODY_BYTES + 1]));
        assert!(fits(BodyLimit::Bulk, &vec![b'"'; MAX_EVENT_BODY_BYTES / 2]));
        assert!(!fits(BodyLimit::Bulk, &vec![b'"'; MAX_EVENT_BODY_BYTES / 2 + 1]));
        let mut size = BodySize::new(BodyLimit::Bulk);
        assert!(size.add(&vec![b'a'; MAX_BULK_BODY_BYTES]) && !size.add(b"a"));
    }

    #[test]
    fn escaped_length_is_that_of_the_json() {
        for text in ["", "plain", "\"\\\n\r\t\u{0}\u{1f}\u{7f}", "äß€😀"] {
            assert_eq!(
                escaped_bytes(text.as_bytes()) + 2,
                serde_json::to_string(text).unwrap().len(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn malformed_key_is_refused() {
        for (authorization, refused) in [
            (None, Some(401)),
            (Some("Basic dXNlcjpwYXNz"), Some(401)),
            (Some("Bearer short"), Some(401)),
            (Some("Bearer schlüssel-mit-umlaut"), Some(401)),
            (Some("Bearer slk_made-up-but-possible"), None),
            (Some("bearer an-operators-own-key"), None),
        ] {
            assert_eq!(status(check_key(authorization)), refused, "{authorization:?}");
        }
    }
}
