//! The counter that ids are leased from. Does not turn ids into codes.

use std::ops::Range;

use super::{LinksDatabase, StoreError};

#[derive(Debug, Clone)]
pub struct LeaseTerms {
    pub block_size: u64,
    /// No id from here on is ever leased.
    pub ceiling: u64,
    pub key_fingerprint: String,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Lease {
    /// At most a block, at least one id.
    Ids(Range<u64>),
    Exhausted,
    /// The fingerprint of the key that earlier codes were made with.
    OtherKey(String),
}

impl LinksDatabase {
    pub async fn lease_code_ids(&self, terms: &LeaseTerms) -> Result<Lease, StoreError> {
        let block_size = signed(terms.block_size)?;
        let ceiling = signed(terms.ceiling)?;
        // One statement takes the ids, stops at the ceiling, and stores or checks the key: whatever crashes between two
        // statements, or runs beside this one, can neither take the same ids nor slip in under another key.
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
            // Neither condition ever becomes true again by itself, so it is no race to ask afterwards which one it was.
            None => match self.code_key_fingerprint().await? {
                Some(fingerprint) if fingerprint != terms.key_fingerprint => Ok(Lease::OtherKey(fingerprint)),
                _ => Ok(Lease::Exhausted),
            },
        }
    }

    /// `None` as long as no code has been issued.
    pub async fn code_key_fingerprint(&self) -> Result<Option<String>, StoreError> {
        let row: Option<(Option<String>,)> = self
            .0
            .run(sqlx::query_as("SELECT key_fingerprint FROM code_counter").fetch_optional(&self.0.pool))
            .await?;
        row.map(|(fingerprint,)| fingerprint).ok_or(StoreError::Damaged("code_counter has lost its row"))
    }
}

fn signed(number: u64) -> Result<i64, StoreError> {
    number.try_into().map_err(|_| StoreError::Damaged("an id beyond 2^63"))
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(|_| StoreError::Damaged("a negative id in code_counter"))
}
