//! Rows of raw clicks, read once and put into the same table again: as one would by hand, and as fast as that goes. Measures
//! nothing.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::types::time::{Date, OffsetDateTime};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

/// What one COPY sends.
pub(super) type Text = Vec<u8>;

/// In COPY's text format, so many rows for each statement.
pub(super) async fn copy_out(
    connection: &mut PgConnection,
    producers: &[Uuid],
    rows_a_statement: usize,
) -> Result<Vec<Text>> {
    let mut text = Vec::new();
    {
        let list: Vec<String> = producers.iter().map(Uuid::to_string).collect();
        let question =
            format!("COPY (SELECT * FROM clicks WHERE producer = ANY('{{{}}}')) TO STDOUT", list.join(","));
        let mut parts = connection.copy_out_raw(&question).await.context("the rows cannot be read")?;
        while let Some(part) = parts.try_next().await? {
            text.extend_from_slice(&part);
        }
    }
    let mut statements = Vec::new();
    let mut statement = Vec::new();
    let mut rows = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        statement.extend_from_slice(line);
        rows += 1;
        if rows == rows_a_statement {
            statements.push(std::mem::take(&mut statement));
            rows = 0;
        }
    }
    statements.extend((rows > 0).then_some(statement));
    Ok(statements)
}

pub(super) async fn copy(connection: &mut PgConnection, text: &Text) -> Result<()> {
    let mut copy = connection.copy_in_raw("COPY clicks FROM STDIN").await?;
    copy.send(text.as_slice()).await?;
    copy.finish().await?;
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

/// What one UNNEST sends, in the order of `COLUMNS`.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    rows: usize,
}

impl Columns {
    pub(super) async fn read(
        connection: &mut PgConnection,
        producers: &[Uuid],
        rows_a_statement: usize,
    ) -> Result<Vec<Self>> {
        let rows = sqlx::query("SELECT * FROM clicks WHERE producer = ANY($1)").bind(producers);
        let rows = rows.fetch_all(connection).await?;
        let of_chunk = |rows: &[PgRow]| {
            let columns = COLUMNS.iter().map(|(name, kind)| column(rows, name, kind));
            Ok(Self { columns: columns.collect::<Result<_>>()?, rows: rows.len() })
        };
        rows.chunks(rows_a_statement).map(of_chunk).collect()
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
    // Names and types of the list above, nothing else.
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
