//! The ledger of the blocks, in Postgres: which batches are in a block, which blocks exist, which ones are loaded.

use anyhow::{Context, Result};
use link_core::clicks::batch::ClickBatch;
use sqlx::PgConnection;
use uuid::Uuid;

const TABLES: &str = "
    CREATE TABLE block_batches (day date, producer uuid, batch bigint, clicks integer NOT NULL, produced bigint NOT NULL,
                                PRIMARY KEY (day, producer, batch));
    CREATE TABLE blocks (block uuid PRIMARY KEY DEFAULT uuidv7(), clicks integer NOT NULL, loaded boolean NOT NULL DEFAULT false);
    CREATE INDEX blocks_to_load ON blocks (block) WHERE NOT loaded";

pub(super) async fn create(ledger: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(TABLES).execute(ledger).await.context("cannot create the ledger of the blocks")?;
    Ok(())
}

/// Whether the batch is new.
pub(super) async fn insert_batch(ledger: &mut PgConnection, batch: &ClickBatch) -> Result<bool> {
    let inserted = sqlx::query(
        "INSERT INTO block_batches (day, producer, batch, clicks, produced) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(batch.head.day)
    .bind(batch.head.producer.0)
    .bind(i64::from(batch.head.batch))
    .bind(i32::try_from(batch.clicks.len())?)
    .bind(i64::try_from(batch.head.produced)?)
    .execute(ledger)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn insert_block(ledger: &mut PgConnection, clicks: usize) -> Result<Uuid> {
    let query = sqlx::query_scalar("INSERT INTO blocks (clicks) VALUES ($1) RETURNING block");
    Ok(query.bind(i32::try_from(clicks)?).fetch_one(ledger).await?)
}

/// The oldest blocks that are not loaded yet.
pub(super) async fn blocks_to_load(ledger: &mut PgConnection) -> Result<Vec<Uuid>> {
    let query = sqlx::query_scalar("SELECT block FROM blocks WHERE NOT loaded ORDER BY block LIMIT 100");
    Ok(query.fetch_all(ledger).await?)
}

pub(super) async fn mark_loaded(ledger: &mut PgConnection, block: Uuid) -> Result<()> {
    sqlx::query("UPDATE blocks SET loaded = true WHERE block = $1").bind(block).execute(ledger).await?;
    Ok(())
}

/// Blocks, and their clicks.
pub(super) async fn sums(ledger: &mut PgConnection) -> Result<(i64, i64)> {
    let query = sqlx::query_as("SELECT count(*), coalesce(sum(clicks), 0)::bigint FROM blocks");
    Ok(query.fetch_one(ledger).await?)
}

/// Batches in the ledger, as `expected` names them.
pub(super) async fn batches(ledger: &mut PgConnection) -> Result<Vec<(String, String)>> {
    let query = sqlx::query_as(
        "SELECT concat_ws(' ', producer, batch, day, clicks), produced::text FROM block_batches",
    );
    Ok(query.fetch_all(ledger).await?)
}
