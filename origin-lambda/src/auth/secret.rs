//! Holds a secret as its digest and compares it in constant time. Does not decide what it grants.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a secret, so that neither a log line nor a core dump reveals it. These secrets are long and random, so a slow
/// hash would only add latency.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Takes the same time for every candidate of the same length.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }
}

pub(crate) fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so there is no error to handle.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().into())
        .unwrap_or_default()
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_secret_matches() {
        let secret = Secret::new("correct horse battery");
        assert!(secret.matches(b"correct horse battery"));
        for other in ["", "correct horse batter", "correct horse battery ", "Correct horse battery"] {
            assert!(!secret.matches(other.as_bytes()), "{other:?}");
        }
    }
}
