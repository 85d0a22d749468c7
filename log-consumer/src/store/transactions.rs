//! The table `stored_transactions`: the order in which clicks were stored. A trigger numbers a transaction when it locks the row of all
//! links in `link_totals`.

use sqlx::PgConnection;

use super::error::StoreError;
use crate::plan::ClickRow;

/// Tells readers which days the clicks of this transaction have. Call it under that lock, when the last row is this transaction's.
pub(super) async fn note_days(
    connection: &mut PgConnection,
    clicks: &[ClickRow<'_>],
) -> Result<(), StoreError> {
    let days = || clicks.iter().map(|row| row.click.time.day());
    let Some((first, last)) = days().min().zip(days().max()) else { return Ok(()) };
    sqlx::query(
        "UPDATE stored_transactions SET first_day = $1, last_day = $2
         WHERE number = (SELECT max(number) FROM stored_transactions) AND transaction = pg_current_xact_id()",
    )
    .bind(first)
    .bind(last)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
