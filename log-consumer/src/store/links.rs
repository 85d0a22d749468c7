//! The links database as clicks change it: absolute totals of links, and the gate of links near their maximum of clicks. A total that
//! could not be written follows with the next invocation, with the next click, or when its batch comes again.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::types::time::OffsetDateTime;
use sqlx::{PgConnection, PgPool};
use startup::RaisedLevel;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::error::StoreError;
use super::roll_ups::LinkTotal;
use crate::time_limits::{LINKS_CONNECT, LOG_LEVELS};

#[derive(Clone)]
pub struct Links {
    pool: PgPool,
}

impl fmt::Debug for Links {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Links")
    }
}

impl Links {
    /// Connects on first use.
    pub fn connect_lazily(options: PgConnectOptions) -> Self {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(LINKS_CONNECT);
        Self { pool: pool.connect_lazy_with(options.application_name("shortline-log-consumer")) }
    }

    /// `totals` holds each link once.
    pub async fn set_totals(&self, totals: &[LinkTotal], by: Instant) -> Result<(), StoreError> {
        self.write(totals, TotalsUpdate::New, by).await
    }

    /// For totals whose clicks changed class, or that are written late. Skips links that no longer exist.
    pub async fn correct_totals(&self, totals: &[LinkTotal], by: Instant) -> Result<(), StoreError> {
        self.write(totals, TotalsUpdate::Corrected, by).await
    }

    /// The levels of the log that an operator has raised, while they last.
    pub async fn raised_log_levels(&self) -> Result<Vec<RaisedLevel>, StoreError> {
        let query = sqlx::query_as::<_, (String, String, f64)>(
            "SELECT module, level, extract(epoch FROM ends_at - now())::float8
             FROM log_levels WHERE ends_at > now() ORDER BY module",
        );
        let by = Instant::now() + LOG_LEVELS;
        let mut connection =
            timeout_at(by, self.pool.acquire()).await.map_err(|_| StoreError::OutOfTime)??;
        let Ok(rows) = timeout_at(by, query.fetch_all(&mut *connection)).await else {
            drop(connection.detach());
            return Err(StoreError::OutOfTime);
        };
        let rows = rows?;
        let raised = |(module, level, seconds): (String, String, f64)| RaisedLevel {
            module,
            level,
            remaining: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(raised).collect())
    }

    async fn write(&self, totals: &[LinkTotal], update: TotalsUpdate, by: Instant) -> Result<(), StoreError> {
        let mut connection =
            timeout_at(by, self.pool.acquire()).await.map_err(|_| StoreError::OutOfTime)??;
        let written = timeout_at(by, async {
            upsert_totals(&mut connection, totals, update).await?;
            count_late_clicks(&mut connection, totals).await?;
            start_gates(&mut connection, totals).await
        });
        match written.await {
            Ok(result) => result,
            Err(_) => {
                drop(connection.detach());
                Err(StoreError::OutOfTime)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TotalsUpdate {
    New,
    Corrected,
}

/// Writes may arrive out of order, from two consumers or a consumer and an erasure: a total is never replaced by one that was counted
/// earlier.
async fn upsert_totals(
    connection: &mut PgConnection,
    totals: &[LinkTotal],
    update: TotalsUpdate,
) -> Result<(), StoreError> {
    let links: Vec<Uuid> = totals.iter().map(|total| total.link_id).collect();
    let clicks: Vec<i64> = totals.iter().map(|total| total.clicks).collect();
    let human: Vec<i64> = totals.iter().map(|total| total.human).collect();
    let bot: Vec<i64> = totals.iter().map(|total| total.bot).collect();
    let imported_human: Vec<i64> = totals.iter().map(|total| total.imported_human).collect();
    let imported_bot: Vec<i64> = totals.iter().map(|total| total.imported_bot).collect();
    let last: Vec<OffsetDateTime> = totals.iter().map(|total| total.last_click_at).collect();
    let as_of: Vec<OffsetDateTime> = totals.iter().map(|total| total.as_of).collect();
    sqlx::query(
        "INSERT INTO link_totals AS known (link_id, clicks, human, bot, last_click_at, as_of, imported_human, imported_bot)
         SELECT link_id, clicks, human, bot, last_click_at, as_of, imported_human, imported_bot
         FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $8::bigint[],
                     $9::bigint[])
              AS sent (link_id, clicks, human, bot, last_click_at, as_of, imported_human, imported_bot)
         WHERE NOT $7 OR EXISTS (SELECT FROM links WHERE links.id = sent.link_id)
         ORDER BY link_id
         ON CONFLICT (link_id) DO UPDATE SET
             clicks = EXCLUDED.clicks, human = EXCLUDED.human, bot = EXCLUDED.bot,
             last_click_at = EXCLUDED.last_click_at, as_of = EXCLUDED.as_of, imported_human = EXCLUDED.imported_human,
             imported_bot = EXCLUDED.imported_bot
         WHERE known.as_of IS NULL OR known.as_of < EXCLUDED.as_of",
    )
    .bind(links)
    .bind(clicks)
    .bind(human)
    .bind(bot)
    .bind(last)
    .bind(as_of)
    .bind(update == TotalsUpdate::Corrected)
    .bind(imported_human)
    .bind(imported_bot)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds clicks from before a gate to its count, also when nobody visits the link while they arrive.
async fn count_late_clicks(connection: &mut PgConnection, totals: &[LinkTotal]) -> Result<(), StoreError> {
    let links: Vec<Uuid> = totals.iter().map(|total| total.link_id).collect();
    sqlx::query(
        "WITH late AS (
             SELECT gate.link_id, known.human FROM link_gates gate
             JOIN link_totals known ON known.link_id = gate.link_id
             WHERE gate.link_id = ANY($1) AND gate.alone_from > now() AND gate.used < known.human
             ORDER BY gate.link_id
             FOR UPDATE OF gate
         )
         UPDATE link_gates gate SET used = greatest(gate.used, late.human) FROM late WHERE gate.link_id = late.link_id",
    )
    .bind(links)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// Starts the origin's gate for links with little left of a large maximum, and marks those with nothing left as exhausted. A maximum
/// up to 100,000 (`ALWAYS_GATED_CLICKS`) is always gated and never handled here. Each is an ordinary change: a new revision, and a
/// publication for the edge. Reads the totals in the table, because those in `totals` may be older and their clicks erased.
async fn start_gates(connection: &mut PgConnection, totals: &[LinkTotal]) -> Result<(), StoreError> {
    let links: Vec<Uuid> = totals.iter().map(|total| total.link_id).collect();
    sqlx::query(
        "WITH nearly_used_up AS (
             SELECT links.id, links.max_clicks <= known.human AS is_used_up FROM links
             JOIN link_totals known ON known.link_id = links.id
             WHERE links.id = ANY($1) AND links.max_clicks > 100000 AND links.gated_at IS NULL AND NOT links.exhausted
                 AND links.max_clicks - known.human <= greatest(links.max_clicks / 10, 100000)
             ORDER BY links.domain, links.code
             FOR UPDATE OF links
         ), link AS (
             UPDATE links SET exhausted = is_used_up, gated_at = now(), revision = DEFAULT, updated_at = now()
             FROM nearly_used_up WHERE links.id = nearly_used_up.id
             RETURNING links.domain, links.code, links.revision
         )
         INSERT INTO publications (domain, code, revision)
         SELECT domain, code, revision FROM link ORDER BY domain, code
         ON CONFLICT (domain, code) DO UPDATE SET revision = EXCLUDED.revision",
    )
    .bind(links)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
