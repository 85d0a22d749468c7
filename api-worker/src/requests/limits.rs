//! Limits of a client's API request: bounded by its size on the way to the origin, so that no proxy in front of the origin
//! refuses it.

use link_core::compatible_apis::SHLINK_KEY;
use link_core::edge_origin::CLIENT_AUTHORIZATION;
use link_core::session::{FETCH_SITE, PAGE_HEADER};

/// A client's headers that are forwarded, and their names at the origin. Of its cookies only the session is.
pub const FORWARDED_HEADERS: [(&str, &str); 9] = [
    ("content-type", "content-type"),
    ("accept", "accept"),
    ("idempotency-key", "idempotency-key"),
    ("if-match", "if-match"),
    ("if-none-match", "if-none-match"),
    ("authorization", CLIENT_AUTHORIZATION),
    (SHLINK_KEY, SHLINK_KEY),
    (PAGE_HEADER, PAGE_HEADER),
    (FETCH_SITE, FETCH_SITE),
];
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
const IMPORTS: &str = "/api/v1/imports/";
/// After the id of an import.
const OF_IMPORT: [&str; 3] = ["/rows", "/visits", "/days"];

/// The size limit of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    Usual,
    /// A thousand links, or what an import brings. The origin checks the key before such a body is read.
    Bulk,
}

impl BodyLimit {
    pub fn of(path: &str) -> Self {
        let of_import = path
            .strip_prefix(IMPORTS)
            .and_then(|rest| OF_IMPORT.iter().find_map(|end| rest.strip_suffix(end)));
        let is_bulk = path == BULK || of_import.is_some_and(|id| !id.contains('/'));
        if is_bulk { Self::Bulk } else { Self::Usual }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bulks_may_be_large() {
        for (path, limit) in [
            ("/api/v1/imports/0198c0de-0000-7000-8000-000000000001/rows", BodyLimit::Bulk),
            ("/api/v1/imports/0198c0de-0000-7000-8000-000000000001/visits", BodyLimit::Bulk),
            ("/api/v1/imports/0198c0de-0000-7000-8000-000000000001/days", BodyLimit::Bulk),
            ("/api/v1/imports/1/x/rows", BodyLimit::Usual),
            ("/api/v1/imports/rows", BodyLimit::Usual),
            ("/api/v1/imports/1/finish", BodyLimit::Usual),
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
}
