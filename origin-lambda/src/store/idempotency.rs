//! Answers that were given to requests with an idempotency key. Does not decide which answers are kept.

use std::collections::BTreeMap;

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Session, StoreError};
use crate::limits::{IDEMPOTENCY_KEPT, IDEMPOTENCY_PURGED_AT_ONCE};

/// A key counts for one principal and one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub principal: Uuid,
    pub route: String,
    pub key: String,
    /// SHA-256 of the body.
    pub request_hash: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What became of one link of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptOutcome {
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// Of the problem, where no link was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptAnswer {
    Whole(StoredAnswer),
    /// Of a bulk whose answer is too large to be kept, in order.
    Outcomes(Vec<KeptOutcome>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// This transaction answers it.
    Now,
    Before(KeptAnswer),
    ForAnotherRequest,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    request_hash: Vec<u8>,
    status: Option<i16>,
    headers: Option<Json<BTreeMap<String, String>>>,
    body: Option<Vec<u8>>,
    outcomes: Option<Json<Vec<KeptOutcome>>>,
}

impl Session {
    /// While another transaction has claimed the same key, this waits for its end.
    pub async fn claim(&mut self, claim: &Claim, now: UnixMillis) -> Result<Claimed, StoreError> {
        loop {
            if self.insert_claim(claim, now).await? {
                return Ok(Claimed::Now);
            }
            // Between the two statements the answer may become too old and be deleted.
            if let Some(row) = self.stored_answer(claim).await? {
                return answer(row, claim);
            }
        }
    }

    async fn insert_claim(&mut self, claim: &Claim, now: UnixMillis) -> Result<bool, StoreError> {
        let insert = sqlx::query_scalar::<_, bool>(
            "INSERT INTO idempotent_answers AS kept (principal, route, key, request_hash, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (principal, route, key) DO UPDATE
                 SET request_hash = excluded.request_hash, status = NULL, headers = NULL, body = NULL,
                     outcomes = NULL, created_at = excluded.created_at
                 WHERE kept.created_at < $6
             RETURNING true",
        );
        let insert = insert
            .bind(claim.principal)
            .bind(&claim.route)
            .bind(&claim.key)
            .bind(&claim.request_hash)
            .bind(now.date_time())
            .bind(too_old(now));
        let inserted = self.run(async |connection| insert.fetch_optional(connection).await).await?;
        Ok(inserted.is_some())
    }

    async fn stored_answer(&mut self, claim: &Claim) -> Result<Option<AnswerRow>, StoreError> {
        let select = sqlx::query_as::<_, AnswerRow>(
            "SELECT request_hash, status, headers, body, outcomes FROM idempotent_answers
             WHERE principal = $1 AND route = $2 AND key = $3",
        );
        let select = select.bind(claim.principal).bind(&claim.route).bind(&claim.key);
        self.run(async |connection| select.fetch_optional(connection).await).await
    }

    /// Kept from the commit on. A few that have become too old go in return.
    pub async fn keep_answer(
        &mut self,
        claim: &Claim,
        answer: &KeptAnswer,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let update = sqlx::query(
            "WITH purged AS (
                 DELETE FROM idempotent_answers WHERE (principal, route, key) IN (
                     SELECT principal, route, key FROM idempotent_answers WHERE created_at < $7
                     ORDER BY created_at LIMIT $8 FOR UPDATE SKIP LOCKED
                 )
             )
             UPDATE idempotent_answers SET status = $4, headers = $5, body = $6, outcomes = $9
             WHERE principal = $1 AND route = $2 AND key = $3",
        );
        let (whole, outcomes) = match answer {
            KeptAnswer::Whole(answer) => (Some(answer), None),
            KeptAnswer::Outcomes(outcomes) => (None, Some(Json(outcomes))),
        };
        let status = whole.map(|answer| i16::try_from(answer.status)).transpose();
        let update = update
            .bind(claim.principal)
            .bind(&claim.route)
            .bind(&claim.key)
            .bind(status.map_err(|_| StoreError::Damaged("a status beyond 2^15"))?)
            .bind(whole.map(|answer| Json(&answer.headers)))
            .bind(whole.map(|answer| &answer.body))
            .bind(too_old(now))
            .bind(IDEMPOTENCY_PURGED_AT_ONCE)
            .bind(outcomes);
        self.run(async |connection| update.execute(connection).await).await.map(drop)
    }
}

fn too_old(now: UnixMillis) -> OffsetDateTime {
    now.date_time() - IDEMPOTENCY_KEPT
}

fn answer(row: AnswerRow, claim: &Claim) -> Result<Claimed, StoreError> {
    if row.request_hash != claim.request_hash {
        return Ok(Claimed::ForAnotherRequest);
    }
    if let Some(Json(outcomes)) = row.outcomes {
        return Ok(Claimed::Before(KeptAnswer::Outcomes(outcomes)));
    }
    let whole = row.status.zip(row.headers).zip(row.body);
    let ((status, Json(headers)), body) = whole.ok_or(StoreError::Damaged("idempotent_answers"))?;
    let status = u16::try_from(status).map_err(|_| StoreError::Damaged("idempotent_answers.status"))?;
    Ok(Claimed::Before(KeptAnswer::Whole(StoredAnswer { status, headers, body })))
}
