//! Adds sums to the tables `link_totals`, `link_days` and `link_minutes`, each table's rows in one order. Locking a link's row in
//! `link_totals` locks its rows in the others.

mod cardinality;
mod days;
mod stored_values;
mod totals;

use std::collections::BTreeSet;

use sqlx::PgConnection;

pub(super) use self::stored_values::StoredValues;
pub use self::totals::LinkTotal;
use self::totals::add_totals;
use super::error::StoreError;
use crate::plan::roll_up::RollUp;

/// What adding sums found out.
#[derive(Debug)]
pub(super) struct Added {
    /// Of the links.
    pub(super) totals: Vec<LinkTotal>,
    /// For [`StoredValues`], once the transaction is committed.
    pub(super) values: Vec<u64>,
}

/// Adds the sums of new clicks.
pub(super) async fn add(
    connection: &mut PgConnection,
    mut sums: RollUp,
    stored: &StoredValues,
) -> Result<Added, StoreError> {
    let links = add_totals(connection, &sums.totals).await?;
    let mut unchecked = cardinality::unchecked_values(&links, &sums.days);
    stored.retain_unknown(&mut unchecked);
    let overflow = cardinality::find_overflow(connection, &unchecked).await?;
    let to_count = cardinality::links_to_count(&links, &unchecked, &sums.totals);
    let beyond: BTreeSet<_> =
        overflow.iter().map(|(link, dimension, day, value)| (*link, *dimension, *day, value)).collect();
    let within =
        unchecked.iter().filter(|key| !beyond.contains(&(key.link, key.dimension, key.day, &key.value)));
    let values = within.map(|key| stored.hash(key)).collect();
    sums.fold_overflow(overflow);
    days::add(connection, &sums).await?;
    cardinality::count_values(connection, &to_count).await?;
    Ok(Added { totals: links.into_iter().map(|link| link.total).collect(), values })
}

/// Adds differences for clicks that were counted before. These add values without adding clicks, so every value is looked up.
pub(super) async fn correct(connection: &mut PgConnection, mut sums: RollUp) -> Result<(), StoreError> {
    add_totals(connection, &sums.totals).await?;
    cardinality::mark_full(connection, &sums.totals).await?;
    let overflow = cardinality::find_overflow(connection, &cardinality::open_values(&sums.days)).await?;
    sums.fold_overflow(overflow);
    days::add(connection, &sums).await
}
