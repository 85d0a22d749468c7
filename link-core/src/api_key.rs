//! Reads an API key from a request header and checks its shape. Does not decide what a key may do.

/// Rejects placeholders for the bootstrap key and the edge's secrets. Generated keys have 32 or more bytes, and eight random
/// characters still cannot be guessed over a network.
pub const MIN_KEY_BYTES: usize = 8;
/// Far above any generated key, so that longer texts are not hashed and looked up.
pub const MAX_KEY_BYTES: usize = 512;

/// The key in an `Authorization` header (RFC 6750): the scheme in any case, spaces, the key.
pub fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = header.split_at_checked("Bearer ".len())?;
    let key = key.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty()).then_some(key)
}

/// Whether the text could be a key, including a bootstrap key that an operator chose. The check is cheap enough to run before a
/// body is read.
pub fn may_be_key(text: &[u8]) -> bool {
    (MIN_KEY_BYTES..=MAX_KEY_BYTES).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_key_is_read_as_in_rfc_6750() {
        for header in ["Bearer abc", "bearer abc", "BEARER   abc "] {
            assert_eq!(bearer(header.as_bytes()), Some(&b"abc"[..]), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "abcdefgh", "Bearerabc"] {
            assert_eq!(bearer(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn only_text_with_the_shape_of_a_key_may_be_one() {
        for key in ["slk_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s", "admin-ke", &"k".repeat(MAX_KEY_BYTES)]
        {
            assert!(may_be_key(key.as_bytes()), "{key}");
        }
        for other in
            ["", "short-k", "two words here", "schlüssel", "key\twith-tab", &"k".repeat(MAX_KEY_BYTES + 1)]
        {
            assert!(!may_be_key(other.as_bytes()), "{other}");
        }
    }
}
