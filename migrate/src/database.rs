//! Connects to a database, and creates it if it is missing.

use std::borrow::Cow;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Error, PgConnection};

/// Exists on every Postgres server; missing databases are created from there.
const DEFAULT_DATABASE: &str = "postgres";

const NO_SUCH_DATABASE: &str = "3D000";
const UNDEFINED_TABLE: &str = "42P01";
const UNDEFINED_FUNCTION: &str = "42883";
/// A concurrent run created it first; which code depends on the timing.
const ALREADY_CREATED: [&str; 2] = ["42P04", "23505"];

pub(crate) async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    PgConnection::connect_with(options).await.context("cannot connect to Postgres")
}

pub(crate) async fn ensure(options: &PgConnectOptions) -> Result<()> {
    match PgConnection::connect_with(options).await {
        Ok(connection) => Ok(connection.close().await?),
        Err(error) if has_code(&error, &[NO_SUCH_DATABASE]) => create(options).await,
        Err(error) => Err(error).context("cannot connect to Postgres"),
    }
}

async fn create(options: &PgConnectOptions) -> Result<()> {
    let name = options.get_database().context("the URL names no database")?;
    let mut server = connect(&options.clone().database(DEFAULT_DATABASE)).await?;
    let statement: String = sqlx::query_scalar("SELECT format('CREATE DATABASE %I', $1)")
        .bind(name)
        .fetch_one(&mut server)
        .await?;
    match sqlx::query(AssertSqlSafe(statement)).execute(&mut server).await {
        Err(error) if !has_code(&error, &ALREADY_CREATED) => Err(error).context("cannot create the database"),
        _ => Ok(server.close().await?),
    }
}

/// Whether something failed because the database, a table or a function does not exist.
pub(crate) fn is_missing(failure: &anyhow::Error) -> bool {
    let error = failure.chain().find_map(|cause| cause.downcast_ref::<Error>());
    error.is_some_and(|error| has_code(error, &[NO_SUCH_DATABASE, UNDEFINED_TABLE, UNDEFINED_FUNCTION]))
}

pub(crate) fn has_code(error: &Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).unwrap_or(Cow::Borrowed(""));
    codes.contains(&code.as_ref())
}
