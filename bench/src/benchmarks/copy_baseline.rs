//! The COPY baseline: reads the rows that the consumer wrote and copies them into equal tables as fast as Postgres
//! allows.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::types::time::{Date, OffsetDateTime};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

/// The tables that storing clicks writes to.
const TABLES: [&str; 7] =
    ["batches", "clicks", "visitors", "producers", "link_totals", "link_days", "link_minutes"];

/// The rows of one COPY, in COPY's text format.
#[derive(Debug)]
pub(super) struct CopyRows {
    table: &'static str,
    rows: Vec<u8>,
}

/// The id of the next transaction: later writes have this id or a higher one.
pub(super) async fn next_transaction(connection: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT pg_current_xact_id()::text::bigint").fetch_one(connection).await?)
}

/// The raw clicks stored since that transaction, split into statements of this many rows.
pub(super) async fn clicks_since(
    connection: &mut PgConnection,
    transaction: i64,
    rows_per_statement: usize,
) -> Result<Vec<CopyRows>> {
    rows_since(connection, "clicks", transaction, rows_per_statement).await
}

/// Every row written since that transaction, of all tables, in its current state.
pub(super) async fn all_rows_since(
    connection: &mut PgConnection,
    transaction: i64,
    rows_per_statement: usize,
) -> Result<Vec<CopyRows>> {
    let mut statements = Vec::new();
    for table in TABLES {
        statements.extend(rows_since(connection, table, transaction, rows_per_statement).await?);
    }
    Ok(statements)
}

async fn rows_since(
    connection: &mut PgConnection,
    table: &'static str,
    transaction: i64,
    rows_per_statement: usize,
) -> Result<Vec<CopyRows>> {
    let mut text = Vec::new();
    {
        // On a new server transaction ids have not wrapped around.
        let query = format!(
            "COPY (SELECT * FROM {table} WHERE {table}.xmin::text::bigint >= {transaction}) TO STDOUT"
        );
        let mut parts = connection.copy_out_raw(&query).await.context("the rows cannot be read")?;
        while let Some(part) = parts.try_next().await? {
            text.extend_from_slice(&part);
        }
    }
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let statement = |lines: &[&[u8]]| CopyRows { table, rows: lines.concat() };
    Ok(lines.chunks(rows_per_statement).map(statement).collect())
}

pub(super) async fn copy(connection: &mut PgConnection, CopyRows { table, rows }: &CopyRows) -> Result<()> {
    let mut copy = connection.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
    copy.send(rows.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

pub(super) async fn empty_all(connection: &mut PgConnection) -> Result<()> {
    let statement = format!("TRUNCATE {}", TABLES.join(", "));
    // Only names from the list above.
    sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

const COLUMNS: [(&str, &str); 26] = [
    ("time", "timestamptz"),
    ("batch", "bigint"),
    ("link_id", "uuid"),
    ("producer", "uuid"),
    ("day", "date"),
    ("position", "integer"),
    ("status", "smallint"),
    ("head", "boolean"),
    ("tier", "text"),
    ("request", "text"),
    ("country", "text"),
    ("agent", "text"),
    ("referrer", "text"),
    ("visitor", "uuid"),
    ("network", "bigint"),
    ("rule", "smallint"),
    ("new_to_link", "boolean"),
    ("new_to_all", "boolean"),
    ("class", "text"),
    ("browser", "text"),
    ("os", "text"),
    ("device", "text"),
    ("language", "text"),
    ("destination", "text"),
    ("domain", "text"),
    ("purpose", "text"),
];

#[derive(Debug, Clone)]
enum Column {
    Times(Vec<OffsetDateTime>),
    Days(Vec<Date>),
    Longs(Vec<Option<i64>>),
    Integers(Vec<i32>),
    Shorts(Vec<i16>),
    Booleans(Vec<bool>),
    Uuids(Vec<Option<Uuid>>),
    Texts(Vec<Option<String>>),
}

/// The columns of one UNNEST insert, in the order of `COLUMNS`.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    rows: usize,
}

impl Columns {
    pub(super) async fn read(
        connection: &mut PgConnection,
        producers: &[Uuid],
        rows_per_statement: usize,
    ) -> Result<Vec<Self>> {
        let rows = sqlx::query("SELECT * FROM clicks WHERE producer = ANY($1)").bind(producers);
        let rows = rows.fetch_all(connection).await?;
        let from_chunk = |rows: &[PgRow]| {
            let columns = COLUMNS.iter().map(|(name, kind)| column(rows, name, kind));
            Ok(Self { columns: columns.collect::<Result<_>>()?, rows: rows.len() })
        };
        rows.chunks(rows_per_statement).map(from_chunk).collect()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}

fn column(rows: &[PgRow], name: &str, kind: &str) -> Result<Column> {
    fn values<'r, T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(
        rows: &'r [PgRow],
        name: &str,
    ) -> Result<Vec<T>> {
        rows.iter().map(|row| Ok(row.try_get(name)?)).collect()
    }
    Ok(match kind {
        "timestamptz" => Column::Times(values(rows, name)?),
        "date" => Column::Days(values(rows, name)?),
        "bigint" => Column::Longs(values(rows, name)?),
        "integer" => Column::Integers(values(rows, name)?),
        "smallint" => Column::Shorts(values(rows, name)?),
        "boolean" => Column::Booleans(values(rows, name)?),
        "uuid" => Column::Uuids(values(rows, name)?),
        _ => Column::Texts(values(rows, name)?),
    })
}

pub(super) async fn insert(connection: &mut PgConnection, columns: &Columns) -> Result<()> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let arrays: Vec<String> =
        COLUMNS.iter().enumerate().map(|(index, (_, kind))| format!("${}::{kind}[]", index + 1)).collect();
    let statement =
        format!("INSERT INTO clicks ({names}) SELECT * FROM UNNEST({}) AS sent ({names})", arrays.join(", "));
    // Only names and types from the list above.
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for column in &columns.columns {
        query = match column {
            Column::Times(values) => query.bind(values),
            Column::Days(values) => query.bind(values),
            Column::Longs(values) => query.bind(values),
            Column::Integers(values) => query.bind(values),
            Column::Shorts(values) => query.bind(values),
            Column::Booleans(values) => query.bind(values),
            Column::Uuids(values) => query.bind(values),
            Column::Texts(values) => query.bind(values),
        };
    }
    query.execute(connection).await?;
    Ok(())
}
