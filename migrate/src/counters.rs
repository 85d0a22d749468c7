//! After a restore: moves the counters past what was given out between the restored moment and the loss. An id that came twice
//! would be a code with two owners; a revision that came twice would have the edge keep an old state for a new one.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    pub ids: i64,
    pub revisions: i64,
}

/// The next id and the next revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub next_id: i64,
    pub next_revision: i64,
}

pub(crate) async fn move_ahead(links: &mut PgConnection, distance: Distance) -> Result<Counters> {
    ensure!(distance.ids >= 0 && distance.revisions > 0, "counters only move ahead");
    let mut transaction = links.begin().await?;
    let next_id = sqlx::query_scalar("UPDATE code_counter SET next_id = next_id + $1 RETURNING next_id")
        .bind(distance.ids)
        .fetch_one(&mut *transaction)
        .await
        .context("cannot move the counter of ids")?;
    let next_revision =
        sqlx::query_scalar("SELECT setval('link_revision', last_value + $1, false) FROM link_revision")
            .bind(distance.revisions)
            .fetch_one(&mut *transaction)
            .await
            .context("cannot move the counter of revisions")?;
    transaction.commit().await?;
    Ok(Counters { next_id, next_revision })
}
