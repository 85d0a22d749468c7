//! Adds sums to the tables `link_totals`, `link_days` and `link_minutes`, each table's rows in one order. Locking a link's row in
//! `link_totals` locks its rows in the others.

mod cardinality;
mod days;
mod totals;

use sqlx::PgConnection;

pub use self::totals::LinkTotal;
use self::totals::add_totals;
use super::error::StoreError;
use crate::plan::roll_up::RollUp;

/// Adds the sums of new clicks. Returns the totals of their links.
pub(super) async fn add(
    connection: &mut PgConnection,
    mut sums: RollUp,
) -> Result<Vec<LinkTotal>, StoreError> {
    let links = add_totals(connection, &sums.totals).await?;
    let unchecked = cardinality::unchecked_values(&links, &sums.days);
    let overflow = cardinality::find_overflow(connection, &unchecked).await?;
    let to_count = cardinality::links_to_count(&links, &unchecked, &sums.totals);
    sums.fold_overflow(overflow);
    days::add(connection, &sums).await?;
    cardinality::count_values(connection, &to_count).await?;
    Ok(links.into_iter().map(|link| link.total).collect())
}

/// Adds differences for clicks that were counted before. These add values without adding clicks, so every value is looked up.
pub(super) async fn correct(connection: &mut PgConnection, mut sums: RollUp) -> Result<(), StoreError> {
    add_totals(connection, &sums.totals).await?;
    cardinality::mark_full(connection, &sums.totals).await?;
    let overflow = cardinality::find_overflow(connection, &cardinality::open_values(&sums.days)).await?;
    sums.fold_overflow(overflow);
    days::add(connection, &sums).await
}
