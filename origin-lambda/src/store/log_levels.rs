//! Levels of the log that an operator has raised, as rows.

use std::time::Duration;

use link_core::time::UnixMillis;
use startup::RaisedLevel;
use time::OffsetDateTime;

use super::{LinksDatabase, StoreError};
use crate::limits::MAX_LOG_LEVELS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevel {
    pub module: String,
    pub level: String,
    pub ends_at: UnixMillis,
}

impl LogLevel {
    pub fn raised(self, now: UnixMillis) -> RaisedLevel {
        let remaining = u64::try_from(self.ends_at.millis_since(now)).unwrap_or_default();
        RaisedLevel { module: self.module, level: self.level, remaining: Duration::from_millis(remaining) }
    }
}

impl LinksDatabase {
    /// Replaces the module's level, and removes those that have ended. Returns false if there are too many.
    pub async fn raise_log_level(&self, raised: &LogLevel, now: UnixMillis) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "WITH ended AS (DELETE FROM log_levels WHERE ends_at <= $4 AND module <> $1)
             INSERT INTO log_levels (module, level, ends_at)
             SELECT $1, $2, $3 WHERE (SELECT count(*) FROM log_levels WHERE ends_at > $4 AND module <> $1) < $5
             ON CONFLICT (module) DO UPDATE SET level = excluded.level, ends_at = excluded.ends_at",
        )
        .bind(&raised.module)
        .bind(&raised.level)
        .bind(raised.ends_at.date_time())
        .bind(now.date_time())
        .bind(MAX_LOG_LEVELS);
        let raised = self.0.run(query.execute(&self.0.pool)).await?;
        Ok(raised.rows_affected() > 0)
    }

    /// Returns false if the module has no level of its own.
    pub async fn remove_log_level(&self, module: &str, now: UnixMillis) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar::<_, OffsetDateTime>(
            "DELETE FROM log_levels WHERE module = $1 RETURNING ends_at",
        );
        let ended = self.0.run(query.bind(module).fetch_optional(&self.0.pool)).await?;
        Ok(ended.is_some_and(|ends_at| UnixMillis::from(ends_at) > now))
    }

    /// Those that have not ended, in the order of modules.
    pub async fn log_levels(&self, now: UnixMillis) -> Result<Vec<LogLevel>, StoreError> {
        let query = sqlx::query_as::<_, (String, String, OffsetDateTime)>(
            "SELECT module, level, ends_at FROM log_levels WHERE ends_at > $1 ORDER BY module",
        );
        let rows = self.0.run(query.bind(now.date_time()).fetch_all(&self.0.pool)).await?;
        Ok(rows
            .into_iter()
            .map(|(module, level, ends_at)| LogLevel { module, level, ends_at: ends_at.into() })
            .collect())
    }
}
