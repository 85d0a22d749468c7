//! What an API key looks like and what is remembered of it. Does not decide what it opens.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// So that a key which turns up in a repository or a log is recognised as one, by people and by secret scanners.
const PREFIX: &str = "slk_";
pub const RANDOM_BYTES: usize = 32;

/// A key as it is shown once, to whoever made it.
pub struct KeyText(String);

/// SHA-256 of a key. A key is long and random: a slow hash would add nothing but latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyText {
    pub fn of(random: [u8; RANDOM_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> KeyHash {
        hash(self.0.as_bytes())
    }
}

impl KeyHash {
    /// `None` for what has not the form of a key: nobody needs to look for it.
    pub fn of_candidate(candidate: &[u8]) -> Option<Self> {
        let random = candidate.strip_prefix(PREFIX.as_bytes())?;
        // One byte more than a key decodes to is refused before it is written.
        let mut decoded = [0; RANDOM_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(random, &mut decoded).ok()?;
        (length == RANDOM_BYTES).then(|| hash(candidate))
    }
}

fn hash(text: &[u8]) -> KeyHash {
    KeyHash(Sha256::digest(text).into())
}

impl fmt::Debug for KeyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyText")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_hash_and_never_shown_by_accident() {
        let key = KeyText::of([0xFB; RANDOM_BYTES]);
        assert_eq!(key.expose(), "slk_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        assert_eq!(KeyHash::of_candidate(key.expose().as_bytes()), Some(key.hash()));
        assert_eq!(format!("{key:?}"), "KeyText");
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_not_looked_for() {
        let key = KeyText::of([7; RANDOM_BYTES]);
        let key = key.expose();
        for other in ["", "slk_", &key[1..], &key[..46], &format!("{key}A"), &key.replace('c', "+")] {
            assert_eq!(KeyHash::of_candidate(other.as_bytes()), None, "{other}");
        }
        assert_eq!(KeyHash::of_candidate(b"slk_\xff"), None);
    }
}
