//! A consumer that stores the clicks of an invocation as one immutable block, and in Postgres only which batches and blocks
//! exist. A folder stands in for the object store: writing a block is one rename, as `PutObject` is atomic.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use classify::ClickEnricher;
use link_core::clicks::batch::ClickBatch;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::row::BlockRow;
use super::tables;

/// Everything that a writer needs.
struct Writer {
    ledger: PgPool,
    blocks: PathBuf,
    enricher: ClickEnricher,
}

/// Runs until it is killed.
pub async fn run() -> Result<()> {
    let url = std::env::var("ANALYTICS_DATABASE_URL").context("ANALYTICS_DATABASE_URL is missing")?;
    let writer = Writer {
        ledger: PgPoolOptions::new().max_connections(1).connect_lazy(&url)?,
        blocks: folder_of_blocks(&std::env::temp_dir()),
        enricher: ClickEnricher::default(),
    };
    let invocations = RuntimeApi::from_environment()?;
    loop {
        let (id, event) = invocations.next().await?;
        invocations.respond(&id, &writer.invoke(&event).await).await?;
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
struct RuntimeApi {
    client: reqwest::Client,
    invocation: String,
}

impl RuntimeApi {
    fn from_environment() -> Result<Self> {
        let address = std::env::var("AWS_LAMBDA_RUNTIME_API").context("AWS_LAMBDA_RUNTIME_API is missing")?;
        let invocation = format!("http://{address}/2018-06-01/runtime/invocation");
        Ok(Self { client: reqwest::Client::new(), invocation })
    }

    async fn next(&self) -> Result<(String, Value)> {
        let answer = self.client.get(format!("{}/next", self.invocation)).send().await?.error_for_status()?;
        let id =
            answer.headers().get("lambda-runtime-aws-request-id").context("an invocation without an id")?;
        let id = id.to_str()?.to_owned();
        Ok((id, serde_json::from_slice(&answer.bytes().await?)?))
    }

    async fn respond(&self, id: &str, response: &Value) -> Result<()> {
        let call = self.client.post(format!("{}/{id}/response", self.invocation)).body(response.to_string());
        call.send().await?.error_for_status()?;
        Ok(())
    }
}

pub(super) fn folder_of_blocks(stack: &Path) -> PathBuf {
    stack.join("blocks")
}

pub(super) fn file_of_block(blocks: &Path, block: Uuid) -> PathBuf {
    blocks.join(format!("{block}.jsonl"))
}

impl Writer {
    /// Returns all messages if the block was not committed.
    async fn invoke(&self, event: &Value) -> Value {
        let records = event.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let Err(error) = self.store(records).await else { return json!({ "batchItemFailures": [] }) };
        eprintln!("returns {} messages: {error:#}", records.len());
        let ids = records.iter().filter_map(|record| record.get("messageId"));
        json!({ "batchItemFailures": ids.map(|id| json!({ "itemIdentifier": id })).collect::<Vec<_>>() })
    }

    async fn store(&self, records: &[Value]) -> Result<()> {
        let bodies = records.iter().filter_map(|record| record.get("body")?.as_str());
        // The product sends the unreadable ones to the dead-letter queue; here they end.
        let mut batches: Vec<ClickBatch> = bodies.filter_map(|body| ClickBatch::decode(body).ok()).collect();
        // In one order, so that two writers with the same batches do not wait for each other.
        batches.sort_by_key(|batch| (batch.head.day, batch.head.producer.0, batch.head.batch));
        let mut transaction = self.ledger.begin().await?;
        let mut rows = Vec::new();
        for batch in &batches {
            if tables::insert_batch(&mut transaction, batch).await? {
                rows.extend((0..).zip(&batch.clicks).map(|(position, click)| {
                    BlockRow::new(&batch.head, position, click, self.enricher.enrich(click))
                }));
            }
        }
        if !rows.is_empty() {
            self.write_block(&mut transaction, &rows).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The block exists before the ledger names it. One whose transaction fails is garbage that nobody reads.
    async fn write_block(&self, ledger: &mut PgConnection, rows: &[BlockRow<'_>]) -> Result<()> {
        let mut content = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut content, row)?;
            content.push(b'\n');
        }
        let block = tables::insert_block(ledger, rows.len()).await?;
        let unfinished = self.blocks.join(format!("{block}.unfinished"));
        std::fs::write(&unfinished, content).context("cannot write a block")?;
        std::fs::rename(&unfinished, file_of_block(&self.blocks, block)).context("cannot name a block")
    }
}
