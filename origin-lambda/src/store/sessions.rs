//! Sessions as rows. Does not decide what a session may do: its key does.

use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};
use crate::auth::api_key::KeyHash;
use crate::auth::session::SessionHash;
use crate::limits::MAX_SESSIONS_PER_KEY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSession {
    pub token: SessionHash,
    /// Nil for the bootstrap key.
    pub principal: Uuid,
    pub key: KeyHash,
    pub expires_at: UnixMillis,
    /// The session that the browser had before.
    pub replaced: Option<SessionHash>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub principal: Uuid,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    principal: Uuid,
    key_hash: [u8; 32],
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            principal: row.principal,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
        }
    }
}

fn both_hashes(token: SessionHash) -> Vec<[u8; 32]> {
    vec![token.0, token.of_bound_key().0]
}

impl LinksDatabase {
    /// Ends the key's oldest sessions beyond the limit, and the one that this one replaces.
    pub async fn insert_session(&self, new: &NewSession, now: UnixMillis) -> Result<Session, StoreError> {
        let query = sqlx::query_as::<_, SessionRow>(
            "WITH ended AS (
                 DELETE FROM sessions WHERE token_hash = ANY($6) OR id IN (
                     SELECT id FROM sessions WHERE principal = $2 ORDER BY id DESC OFFSET $7)
             )
             INSERT INTO sessions (token_hash, principal, key_hash, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)
             RETURNING id, principal, key_hash, created_at, expires_at",
        )
        .bind(new.token.0)
        .bind(new.principal)
        .bind(new.key.0)
        .bind(now.date_time())
        .bind(new.expires_at.date_time())
        .bind(new.replaced.map_or_else(Vec::new, both_hashes))
        .bind(MAX_SESSIONS_PER_KEY - 1);
        self.0.run(query.fetch_one(&self.0.pool)).await.map(Session::from)
    }

    /// A session that is not over, and the hash of the key that it was made with.
    pub async fn session(
        &self,
        token: SessionHash,
        now: UnixMillis,
    ) -> Result<Option<(Session, KeyHash)>, StoreError> {
        let query = sqlx::query_as::<_, SessionRow>(
            "SELECT id, principal, key_hash, created_at, expires_at FROM sessions
             WHERE token_hash = ANY($1) AND expires_at > $2",
        );
        let query = query.bind(both_hashes(token)).bind(now.date_time());
        let row = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(row.map(|row| (KeyHash(row.key_hash), row)).map(|(key, row)| (row.into(), key)))
    }

    /// The sessions of a key that work, oldest first. `admin_key` is what the current bootstrap key's sessions have.
    pub async fn sessions(
        &self,
        principal: Uuid,
        admin_key: KeyHash,
        now: UnixMillis,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Session>, StoreError> {
        let query = sqlx::query_as::<_, SessionRow>(
            "SELECT id, principal, key_hash, created_at, expires_at FROM sessions
             WHERE principal = $1 AND id > $4 AND expires_at > $3
               AND (key_hash = $2 OR EXISTS (
                   SELECT FROM api_keys key
                   WHERE key.id = sessions.principal
                     AND (key.key_hash = sessions.key_hash
                          OR key.previous_hash = sessions.key_hash AND key.previous_until > $3)))
             ORDER BY id LIMIT $5",
        );
        let query = query.bind(principal).bind(admin_key.0).bind(now.date_time()).bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// Whether the key had such a session.
    pub async fn end_session(&self, principal: Uuid, id: Uuid) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM sessions WHERE principal = $1 AND id = $2");
        let ended = self.0.run(query.bind(principal).bind(id).execute(&self.0.pool)).await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends all sessions of a key.
    pub async fn end_sessions(&self, principal: Uuid) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM sessions WHERE principal = $1");
        self.0.run(query.bind(principal).execute(&self.0.pool)).await.map(drop)
    }
}
