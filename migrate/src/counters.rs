//! Moves the counters ahead after a restore, past every value issued between the restored moment and the loss. A repeated id would give
//! two links one code, and a repeated revision would make the edge keep an old state of a link.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterOffsets {
    pub ids: i64,
    pub revisions: i64,
}

/// The next id and the next revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub next_id: i64,
    pub next_revision: i64,
}

pub(crate) async fn move_ahead(links: &mut PgConnection, offsets: CounterOffsets) -> Result<Counters> {
    ensure!(
        offsets.ids >= 0 && offsets.revisions > 0,
        "counters only move ahead: `ids` must be at least 0 and `revisions` at least 1"
    );
    let mut transaction = links.begin().await?;
    let next_id = sqlx::query_scalar("UPDATE code_counter SET next_id = next_id + $1 RETURNING next_id")
        .bind(offsets.ids)
        .fetch_one(&mut *transaction)
        .await
        .context("cannot move the id counter")?;
    let next_revision =
        sqlx::query_scalar("SELECT setval('link_revision', last_value + $1, false) FROM link_revision")
            .bind(offsets.revisions)
            .fetch_one(&mut *transaction)
            .await
            .context("cannot move the revision counter")?;
    transaction.commit().await?;
    Ok(Counters { next_id, next_revision })
}
