//! Allows one run at a time, by an advisory lock in the links database. Polls for the lock: a session that waits inside Postgres holds a
//! snapshot, and a `CREATE INDEX CONCURRENTLY` of the running one would wait for the others, which wait for it.

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::database;

/// The ASCII bytes of "shortlin" as a number. Nothing else in this database locks it.
const KEY: i64 = 0x7368_6f72_746c_696e;
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Released when its connection closes, even if the run fails.
pub(crate) struct Lock(PgConnection);

impl Lock {
    pub(crate) async fn acquire(links: &PgConnectOptions) -> Result<Self> {
        let mut connection = database::connect(links).await?;
        loop {
            let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut connection)
                .await
                .context("cannot query the migration lock")?;
            if taken {
                return Ok(Self(connection));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    pub(crate) async fn release(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
