//! Leases ids from the counter row. Does not turn ids into codes.

use std::ops::Range;

use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone)]
pub struct LeaseTerms {
    pub block_size: u64,
    /// The first id that is never leased.
    pub ceiling: u64,
    pub key_fingerprint: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Lease {
    /// At least one id, at most a block.
    Ids(Range<u64>),
    Exhausted,
    /// Codes were issued with another key, which has this fingerprint.
    KeyMismatch(String),
}

impl LinksDatabase {
    pub async fn lease_code_ids(&self, terms: &LeaseTerms) -> Result<Lease, StoreError> {
        let block_size = signed(terms.block_size)?;
        let ceiling = signed(terms.ceiling)?;
        // One statement takes the ids, stops at the ceiling, and stores or checks the key: neither a crash nor a concurrent
        // statement can lease the same ids or use another key.
        let leased: Option<(i64, i64)> = self
            .0
            .run(
                sqlx::query_as(
                    "UPDATE code_counter
                     SET next_id = LEAST(next_id + $1, $2), key_fingerprint = $3
                     WHERE next_id < $2 AND (key_fingerprint IS NULL OR key_fingerprint = $3)
                     RETURNING old.next_id, new.next_id",
                )
                .bind(block_size)
                .bind(ceiling)
                .bind(&terms.key_fingerprint)
                .fetch_optional(&self.0.pool),
            )
            .await?;
        match leased {
            Some((first, end)) => Ok(Lease::Ids(unsigned(first)?..unsigned(end)?)),
            // Neither condition can become true again by itself, so checking afterwards which one failed is not a race.
            None => match self.code_key_fingerprint().await? {
                Some(fingerprint) if fingerprint != terms.key_fingerprint => {
                    Ok(Lease::KeyMismatch(fingerprint))
                }
                _ => Ok(Lease::Exhausted),
            },
        }
    }

    /// `None` before the first lease.
    pub async fn code_key_fingerprint(&self) -> Result<Option<String>, StoreError> {
        let row: Option<(Option<String>,)> = self
            .0
            .run(sqlx::query_as("SELECT key_fingerprint FROM code_counter").fetch_optional(&self.0.pool))
            .await?;
        row.map(|(fingerprint,)| fingerprint).ok_or(StoreError::Damaged("code_counter: the row is missing"))
    }
}

fn signed(number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(|_| StoreError::Damaged("code_counter: an id beyond 2^63"))
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(|_| StoreError::Damaged("code_counter: a negative id"))
}
