//! Leases messages to a sender and records how each attempt went. Does not send, and does not decide when to try again.

use link_core::time::UnixMillis;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::limits::MAX_DELIVERIES_PER_ENDPOINT;
use crate::store::{LinksDatabase, StoreError};

/// A message with what its endpoint is now.
#[derive(Debug, Clone, PartialEq)]
pub struct LeasedMessage {
    pub id: Uuid,
    pub endpoint: Uuid,
    pub kind: String,
    pub data: Value,
    pub created_at: UnixMillis,
    pub url: String,
    pub generation: i32,
    pub previous_until: Option<UnixMillis>,
}

#[derive(sqlx::FromRow)]
struct LeasedRow {
    id: Uuid,
    endpoint: Uuid,
    kind: String,
    data: Value,
    created_at: OffsetDateTime,
    url: String,
    generation: i32,
    previous_until: Option<OffsetDateTime>,
}

impl From<LeasedRow> for LeasedMessage {
    fn from(row: LeasedRow) -> Self {
        Self {
            id: row.id,
            endpoint: row.endpoint,
            kind: row.kind,
            data: row.data,
            created_at: row.created_at.into(),
            url: row.url,
            generation: row.generation,
            previous_until: row.previous_until.map(UnixMillis::from),
        }
    }
}

/// An attempt that a sender reports. It counts only while its lease does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    pub message: Uuid,
    pub lease: Uuid,
    pub status: Option<u16>,
    /// `None` if it succeeded.
    pub error: Option<&'a str>,
}

impl LinksDatabase {
    /// Tells of links that have expired by then.
    pub async fn tell_expired_links(&self, until: UnixMillis) -> Result<(), StoreError> {
        let query = sqlx::query("SELECT tell_expired_links($1)");
        self.0.run(query.bind(until.date_time()).execute(&self.0.pool)).await.map(drop)
    }

    /// Takes messages that are due until the lease ends. No two senders get one at a time; a message waits for an earlier one about
    /// the same link; an endpoint that fails gets one at a time, so that it does not take the others' turn.
    pub async fn lease_messages(
        &self,
        lease: Uuid,
        until: UnixMillis,
        limit: i64,
        now: UnixMillis,
    ) -> Result<Vec<LeasedMessage>, StoreError> {
        let query = sqlx::query_as::<_, LeasedRow>(
            "WITH due AS (
                 SELECT message.id FROM webhook_endpoints endpoint
                 CROSS JOIN LATERAL (
                     SELECT id, next_attempt_at FROM webhook_messages candidate
                     WHERE candidate.endpoint = endpoint.id AND state = 'pending' AND next_attempt_at <= $1
                         AND (leased_until IS NULL OR leased_until <= $1)
                         AND NOT EXISTS (
                             SELECT FROM webhook_messages earlier
                             WHERE earlier.endpoint = candidate.endpoint AND earlier.state = 'pending'
                                 AND earlier.id < candidate.id AND earlier.subjects && candidate.subjects)
                     ORDER BY next_attempt_at, id
                     LIMIT CASE WHEN endpoint.failing_since IS NULL THEN $5 ELSE 1 END
                 ) message
                 WHERE endpoint.enabled
                 ORDER BY message.next_attempt_at, message.id LIMIT $4
             ), free AS (
                 SELECT id FROM webhook_messages
                 WHERE id IN (SELECT id FROM due) AND state = 'pending'
                     AND (leased_until IS NULL OR leased_until <= $1)
                 ORDER BY id FOR UPDATE SKIP LOCKED
             )
             UPDATE webhook_messages message SET lease = $2, leased_until = $3
             FROM free, webhook_endpoints endpoint
             WHERE message.id = free.id AND endpoint.id = message.endpoint
             RETURNING message.id, message.endpoint, message.type AS kind, message.data, message.created_at, endpoint.url,
                 endpoint.generation, endpoint.previous_until",
        )
        .bind(now.date_time())
        .bind(lease)
        .bind(until.date_time())
        .bind(limit)
        .bind(MAX_DELIVERIES_PER_ENDPOINT);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(LeasedMessage::from).collect())
    }

    /// How often the message was tried before this attempt. `None` if the attempt does not count.
    pub async fn earlier_attempts(&self, attempt: &Attempt<'_>) -> Result<Option<usize>, StoreError> {
        let query = sqlx::query_scalar::<_, i32>(
            "SELECT attempts FROM webhook_messages WHERE id = $1 AND lease = $2 AND state = 'pending'",
        );
        let query = query.bind(attempt.message).bind(attempt.lease);
        let attempts = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        attempts
            .map(|number| number.try_into().map_err(|_| StoreError::Damaged("webhook_messages.attempts")))
            .transpose()
    }

    pub async fn message_delivered(&self, attempt: &Attempt<'_>, now: UnixMillis) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH message AS (
                 UPDATE webhook_messages SET state = 'delivered', attempts = attempts + 1, last_status = $3, last_error = NULL,
                     finished_at = $4, lease = NULL, leased_until = NULL
                 WHERE id = $1 AND lease = $2 AND state = 'pending' RETURNING endpoint
             )
             UPDATE webhook_endpoints SET failing_since = NULL, last_error = NULL, last_success_at = $4
             FROM message WHERE webhook_endpoints.id = message.endpoint",
        )
        .bind(attempt.message)
        .bind(attempt.lease)
        .bind(attempt.status.map(i32::from))
        .bind(now.date_time());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }

    /// `next` is `None` after the last attempt. With `gone` the endpoint gets nothing more.
    pub async fn message_failed(
        &self,
        attempt: &Attempt<'_>,
        next: Option<UnixMillis>,
        gone: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH message AS (
                 UPDATE webhook_messages SET state = CASE WHEN $5::timestamptz IS NULL THEN 'failed' ELSE 'pending' END,
                     attempts = attempts + 1, last_status = $3, last_error = $4,
                     next_attempt_at = coalesce($5, next_attempt_at), finished_at = CASE WHEN $5 IS NULL THEN $7::timestamptz END,
                     lease = NULL, leased_until = NULL
                 WHERE id = $1 AND lease = $2 AND state = 'pending' RETURNING endpoint
             )
             UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, $7), last_error = $4,
                 enabled = enabled AND $6::text IS NULL, disabled_reason = coalesce($6, disabled_reason)
             FROM message WHERE webhook_endpoints.id = message.endpoint",
        )
        .bind(attempt.message)
        .bind(attempt.lease)
        .bind(attempt.status.map(i32::from))
        .bind(attempt.error)
        .bind(next.map(UnixMillis::date_time))
        .bind(gone)
        .bind(now.date_time());
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
