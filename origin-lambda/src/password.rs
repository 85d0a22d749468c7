//! A link's password in the one form that is hashed, its Argon2id hash, and how many are worked at at once. Does not limit
//! attempts.

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use link_core::record::PasswordMark;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::limits::HASHING_WAIT;

/// Each takes a core and 19 MiB.
static AT_WORK: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(places()));

/// How many passwords are hashed side by side: half of the cores, so that lookups always have the others.
pub(crate) fn places() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

#[derive(Debug, Error)]
pub enum HashingError {
    #[error("too many passwords are being checked")]
    Busy,
    #[error("a password was not hashed: {0}")]
    Failed(String),
}

/// On a thread that serves nobody else. What has begun holds its place until it ends, whoever gives it up.
async fn at_work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingError> {
    let place = timeout(HASHING_WAIT, AT_WORK.acquire()).await;
    let place = place.map_err(|_| HashingError::Busy)?.map_err(|_| HashingError::Busy)?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(|error| HashingError::Failed(error.to_string()))
}

/// As it is hashed, whatever keyboard it comes from: one form for all spellings that look the same. RFC 8265's OpaqueString:
/// every space of Unicode is U+0020, and what can be composed is (NFC). Holds also what could never be set.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub fn typed(text: &str) -> Self {
        Self(text.chars().map(|character| if is_space(character) { ' ' } else { character }).nfc().collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// General category Zs.
fn is_space(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
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
    pub async fn made_of(password: Password) -> Result<Self, HashingError> {
        at_work(move || Self::of(&password)).await?.map_err(|error| HashingError::Failed(error.to_string()))
    }

    pub async fn is_of(self, password: Password) -> Result<bool, HashingError> {
        at_work(move || self.matches(&password)).await
    }

    /// Takes tens of milliseconds, on purpose.
    fn of(password: &Password) -> Result<Self, password_hash::Error> {
        // 122 random bits.
        let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes())?;
        hasher()?.hash_password(password.0.as_bytes(), &salt).map(|hash| Self(hash.to_string()))
    }

    /// As it was read from the database.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, password: &Password) -> bool {
        let hash = argon2::PasswordHash::new(&self.0);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok())
    }

    /// Of the hash, which is salted: two links with one password have different marks.
    pub fn mark(&self) -> PasswordMark {
        let digest = Sha256::new().chain_update("shortline password mark\n").chain_update(&self.0).finalize();
        PasswordMark(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
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
        PasswordHash::of(&Password::typed(text)).unwrap()
    }

    #[test]
    fn only_the_very_password_matches() {
        let hash = hash_of("correct horse ü");
        let matches = |text: &str| hash.matches(&Password::typed(text));
        assert!(matches("correct horse ü"));
        assert!(!matches("correct horse u") && !matches("") && !matches("Correct horse ü"));
        assert!(!PasswordHash::stored("damaged".into()).matches(&Password::typed("damaged")));
    }

    #[test]
    fn spellings_that_look_the_same_are_one_password() {
        for (one, other) in [
            ("cafe\u{301}", "caf\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            ("\u{212b}ngstr", "\u{c5}ngstr"),
            ("two\u{a0}words", "two words"),
            ("two\u{3000}words", "two words"),
        ] {
            assert_eq!(Password::typed(one), Password::typed(other), "{one} {other}");
        }
        for (one, other) in [("Ab", "ab"), ("ﬁn", "fin"), ("２", "2"), (" a", "a"), ("a\tb", "a b")] {
            assert_ne!(Password::typed(one), Password::typed(other), "{one} {other}");
        }
    }

    #[test]
    fn every_hash_has_a_mark_of_its_own_and_shows_nothing() {
        let [one, other] = [hash_of("same"), hash_of("same")];
        assert_ne!(one.mark(), other.mark());
        assert_eq!(one.mark(), PasswordHash::stored(one.as_str().to_owned()).mark());
        assert!(!format!("{one:?}").contains("argon2id"));
        assert!(!format!("{:?}", Password::typed("same")).contains("same"));
    }
}
