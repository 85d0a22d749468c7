//! `cargo xtask ledger --store blocks`: tries the store of clicks beyond one Postgres. Writers put the clicks of an
//! invocation into an immutable block and name it in Postgres; a loader inserts each block into ClickHouse under the
//! block's own token. Writers, loader and Postgres are killed, then the statistics must equal the ledger.

mod clickhouse;
mod queries;
mod row;
mod tables;
pub mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;
use local_stack::{ConsumerStack, Durability, artifacts, tools, unless_interrupted};
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use tokio::task::block_in_place;
use uuid::Uuid;

use super::delivery::{Deliveries, deliver};
use super::expected::Expected;
use super::figures::{ALL_LINKS, Figures};
use super::options::Options;
use super::report::report;
use crate::random::Random;
use crate::traffic::Traffic;
use clickhouse::ClickHouse;
use queries::{BY_VALUE, QUERIES, ROLLED_UP};
use writer::{file_of_block, folder_of_blocks};

/// Blocks between two kills of ClickHouse, on average.
const BLOCKS_PER_CRASH: usize = 8;
const BLOCKS_PER_REPEAT: usize = 10;
/// A crash of Postgres interrupts the loader; it waits for the restart.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

pub(super) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    println!("[1/2] tools");
    let python = tools::ensure_clickhouse(checkout)?;
    println!("[2/2] run");
    artifacts::build_program(checkout, "bench")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    unless_interrupted(&runtime, check(checkout, python, options))
}

async fn check(checkout: &Checkout, python: PathBuf, options: &Options) -> Result<()> {
    let deliveries = Deliveries::of(options)?;
    let writers = vec![checkout.program("block-writer")];
    let feed = Arc::clone(&deliveries.feed);
    let stack = ConsumerStack::start(writers, options.consumers.into(), Durability::Durable, feed).await?;
    let blocks = folder_of_blocks(stack.folder());
    std::fs::create_dir_all(&blocks).context("no folder for blocks")?;
    let mut ledger = PgConnection::connect(&stack.postgres.analytics_database_url).await?;
    tables::create(&mut ledger).await?;
    let clickhouse = block_in_place(|| ClickHouse::start(python, stack.folder().join("clickhouse")))?;
    let mut loader = Loader {
        clickhouse,
        ledger: stack.postgres.analytics_database_url.clone(),
        blocks,
        random: Random::of(options.seed, 0x6c6f_6164),
        crashes: 0,
    };
    let (all_written, written) = watch::channel(false);
    let (delivered, loaded) = tokio::join!(
        async {
            let delivered = deliver(&stack, &deliveries, options.seed).await;
            all_written.send_replace(true);
            delivered
        },
        loader.run(written)
    );
    delivered.and(loaded)?;
    loader.report().await?;
    let stored = loader.figures().await?;
    stack.stop().await;
    let traffic = Arc::clone(&deliveries.traffic);
    let expected = tokio::task::spawn_blocking(move || expected(&traffic)).await.context("the ledger")?;
    let wrong = report(&expected, &stored);
    ensure!(wrong == 0, "{wrong} figures differ from the ledger");
    Ok(())
}

struct Loader {
    clickhouse: ClickHouse,
    /// The URL of the database.
    ledger: String,
    blocks: PathBuf,
    random: Random,
    crashes: u32,
}

impl Loader {
    /// Until everything is written and loaded.
    async fn run(&mut self, written: watch::Receiver<bool>) -> Result<()> {
        loop {
            // Read first: what is written by then is loaded below.
            let is_last = *written.borrow();
            match self.load_all().await {
                Ok(()) if is_last => return Ok(()),
                Ok(()) => {}
                // A crash of Postgres, which restarts.
                Err(error) if error.is::<sqlx::Error>() => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }

    async fn load_all(&mut self) -> Result<()> {
        let mut ledger = PgConnection::connect(&self.ledger).await?;
        loop {
            let blocks = tables::blocks_to_load(&mut ledger).await?;
            if blocks.is_empty() {
                return Ok(());
            }
            for block in blocks {
                let file = file_of_block(&self.blocks, block);
                if self.random.one_in(BLOCKS_PER_CRASH) {
                    self.crash_in(block, &file).await?;
                }
                block_in_place(|| self.clickhouse.load(block, &file))?;
                // A loader that dies here loads the block again, which the token makes harmless.
                if self.random.one_in(BLOCKS_PER_REPEAT) {
                    block_in_place(|| self.clickhouse.load(block, &file))?;
                }
                tables::mark_loaded(&mut ledger, block).await?;
            }
        }
    }

    /// Kills ClickHouse at a random moment of loading a block: before, within or after.
    async fn crash_in(&mut self, block: Uuid, file: &Path) -> Result<()> {
        self.clickhouse.begin_load(block, file)?;
        tokio::time::sleep(Duration::from_millis(self.random.below(30).try_into()?)).await;
        self.crashes += 1;
        block_in_place(|| self.clickhouse.crash())
    }

    async fn report(&mut self) -> Result<()> {
        let mut ledger = PgConnection::connect(&self.ledger).await?;
        let (blocks, clicks) = tables::sums(&mut ledger).await?;
        let files = std::fs::read_dir(&self.blocks)?.count();
        println!(
            "      {blocks} blocks of {clicks} clicks in {files} files (the rest are of writers that died); ClickHouse killed {} times",
            self.crashes
        );
        Ok(())
    }

    async fn figures(&mut self) -> Result<BTreeMap<&'static str, Figures>> {
        let mut all = BTreeMap::new();
        for (name, query) in QUERIES {
            let figures =
                block_in_place(|| self.clickhouse.figures(query)).with_context(|| name.to_owned())?;
            all.insert(name, figures.into_iter().collect());
        }
        let mut ledger = PgConnection::connect(&self.ledger).await?;
        let batches = tables::batches(&mut ledger).await?.into_iter();
        let batches: Result<Figures> =
            batches.map(|(key, produced)| Ok((key, produced.parse::<i128>()?))).collect();
        all.insert("batches", batches?);
        Ok(all)
    }
}

/// What the product's tables must have, without orphan visits, without what Postgres alone has, and with the roll-up that
/// ClickHouse makes.
fn expected(traffic: &Traffic) -> BTreeMap<&'static str, Figures> {
    let mut expected = Expected::of(traffic).into_figures();
    if let Some(days) = expected.get_mut(BY_VALUE) {
        days.retain(|key, _| key.split(' ').nth(2) != Some("orphan"));
        let is_rolled_up =
            |key: &str| key.split(' ').nth(2) == Some("total") && !key.starts_with(&ALL_LINKS.to_string());
        let rolled_up = days.iter().filter(|(key, _)| is_rolled_up(key));
        let rolled_up = rolled_up.map(|(key, clicks)| (key.clone(), *clicks)).collect();
        expected.insert(ROLLED_UP, rolled_up);
    }
    expected.retain(|name, _| *name == "batches" || QUERIES.iter().any(|(query, _)| query == name));
    expected
}
