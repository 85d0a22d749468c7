//! Issues codes: ids from a block leased from the database, turned into codes, reserved words skipped. Does not know
//! which codes are taken as aliases; whoever stores a link finds out and asks for the next one.

use std::ops::Range;
use std::sync::PoisonError;

use link_core::code::{Code, CodeCipher, IdOutOfSpace};
use link_core::reserved;
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
    /// What is left of the block. Held while a new one is leased, so that a burst leases once and not once per request.
    /// A request that is given up in the middle of that may lose a block, never issue an id twice.
    block: Mutex<Range<u64>>,
    /// Codes that were drawn and went into no link.
    unspent: std::sync::Mutex<Vec<Code>>,
}

#[derive(Debug, Clone, Error)]
pub enum CodesError {
    #[error("no id below the ceiling of {ceiling} is left")]
    Exhausted { ceiling: u64 },
    #[error(
        "CODE_KEY is not the key that this database's codes were made with (its fingerprint is {ours}, the database's \
         {theirs}): restore the old key, or issued codes would collide"
    )]
    KeyMismatch { ours: String, theirs: String },
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
            unspent: std::sync::Mutex::default(),
        }
    }

    /// A key that was never used is right: the first lease makes it the database's.
    pub async fn check_key(&self) -> Result<(), CodesError> {
        match self.database.code_key_fingerprint().await? {
            Some(theirs) if theirs != self.terms.key_fingerprint => self.key_mismatch(theirs),
            _ => Ok(()),
        }
    }

    /// A code that was never issued before, by anyone, and never will be again.
    pub async fn next(&self) -> Result<Code, CodesError> {
        let drawn = async { self.draw(&mut *self.block.lock().await, 1).await };
        in_time(drawn).await
    }

    /// As many of them; what the block lacks is leased at once.
    pub async fn take(&self, count: usize) -> Result<Vec<Code>, CodesError> {
        let mut codes = self.unspent(count);
        let drawn = async {
            let mut block = self.block.lock().await;
            for wanted in (1..=count.saturating_sub(codes.len())).rev() {
                codes.push(self.draw(&mut block, wanted as u64).await?);
            }
            Ok(())
        };
        match in_time(drawn).await {
            Ok(()) => Ok(codes),
            Err(error) => {
                self.give_back(codes);
                Err(error)
            }
        }
    }

    /// For whoever asks next: a client that repeats what is refused would wear the space of codes out. Not what may be in a link.
    pub fn give_back(&self, codes: impl IntoIterator<Item = Code>) {
        let mut unspent = self.unspent.lock().unwrap_or_else(PoisonError::into_inner);
        unspent.extend(codes);
        unspent.truncate(limits::MAX_UNSPENT_CODES);
    }

    fn unspent(&self, most: usize) -> Vec<Code> {
        let mut unspent = self.unspent.lock().unwrap_or_else(PoisonError::into_inner);
        let left = unspent.len().saturating_sub(most);
        unspent.split_off(left)
    }

    /// The next code; `wanted` counts those that will be drawn after it too.
    async fn draw(&self, block: &mut Range<u64>, wanted: u64) -> Result<Code, CodesError> {
        loop {
            let Some(id) = block.next() else {
                let block_size = self.terms.block_size.max(wanted);
                let terms = LeaseTerms { block_size, ..self.terms.clone() };
                *block = match self.database.lease_code_ids(&terms).await? {
                    Lease::Ids(ids) => ids,
                    Lease::Exhausted => return Err(CodesError::Exhausted { ceiling: self.terms.ceiling }),
                    Lease::OtherKey(theirs) => return self.key_mismatch(theirs),
                };
                continue;
            };
            let code = self.cipher.code(id)?;
            if !reserved::is_reserved(code.as_str()) {
                return Ok(code);
            }
        }
    }

    fn key_mismatch<T>(&self, theirs: String) -> Result<T, CodesError> {
        Err(CodesError::KeyMismatch { ours: self.terms.key_fingerprint.clone(), theirs })
    }
}

/// Those who wait for the block wait one after the other, so the time has to be taken around all of it.
async fn in_time<T>(drawn: impl Future<Output = Result<T, CodesError>>) -> Result<T, CodesError> {
    let late = |_| Err(StoreError::links_timed_out("waiting for a code").into());
    timeout(limits::CODE_WAIT, drawn).await.unwrap_or_else(late)
}
