//! Reads raw clicks of a link or a visitor, newest first. Roll-ups and erasure are in other modules.

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AnalyticsDatabase, StoreError};
use crate::http::timestamp;

/// The columns of a [`RawClick`].
macro_rules! raw_click_columns {
    () => {
        "time, producer, batch, position, class, country, region, city, referrer, browser, browser_version, os, os_version, \
         device, language, destination, tier, status, agent AS user_agent, visitor, request AS request_id, utm "
    };
}

pub(super) use raw_click_columns;

/// A click's position among all clicks, where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickPosition {
    /// Clicks are stored with milliseconds.
    pub time: UnixMillis,
    pub producer: Uuid,
    pub batch: i64,
    pub position: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RawClick {
    pub time: OffsetDateTime,
    pub producer: Uuid,
    pub batch: i64,
    pub position: i32,
    pub class: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub city: Option<String>,
    pub referrer: Option<String>,
    pub browser: Option<String>,
    pub browser_version: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub device: Option<String>,
    pub language: Option<String>,
    pub destination: Option<String>,
    pub tier: String,
    pub status: i16,
    pub user_agent: Option<String>,
    pub visitor: Option<Uuid>,
    pub request_id: String,
    pub utm: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkedClick {
    #[sqlx(rename = "link_id")]
    pub link: Uuid,
    #[sqlx(flatten)]
    pub click: RawClick,
}

impl RawClick {
    pub fn position(&self) -> ClickPosition {
        ClickPosition {
            time: self.time.into(),
            producer: self.producer,
            batch: self.batch,
            position: self.position,
        }
    }
}

impl AnalyticsDatabase {
    pub async fn raw_clicks(
        &self,
        link: LinkId,
        from: UnixMillis,
        to: UnixMillis,
        after: Option<ClickPosition>,
        limit: i64,
    ) -> Result<Vec<RawClick>, StoreError> {
        let first = ClickPosition { time: to, producer: Uuid::nil(), batch: 0, position: 0 };
        let after = after.unwrap_or(first);
        let query = sqlx::query_as(concat!(
            "SELECT ",
            raw_click_columns!(),
            "FROM clicks
             WHERE link_id = $1 AND day BETWEEN ($2 AT TIME ZONE 'UTC')::date AND ($3 AT TIME ZONE 'UTC')::date
               AND time >= $2 AND time <= $3 AND (time, producer, batch, position) < ($3, $4, $5, $6)
             ORDER BY time DESC, producer DESC, batch DESC, position DESC LIMIT $7"
        ))
        .bind(link.0)
        .bind(from.date_time())
        .bind(after.time.date_time())
        .bind(after.producer)
        .bind(after.batch)
        .bind(after.position)
        .bind(limit);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }

    /// Newest first.
    pub async fn clicks_of_visitor(
        &self,
        visitor: Uuid,
        after: Option<ClickPosition>,
        limit: i64,
    ) -> Result<Vec<LinkedClick>, StoreError> {
        let first = ClickPosition { time: *timestamp::LATEST, producer: Uuid::nil(), batch: 0, position: 0 };
        let after = after.unwrap_or(first);
        let query = sqlx::query_as(concat!(
            "SELECT link_id, ",
            raw_click_columns!(),
            "FROM clicks WHERE visitor = $1 AND (time, producer, batch, position) < ($2, $3, $4, $5)
             ORDER BY time DESC, producer DESC, batch DESC, position DESC LIMIT $6"
        ))
        .bind(visitor)
        .bind(after.time.date_time())
        .bind(after.producer)
        .bind(after.batch)
        .bind(after.position)
        .bind(limit);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }
}
