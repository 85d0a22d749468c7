//! Sums of clicks that the consumer has left for webhooks. Each is taken by one message and deleted once that is written.

use link_core::time::UnixMillis;
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::limits::{CLICKS_TAKEN_EVERY, MAX_TAKEN_ROWS};

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OutboxSum {
    pub message: Uuid,
    #[sqlx(rename = "link_id")]
    pub link: Uuid,
    pub class: String,
    pub clicks: i64,
}

impl AnalyticsDatabase {
    /// Tells the consumer whether to write sums, and deletes those that nobody wants any more.
    pub async fn set_clicks_wanted(&self, wanted: bool) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH unwanted AS (DELETE FROM click_outbox WHERE NOT $1)
             UPDATE click_outbox_state SET is_wanted = $1 WHERE is_wanted <> $1",
        );
        self.0.run(query.bind(wanted).execute(&self.0.pool)).await.map(drop)
    }

    /// Takes the sums that nobody has taken, if ten seconds have passed since the last time, and returns all that are taken and not
    /// deleted: those of a call that was cut off come again, under the message that they had.
    pub async fn take_clicks(&self, message: Uuid, now: UnixMillis) -> Result<Vec<OutboxSum>, StoreError> {
        let take = sqlx::query(
            "WITH turn AS (
                 UPDATE click_outbox_state SET taken_at = $2
                 WHERE is_wanted AND (taken_at IS NULL OR taken_at <= $3) RETURNING only_row
             )
             UPDATE click_outbox SET message = $1 FROM turn
             WHERE id IN (SELECT id FROM click_outbox WHERE message IS NULL ORDER BY id LIMIT $4)",
        )
        .bind(message)
        .bind(now.date_time())
        .bind(now.date_time() - CLICKS_TAKEN_EVERY)
        .bind(MAX_TAKEN_ROWS);
        self.0.run(take.execute(&self.0.pool)).await?;
        let taken = sqlx::query_as::<_, OutboxSum>(
            "SELECT message, link_id, class, sum(clicks)::bigint AS clicks FROM click_outbox
             WHERE message IS NOT NULL GROUP BY message, link_id, class",
        );
        self.0.run(taken.fetch_all(&self.0.pool)).await
    }

    pub async fn forget_clicks(&self, message: Uuid) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM click_outbox WHERE message = $1");
        self.0.run(query.bind(message).execute(&self.0.pool)).await.map(drop)
    }
}
