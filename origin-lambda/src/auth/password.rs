//! A link's password in normalized form, its Argon2id hash, and the limit on concurrent hashing. `store::password_attempts` limits
//! attempts.

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use link_core::hex::hex;
use link_core::record::PasswordMark;
use sha2::{Digest, Sha256};
use telemetry::traces::TARGET;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{Instrument, info_span};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use uuid::Uuid;

use crate::limits::HASHING_WAIT;

/// Each hash takes a core and 19 MiB.
static HASHING_PERMITS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(max_concurrent_hashes()));

/// Passwords hashed at a time: half of the cores, so that lookups always have the others.
pub(crate) fn max_concurrent_hashes() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

#[derive(Debug, Error)]
pub enum HashingError {
    #[error("too many passwords are being checked")]
    Busy,
    #[error("hashing a password failed: {0}")]
    Failed(String),
}

/// Runs on a blocking thread. Holds its permit until it ends, even if the caller gives up.
async fn run_hashing<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HashingError> {
    let hashing = async {
        let permit = timeout(HASHING_WAIT, HASHING_PERMITS.acquire()).await;
        let permit = permit.map_err(|_| HashingError::Busy)?.map_err(|_| HashingError::Busy)?;
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        task.await.map_err(|error| HashingError::Failed(error.to_string()))
    };
    hashing.instrument(info_span!(target: TARGET, "hash a password")).await
}

/// A password in the form that is hashed, so that every keyboard produces the same one. RFC 8265's OpaqueString: every Unicode
/// space becomes U+0020, then NFC. Not checked: a visitor may send a password that cannot be set.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub fn normalized(text: &str) -> Self {
        Self(text.chars().map(|character| if is_space(character) { ' ' } else { character }).nfc().collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_space(character: char) -> bool {
    character.general_category() == GeneralCategory::SpaceSeparator
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// A PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub async fn compute(password: Password) -> Result<Self, HashingError> {
        run_hashing(move || Self::compute_blocking(&password))
            .await?
            .map_err(|error| HashingError::Failed(error.to_string()))
    }

    pub async fn verify(self, password: Password) -> Result<bool, HashingError> {
        run_hashing(move || self.matches(&password)).await
    }

    /// Takes tens of milliseconds by design.
    fn compute_blocking(password: &Password) -> Result<Self, password_hash::Error> {
        // 122 random bits.
        let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes())?;
        hasher()?.hash_password(password.0.as_bytes(), &salt).map(|hash| Self(hash.to_string()))
    }

    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, password: &Password) -> bool {
        let hash = argon2::PasswordHash::new(&self.0);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok())
    }

    /// Derived from the salted hash, so two links with the same password have different marks.
    pub fn mark(&self) -> PasswordMark {
        let digest = Sha256::new().chain_update("shortline password mark\n").chain_update(&self.0).finalize();
        PasswordMark(hex(digest.split_at(8).0))
    }
}

/// OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
fn hasher() -> Result<Argon2<'static>, password_hash::Error> {
    let parameters = Params::new(19 * 1_024, 2, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(text: &str) -> PasswordHash {
        PasswordHash::compute_blocking(&Password::normalized(text)).unwrap()
    }

    #[test]
    fn only_the_exact_password_matches() {
        let hash = hash_of("correct horse ü");
        let matches = |text: &str| hash.matches(&Password::normalized(text));
        assert!(matches("correct horse ü"));
        assert!(!matches("correct horse u") && !matches("") && !matches("Correct horse ü"));
        assert!(!PasswordHash::from_stored("damaged".into()).matches(&Password::normalized("damaged")));
    }

    #[test]
    fn spellings_that_look_the_same_are_equal() {
        for (one, other) in [
            ("cafe\u{301}", "caf\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("\u{212b}ngstr", "\u{c5}ngstr"),
            ("two\u{a0}words", "two words"),
            ("two\u{3000}words", "two words"),
        ] {
            assert_eq!(Password::normalized(one), Password::normalized(other), "{one} {other}");
        }
        for (one, other) in [("Ab", "ab"), ("ﬁn", "fin"), ("２", "2"), (" a", "a"), ("a\tb", "a b")] {
            assert_ne!(Password::normalized(one), Password::normalized(other), "{one} {other}");
        }
    }

    #[test]
    fn every_hash_has_its_own_mark_and_hides_in_debug() {
        let [one, other] = [hash_of("same"), hash_of("same")];
        assert_ne!(one.mark(), other.mark());
        assert_eq!(one.mark(), PasswordHash::from_stored(one.as_str().to_owned()).mark());
        assert!(!format!("{one:?}").contains("argon2id"));
        assert!(!format!("{:?}", Password::normalized("same")).contains("same"));
    }
}
