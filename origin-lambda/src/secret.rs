//! A secret kept as its digest, and compared in constant time. Does not decide what it opens.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Holds only the SHA-256 of a secret, so that neither a log line nor a core dump gives it away. The secrets here
/// are long and random: a slow password hash would add nothing but latency.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Takes the same time for every candidate of a length, right or wrong.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&digest).into()
    }
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
    fn only_the_very_secret_matches() {
        let secret = Secret::of("correct horse battery");
        assert!(secret.matches(b"correct horse battery"));
        for other in ["", "correct horse batter", "correct horse battery ", "Correct horse battery"] {
            assert!(!secret.matches(other.as_bytes()), "{other:?}");
        }
    }
}
