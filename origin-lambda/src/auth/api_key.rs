//! The format of API keys and their stored hash. Does not decide what a key may do.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Makes a key in a repository or a log recognisable, for people and secret scanners.
const PREFIX: &str = "slk_";
/// Follows [`PREFIX`] in the text of a key that is bound to less than its role allows. Releases that know no bounds reject such a key as
/// malformed, instead of letting it do everything.
const BOUND: &str = "b_";
pub const RANDOM_BYTES: usize = 32;
/// [`RANDOM_BYTES`] in Base64 without padding.
const ENCODED_BYTES: usize = 43;

/// The text of a key, which is shown only once, to the caller who created it.
pub struct KeyText(String);

/// SHA-256 of a key. A key is long and random, so a slow hash would only add latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyText {
    pub fn from_random(random: [u8; RANDOM_BYTES], is_bound: bool) -> Self {
        let bound = if is_bound { BOUND } else { "" };
        Self(format!("{PREFIX}{bound}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> KeyHash {
        hash(self.0.as_bytes())
    }
}

impl KeyHash {
    /// `None` if the candidate is not a well-formed key, which needs no lookup.
    pub fn from_candidate(candidate: &[u8]) -> Option<Self> {
        let text = candidate.strip_prefix(PREFIX.as_bytes())?;
        // The random part of an unbound key may begin like that too, but is not longer.
        let bound = text.strip_prefix(BOUND.as_bytes()).filter(|random| random.len() == ENCODED_BYTES);
        let random = bound.unwrap_or(text);
        // A longer candidate is rejected before it is written.
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
    fn debug_output_hides_the_key() {
        let key = KeyText::from_random([0xFB; RANDOM_BYTES], false);
        assert_eq!(key.expose(), "slk_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        assert_eq!(KeyHash::from_candidate(key.expose().as_bytes()), Some(key.hash()));
        assert_eq!(format!("{key:?}"), "KeyText");
    }

    #[test]
    fn bound_key_is_told_by_its_form() {
        // Base64 of an unbound key's bytes that begins like the mark of a bound one.
        let random = [0x6F; RANDOM_BYTES];
        for is_bound in [false, true] {
            let key = KeyText::from_random(random, is_bound);
            assert_eq!(KeyHash::from_candidate(key.expose().as_bytes()), Some(key.hash()));
            assert_eq!(key.expose().starts_with("slk_b_"), is_bound, "{}", key.expose());
        }
        let ambiguous = format!("slk_b_{}A", "7".repeat(40));
        assert!(KeyHash::from_candidate(ambiguous.as_bytes()).is_some());
        assert_eq!(KeyHash::from_candidate(format!("slk_b_{}", "A".repeat(42)).as_bytes()), None);
    }

    #[test]
    fn malformed_key_has_no_hash() {
        let key = KeyText::from_random([7; RANDOM_BYTES], false);
        let key = key.expose();
        for other in ["", "slk_", &key[1..], &key[..46], &format!("{key}A"), &key.replace('c', "+")] {
            assert_eq!(KeyHash::from_candidate(other.as_bytes()), None, "{other}");
        }
        assert_eq!(KeyHash::from_candidate(b"slk_\xff"), None);
    }
}
