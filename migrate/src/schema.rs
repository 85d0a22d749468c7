//! Applies the migrations that a database is missing, without blocking other transactions for long.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use tracing::{info, warn};

use crate::database;

/// An `ALTER TABLE` waits for earlier transactions, and all later ones, redirects included, queue behind it. After this time it gives
/// up its place, and is retried once the queue has drained.
const SET_LOCK_TIMEOUT: &str = "SET lock_timeout = '500ms'";
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Ten minutes of attempts; a Lambda has fifteen.
const MAX_ATTEMPTS: u32 = 400;

const LOCK_NOT_AVAILABLE: &str = "55P03";
const DEADLOCK: &str = "40P01";

/// Returns the versions that it applied.
pub(crate) async fn migrate(migrations: &Migrator, connection: &mut PgConnection) -> Result<Vec<i64>> {
    let migrator = Migrator {
        migrations: migrations.migrations.clone(),
        // After a rollback the code is older than the schema, which expand/contract allows.
        ignore_missing: true,
        // `lock.rs` already holds a lock.
        locking: false,
        ..Migrator::DEFAULT
    };
    let before = versions(connection, &migrator).await?;
    sqlx::query(SET_LOCK_TIMEOUT).execute(&mut *connection).await?;
    let mut attempts = 1;
    // Not `run`: its future is not `Send` ("implementation of `Acquire` is not general enough").
    while let Err(error) = migrator.run_direct(None, &mut *connection, false).await {
        if attempts == MAX_ATTEMPTS || !is_busy(&error) {
            return Err(error).context("a migration cannot be applied");
        }
        warn!(attempts, "gave way to running transactions; retrying");
        attempts += 1;
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
    let mut applied: Vec<i64> = versions(connection, &migrator).await?.difference(&before).copied().collect();
    applied.sort_unstable();
    info!(?applied, "schema is up to date");
    Ok(applied)
}

async fn versions(connection: &mut PgConnection, migrator: &Migrator) -> Result<HashSet<i64>> {
    connection.ensure_migrations_table(&migrator.table_name).await?;
    let applied = connection.list_applied_migrations(&migrator.table_name).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

/// Whether the database has every migration of this build. False where there is no database.
pub(crate) async fn is_current(migrations: &Migrator, options: &PgConnectOptions) -> Result<bool> {
    let read = async {
        let mut connection = database::connect(options).await?;
        let query = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success");
        Ok(query.fetch_all(&mut connection).await?)
    };
    let applied: Vec<i64> = match read.await {
        Err(error) if database::is_missing(&error) => Vec::new(),
        applied => applied?,
    };
    Ok(migrations.iter().all(|migration| applied.contains(&migration.version)))
}

fn is_busy(error: &MigrateError) -> bool {
    let error = match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
        _ => return false,
    };
    database::has_code(error, &[LOCK_NOT_AVAILABLE, DEADLOCK])
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::{Migration, MigrationType};
    use sqlx::{AssertSqlSafe, Connection, SqlStr};
    use uuid::Uuid;

    use super::*;

    async fn new_database() -> (String, String) {
        let server = std::env::var("DATABASE_URL").expect("DATABASE_URL: see `cargo xtask test`");
        let name = format!("migrate_{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
        (format!("{}/{name}", server.rsplit_once('/').unwrap().0), name)
    }

    async fn drop_database(name: &str) {
        let server = std::env::var("DATABASE_URL").unwrap();
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let statement = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    }

    #[tokio::test]
    async fn migration_gives_way_to_readers_and_is_applied() {
        let (url, name) = new_database().await;
        let mut reader = PgConnection::connect(&url).await.unwrap();
        sqlx::query("CREATE TABLE links ()").execute(&mut reader).await.unwrap();
        let mut long_transaction = reader.begin().await.unwrap();
        sqlx::query("SELECT FROM links").execute(&mut *long_transaction).await.unwrap();

        let mut connection = PgConnection::connect(&url).await.unwrap();
        let alter = SqlStr::from_static("ALTER TABLE links ADD COLUMN url text");
        let migration = Migration::new(1, "".into(), MigrationType::Simple, alter, false);
        let migrating = tokio::spawn(async move {
            migrate(&Migrator::with_migrations(vec![migration]), &mut connection).await
        });
        let mut redirects = PgConnection::connect(&url).await.unwrap();
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'links'::regclass";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut redirects).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        // Queues behind the migration, and would wait forever if it did not give way.
        sqlx::query("SELECT FROM links").execute(&mut redirects).await.unwrap();

        long_transaction.commit().await.unwrap();
        assert_eq!(migrating.await.unwrap().unwrap(), [1]);
        drop_database(&name).await;
    }
}
