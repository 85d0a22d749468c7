//! The analytics database: one transaction for any number of batches, all of it or nothing, within a time. Does not
//! decide what becomes of messages whose batches could not be stored.

mod batches;
mod clicks;
mod dropped_batches;
mod error;
mod link_clicks;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Acquire, PgConnection, PgPool};
use tokio::time::{Instant, timeout_at};

pub use error::StoreError;

use crate::plan::{Plan, StorableBatch, distinct};
use crate::time_limits::DATABASE_CONNECT;

#[derive(Debug)]
pub struct Store {
    pool: PgPool,
}

/// What was new among the batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    pub batches: usize,
    pub clicks: usize,
}

impl Store {
    /// Opens no connection before it is needed.
    pub fn connect_lazily(options: PgConnectOptions) -> Self {
        // Lambda gives a process one invocation at a time. A connection that went stale while the process was frozen is
        // found by sqlx's own test when it is acquired.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(DATABASE_CONNECT);
        Self { pool: pool.connect_lazy_with(options.application_name("shortline-log-consumer")) }
    }

    /// Stores those of `batches` that are new, or nothing. When the answer to a commit is lost, or `by` passes during
    /// one, nothing is said to be stored though it may be: the batches are recognised when they come again.
    pub async fn store(
        &self,
        batches: impl IntoIterator<Item = &StorableBatch>,
        by: Instant,
    ) -> Result<Stored, StoreError> {
        let mut connection =
            timeout_at(by, self.pool.acquire()).await.map_err(|_| StoreError::OutOfTime)??;
        match timeout_at(by, in_one_transaction(&mut connection, batches)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // A statement is still under way. To wait for it is what there is no time for, and back in the pool the
                // connection would make the next invocation wait: closing it makes the server roll back.
                drop(connection.detach());
                Err(StoreError::OutOfTime)
            }
        }
    }
}

async fn in_one_transaction(
    connection: &mut PgConnection,
    batches: impl IntoIterator<Item = &StorableBatch>,
) -> Result<Stored, StoreError> {
    let mut transaction = connection.begin().await?;
    match write(&mut transaction, batches).await {
        Ok(stored) => {
            transaction.commit().await?;
            Ok(stored)
        }
        Err(error) => {
            // What counts is the error that led here. A connection that cannot even roll back is closed by the pool.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

/// The tables in one order and the rows of each table in one order, for every consumer: that rules deadlocks out. The
/// roll-up comes last, since its rows are the ones that others wait for.
async fn write(
    connection: &mut PgConnection,
    batches: impl IntoIterator<Item = &StorableBatch>,
) -> Result<Stored, StoreError> {
    let mut batches = distinct(batches);
    let new = batches::insert_new(connection, batches.values().copied()).await?;
    batches.retain(|key, _| new.contains(key));
    let plan = Plan::of(batches.values().copied());
    clicks::insert(connection, &plan.clicks).await?;
    dropped_batches::insert(connection, &plan.dropped).await?;
    link_clicks::add(connection, &plan.link_clicks).await?;
    Ok(Stored { batches: batches.len(), clicks: plan.clicks.len() })
}
