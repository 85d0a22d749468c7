//! The connection to the analytics database, and transactions with a deadline.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Acquire, PgConnection, PgPool};
use tokio::time::{Instant, timeout_at};

use super::error::StoreError;
use super::roll_ups::StoredValues;
use crate::time_limits::DATABASE_CONNECT;

#[derive(Debug)]
pub struct Store {
    pool: PgPool,
    /// Raw clicks are kept this long.
    pub(super) raw_click_days: i32,
    pub(super) stored_values: StoredValues,
}

impl Store {
    /// Connects on first use.
    pub fn connect_lazily(options: PgConnectOptions, raw_click_days: i32) -> Self {
        // Lambda runs one invocation at a time in a process. sqlx tests a connection when it is acquired, which finds one that went
        // stale while the process was frozen.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(DATABASE_CONNECT);
        let pool = pool.connect_lazy_with(options.application_name("shortline-log-consumer"));
        Self { pool, raw_click_days, stored_values: StoredValues::default() }
    }

    /// Commits the result of `work`, or rolls back if it fails or is not done by the deadline.
    pub(super) async fn in_transaction<T>(
        &self,
        by: Instant,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection =
            timeout_at(by, self.pool.acquire()).await.map_err(|_| StoreError::OutOfTime)??;
        match timeout_at(by, committed(&mut connection, work)).await {
            Ok(result) => result,
            Err(_) => {
                // A statement is still running, and there is no time to wait for it. Back in the pool, the connection would make the
                // next invocation wait; closing it makes the server roll back.
                drop(connection.detach());
                Err(StoreError::OutOfTime)
            }
        }
    }
}

async fn committed<T>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut transaction = connection.begin().await?;
    match work(&mut transaction).await {
        Ok(result) => {
            transaction.commit().await?;
            Ok(result)
        }
        Err(error) => {
            // Report the first error. The pool closes a connection that cannot roll back.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}
