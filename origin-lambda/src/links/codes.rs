//! Issues codes: leases blocks of ids from the database, turns ids into codes and skips reserved words. Does not know which codes
//! are taken as aliases; the insert of a link finds out, and the caller asks for the next code.

use std::ops::Range;
use std::sync::PoisonError;

use link_core::names::code::{Code, CodeCipher, IdOutOfSpace, SPACE};
use link_core::names::reserved;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::config::codes::CodesConfig;
use crate::limits;
use crate::store::codes::{Lease, LeaseTerms};
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug)]
pub struct CodeIssuer {
    database: LinksDatabase,
    cipher: CodeCipher,
    terms: LeaseTerms,
    /// The rest of the leased block. Locked while a new block is leased, so that a burst leases once instead of once per request.
    /// A request that is cancelled meanwhile may lose a block, but never issues an id twice.
    block: Mutex<Range<u64>>,
    /// Codes that were drawn but not used for a link.
    unused: std::sync::Mutex<Vec<Code>>,
}

#[derive(Debug, Clone, Error)]
pub enum CodeError {
    #[error("no id below the ceiling of {ceiling} is left")]
    Exhausted { ceiling: u64 },
    #[error(
        "CODE_KEY is not the key that this database's codes were made with (its fingerprint is {expected}, the database has \
         {found}): restore the old key, or issued codes would collide"
    )]
    KeyMismatch { expected: String, found: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Id(#[from] IdOutOfSpace),
}

impl CodeIssuer {
    pub fn new(config: &CodesConfig, database: LinksDatabase, block_size: u64) -> Self {
        Self {
            database,
            cipher: CodeCipher::new(&config.key),
            terms: LeaseTerms {
                block_size,
                ceiling: config.ceiling,
                key_fingerprint: config.key.fingerprint(),
            },
            block: Mutex::new(0..0),
            unused: std::sync::Mutex::default(),
        }
    }

    /// Any key matches a database without codes; the first lease stores its fingerprint.
    pub async fn check_key(&self) -> Result<(), CodeError> {
        match self.database.code_key_fingerprint().await? {
            Some(found) if found != self.terms.key_fingerprint => self.key_mismatch(found),
            _ => Ok(()),
        }
    }

    /// A code that was never issued before, by any origin, and will not be issued again.
    pub async fn next(&self) -> Result<Code, CodeError> {
        let drawn = async { self.draw(&mut *self.block.lock().await, 1).await };
        with_timeout(drawn).await
    }

    /// Returns `count` codes; leases what the block lacks with one statement.
    pub async fn take(&self, count: usize) -> Result<Vec<Code>, CodeError> {
        let mut codes = self.take_unused(count);
        let drawn = async {
            let mut block = self.block.lock().await;
            for wanted in (1..=count.saturating_sub(codes.len())).rev() {
                codes.push(self.draw(&mut block, wanted as u64).await?);
            }
            Ok(())
        };
        match with_timeout(drawn).await {
            Ok(()) => Ok(codes),
            Err(error) => {
                self.return_codes(codes);
                Err(error)
            }
        }
    }

    /// Codes that no link gets: above the ceiling, from a random one on, so that two requests hardly ever use the same.
    pub fn never_issued(&self, count: usize, random: u64) -> Result<Vec<Code>, CodeError> {
        let count = count as u64;
        let room = SPACE.saturating_sub(self.terms.ceiling).saturating_sub(count).max(1);
        let first = self.terms.ceiling + random % room;
        (first..first + count).map(|id| Ok(self.cipher.code(id)?)).collect()
    }

    /// Keeps unused codes for the next request, so that a client that repeats a rejected request does not use up the code space.
    /// Must not get codes that may be in a link. Those that are never issued are dropped.
    pub fn return_codes(&self, codes: impl IntoIterator<Item = Code>) {
        let is_issued = |code: &Code| self.cipher.id(code) < self.terms.ceiling;
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        unused.extend(codes.into_iter().filter(is_issued));
        unused.truncate(limits::MAX_UNSPENT_CODES);
    }

    fn take_unused(&self, most: usize) -> Vec<Code> {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        let left = unused.len().saturating_sub(most);
        unused.split_off(left)
    }

    /// The next code; `wanted` includes the codes that will be drawn after it.
    async fn draw(&self, block: &mut Range<u64>, wanted: u64) -> Result<Code, CodeError> {
        loop {
            let Some(id) = block.next() else {
                let block_size = self.terms.block_size.max(wanted);
                let terms = LeaseTerms { block_size, ..self.terms.clone() };
                *block = match self.database.lease_code_ids(&terms).await? {
                    Lease::Ids(ids) => ids,
                    Lease::Exhausted => return Err(CodeError::Exhausted { ceiling: self.terms.ceiling }),
                    Lease::KeyMismatch(found) => return self.key_mismatch(found),
                };
                continue;
            };
            let code = self.cipher.code(id)?;
            if !reserved::is_reserved(code.as_str()) {
                return Ok(code);
            }
        }
    }

    fn key_mismatch<T>(&self, found: String) -> Result<T, CodeError> {
        Err(CodeError::KeyMismatch { expected: self.terms.key_fingerprint.clone(), found })
    }
}

/// Requests wait for the block one after the other, so the timeout covers the whole wait.
async fn with_timeout<T>(drawn: impl Future<Output = Result<T, CodeError>>) -> Result<T, CodeError> {
    let late = |_| Err(StoreError::links_timed_out("waiting for a code").into());
    timeout(limits::CODE_WAIT, drawn).await.unwrap_or_else(late)
}
