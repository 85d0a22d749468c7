//! One run at a time, by an advisory lock in the links database for the time of the run. It is asked for again and again
//! rather than waited for: a session that waits inside Postgres holds a snapshot, and a `CREATE INDEX CONCURRENTLY` of
//! the one run would wait for the others, which wait for it.

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::database;

/// "shortlin", read as a number: nothing else in this database locks it.
const KEY: i64 = 0x7368_6f72_746c_696e;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Ends with its connection, whatever becomes of the run.
pub(crate) struct Lock(PgConnection);

impl Lock {
    pub(crate) async fn acquire(links: &PgConnectOptions) -> Result<Self> {
        let mut connection = database::connect(links).await?;
        loop {
            let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut connection)
                .await
                .context("cannot ask for the lock")?;
            if taken {
                return Ok(Self(connection));
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
    }

    pub(crate) async fn release(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
