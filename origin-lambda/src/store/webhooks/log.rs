//! The messages of an endpoint as its owner sees them: what was sent, and sending it again.

use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::limits::MAX_REPLAYED_MESSAGES;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    Pending,
    Delivered,
    Failed,
}

impl MessageState {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedMessage {
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    pub attempts: i32,
    /// `None` if the first attempt is still to come, or if there is none to come.
    pub next_attempt_at: Option<UnixMillis>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub finished_at: Option<UnixMillis>,
    pub created_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct LoggedRow {
    id: Uuid,
    kind: String,
    state: String,
    attempts: i32,
    next_attempt_at: Option<OffsetDateTime>,
    last_status: Option<i32>,
    last_error: Option<String>,
    finished_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl From<LoggedRow> for LoggedMessage {
    fn from(row: LoggedRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at.map(UnixMillis::from),
            last_status: row.last_status,
            last_error: row.last_error,
            finished_at: row.finished_at.map(UnixMillis::from),
            created_at: row.created_at.into(),
        }
    }
}

macro_rules! logged_columns {
    () => {
        "id, type AS kind, state, attempts, CASE WHEN state = 'pending' AND attempts > 0 THEN next_attempt_at END AS next_attempt_at, \
         last_status, last_error, finished_at, created_at"
    };
}

/// Which messages are sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    Messages(Vec<Uuid>),
    /// Those that failed, of events of this time.
    Failed {
        from: UnixMillis,
        to: UnixMillis,
    },
}

impl LinksDatabase {
    /// Newest first.
    pub async fn messages(
        &self,
        endpoint: Uuid,
        state: Option<MessageState>,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<LoggedMessage>, StoreError> {
        let query = sqlx::query_as::<_, LoggedRow>(concat!(
            "SELECT ",
            logged_columns!(),
            " FROM webhook_messages WHERE endpoint = $1 AND id < $2 AND ($3::text IS NULL OR state = $3)
              ORDER BY id DESC LIMIT $4"
        ))
        .bind(endpoint)
        .bind(before)
        .bind(state.map(MessageState::as_str))
        .bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(LoggedMessage::from).collect())
    }

    /// A message of no change. `None` if there is no such endpoint.
    pub async fn insert_test_message(
        &self,
        endpoint: Uuid,
        kind: &str,
        data: &serde_json::Value,
    ) -> Result<Option<LoggedMessage>, StoreError> {
        let query = sqlx::query_as::<_, LoggedRow>(concat!(
            "INSERT INTO webhook_messages (endpoint, type, data)
             SELECT id, $2, $3 FROM webhook_endpoints WHERE id = $1
             RETURNING ",
            logged_columns!()
        ));
        let query = query.bind(endpoint).bind(kind).bind(data);
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.map(LoggedMessage::from))
    }

    /// Makes finished messages due again, with the ids that they had. Returns how many.
    pub async fn replay_messages(&self, endpoint: Uuid, replay: &Replay) -> Result<u64, StoreError> {
        let (ids, range) = match replay {
            Replay::Messages(ids) => (Some(ids.as_slice()), None),
            Replay::Failed { from, to } => (None, Some((from.date_time(), to.date_time()))),
        };
        let query = sqlx::query(
            "UPDATE webhook_messages SET state = 'pending', attempts = 0, next_attempt_at = 'epoch', finished_at = NULL
             WHERE id IN (
                 SELECT id FROM webhook_messages
                 WHERE endpoint = $1 AND state <> 'pending'
                     AND (id = ANY ($2::uuid[]) OR state = 'failed' AND created_at >= $3 AND created_at < $4)
                 ORDER BY id LIMIT $5 FOR UPDATE)",
        )
        .bind(endpoint)
        .bind(ids)
        .bind(range.map(|(from, _)| from))
        .bind(range.map(|(_, to)| to))
        .bind(MAX_REPLAYED_MESSAGES);
        Ok(self.0.run(query.execute(&self.0.pool)).await?.rows_affected())
    }
}
