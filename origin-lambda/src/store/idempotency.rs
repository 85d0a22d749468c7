//! Stores the responses to requests with an idempotency key. Does not decide which responses are stored.

use std::collections::BTreeMap;

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LinksDatabase, StoreError, WriteSession};
use crate::limits::{IDEMPOTENCY_PURGE_BATCH, IDEMPOTENCY_TTL};

/// A key is scoped to one principal and one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    pub principal: Uuid,
    pub route: String,
    pub key: String,
    /// SHA-256 of the body.
    pub request_hash: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The outcome of one link of a bulk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOutcome {
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The code of the problem, if no link was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotentAnswer {
    Response(StoredResponse),
    /// The outcomes of a bulk, in order, if its response is too large to store.
    Outcomes(Vec<StoredOutcome>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimResult {
    /// No earlier request has claimed the key.
    Fresh,
    Replayed(IdempotentAnswer),
    KeyReused,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    request_hash: Vec<u8>,
    status: Option<i16>,
    headers: Option<Json<BTreeMap<String, String>>>,
    body: Option<Vec<u8>>,
    outcomes: Option<Json<Vec<StoredOutcome>>>,
}

impl LinksDatabase {
    /// Whether the request was executed before, without waiting for a request that is being executed.
    pub async fn find_claim(
        &self,
        claim: &IdempotencyClaim,
        now: UnixMillis,
    ) -> Result<ClaimResult, StoreError> {
        let row = self.0.run(select_answer(claim, now).fetch_optional(&self.0.pool)).await?;
        row.map_or(Ok(ClaimResult::Fresh), |row| answer(row, claim))
    }
}

impl WriteSession {
    /// Waits for another transaction that has claimed the same key.
    pub async fn claim(
        &mut self,
        claim: &IdempotencyClaim,
        now: UnixMillis,
    ) -> Result<ClaimResult, StoreError> {
        loop {
            if self.insert_claim(claim, now).await? {
                return Ok(ClaimResult::Fresh);
            }
            // The response may expire and be deleted between the two statements.
            if let Some(row) = self.stored_answer(claim, now).await? {
                return answer(row, claim);
            }
        }
    }

    async fn insert_claim(&mut self, claim: &IdempotencyClaim, now: UnixMillis) -> Result<bool, StoreError> {
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
            .bind(oldest_valid(now));
        let inserted = self.run(async |connection| insert.fetch_optional(connection).await).await?;
        Ok(inserted.is_some())
    }

    async fn stored_answer(
        &mut self,
        claim: &IdempotencyClaim,
        now: UnixMillis,
    ) -> Result<Option<AnswerRow>, StoreError> {
        let select = select_answer(claim, now);
        self.run(async |connection| select.fetch_optional(connection).await).await
    }

    /// Stores the response with the commit of this transaction, and deletes a few expired ones.
    pub async fn store_answer(
        &mut self,
        claim: &IdempotencyClaim,
        answer: &IdempotentAnswer,
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
            IdempotentAnswer::Response(answer) => (Some(answer), None),
            IdempotentAnswer::Outcomes(outcomes) => (None, Some(Json(outcomes))),
        };
        let status = whole.map(|answer| i16::try_from(answer.status)).transpose();
        let update = update
            .bind(claim.principal)
            .bind(&claim.route)
            .bind(&claim.key)
            .bind(status.map_err(|_| StoreError::Damaged("idempotent_answers.status"))?)
            .bind(whole.map(|answer| Json(&answer.headers)))
            .bind(whole.map(|answer| &answer.body))
            .bind(oldest_valid(now))
            .bind(IDEMPOTENCY_PURGE_BATCH)
            .bind(outcomes);
        self.run(async |connection| update.execute(connection).await).await.map(drop)
    }
}

fn select_answer(claim: &IdempotencyClaim, now: UnixMillis) -> QueryAs<'_, Postgres, AnswerRow, PgArguments> {
    let select = sqlx::query_as(
        "SELECT request_hash, status, headers, body, outcomes FROM idempotent_answers
         WHERE principal = $1 AND route = $2 AND key = $3 AND created_at >= $4",
    );
    select.bind(claim.principal).bind(&claim.route).bind(&claim.key).bind(oldest_valid(now))
}

fn oldest_valid(now: UnixMillis) -> OffsetDateTime {
    now.date_time() - IDEMPOTENCY_TTL
}

fn answer(row: AnswerRow, claim: &IdempotencyClaim) -> Result<ClaimResult, StoreError> {
    if row.request_hash != claim.request_hash {
        return Ok(ClaimResult::KeyReused);
    }
    if let Some(Json(outcomes)) = row.outcomes {
        return Ok(ClaimResult::Replayed(IdempotentAnswer::Outcomes(outcomes)));
    }
    let whole = row.status.zip(row.headers).zip(row.body);
    let ((status, Json(headers)), body) = whole.ok_or(StoreError::Damaged("idempotent_answers"))?;
    let status = u16::try_from(status).map_err(|_| StoreError::Damaged("idempotent_answers.status"))?;
    Ok(ClaimResult::Replayed(IdempotentAnswer::Response(StoredResponse { status, headers, body })))
}
