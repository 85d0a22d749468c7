//! A link's password as its Argon2id hash, and how many are worked at at once. Does not limit attempts.

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use link_core::record::PasswordMark;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use crate::limits::HASHING_WAIT;

/// As many as there are cores: each takes one, and 19 MiB.
static AT_WORK: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

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

/// A PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub async fn made_of(password: String) -> Result<Self, HashingError> {
        at_work(move || Self::of(&password)).await?.map_err(|error| HashingError::Failed(error.to_string()))
    }

    pub async fn is_of(self, password: String) -> Result<bool, HashingError> {
        at_work(move || self.matches(&password)).await
    }

    /// Takes tens of milliseconds, on purpose.
    fn of(password: &str) -> Result<Self, password_hash::Error> {
        // 122 random bits.
        let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes())?;
        hasher()?.hash_password(password.as_bytes(), &salt).map(|hash| Self(hash.to_string()))
    }

    /// As it was read from the database.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, password: &str) -> bool {
        let hash = argon2::PasswordHash::new(&self.0);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
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

    #[test]
    fn only_the_very_password_matches() {
        let hash = PasswordHash::of("correct horse ü").unwrap();
        assert!(hash.matches("correct horse ü"));
        assert!(!hash.matches("correct horse u") && !hash.matches(""));
        assert!(!PasswordHash::stored("damaged".into()).matches("damaged"));
    }

    #[test]
    fn every_hash_has_a_mark_of_its_own_and_shows_nothing() {
        let [one, other] = [PasswordHash::of("same").unwrap(), PasswordHash::of("same").unwrap()];
        assert_ne!(one.mark(), other.mark());
        assert_eq!(one.mark(), PasswordHash::stored(one.as_str().to_owned()).mark());
        assert!(!format!("{one:?}").contains("argon2id"));
    }
}
