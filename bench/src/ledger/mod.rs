//! `cargo xtask ledger`: sends clicks through real consumers that are killed, on a Postgres that crashes, each message
//! one to five times in any order; then compares every table with a ledger of the traffic.

pub mod blocks;
mod delivery;
mod expected;
mod figures;
mod options;
mod report;
mod stored;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;
use local_stack::{ClickFeed, ConsumerStack, Durability, artifacts, run_one_shot, unless_interrupted};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::optimised::{build_consumer, rerun};
use crate::traffic::Traffic;
use delivery::{Deliveries, deliver};
use expected::Expected;
pub use options::{ClickStore, Options};
use report::{DIFFERENCES_SHOWN, report};

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    if options.store == ClickStore::Blocks {
        return blocks::run(checkout, options);
    }
    // An optimised build, since this process generates and counts up to millions of clicks.
    if cfg!(debug_assertions) {
        return Err(rerun(checkout, build_consumer));
    }
    let binaries = artifacts::release_folder(checkout);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let consumers = [binaries.join("log-consumer")];
    unless_interrupted(&runtime, check(options, &consumers, &binaries.join("clicks")))
}

/// Fails if any figure differs. Consumers of several builds run side by side; `clicks` is the operator's command.
pub async fn check(options: &Options, consumers: &[PathBuf], clicks: &Path) -> Result<()> {
    let deliveries = Deliveries::of(options)?;
    for binary in consumers.iter().map(PathBuf::as_path).chain([clicks]) {
        ensure!(binary.exists(), "{} does not exist", binary.display());
    }
    let feed = Arc::clone(&deliveries.feed);
    let stack =
        ConsumerStack::start(consumers.to_vec(), options.consumers.into(), Durability::Durable, feed).await?;
    deliver(&stack, &deliveries, options.seed).await?;
    // Consumers count dead letters on a best-effort basis; the operator's list counts the rest.
    list_dead_letters(&stack, clicks).await.context("dead letters cannot be listed")?;
    let outcome = compare(&stack, &deliveries.traffic, &deliveries.feed).await;
    stack.stop().await;
    outcome
}

async fn list_dead_letters(stack: &ConsumerStack, program: &Path) -> Result<()> {
    let mut command = stack.command(program).await?;
    command.args(["dead-letters", "list"]);
    let log = stack.folder().join("logs/dead-letters.log");
    run_one_shot("clicks", command, &log).await.map(drop)
}

async fn compare(stack: &ConsumerStack, traffic: &Arc<Traffic>, feed: &ClickFeed) -> Result<()> {
    let counted = Arc::clone(traffic);
    let expected = tokio::task::spawn_blocking(move || Expected::of(&counted).into_figures())
        .await
        .context("the ledger")?;
    let mut database = PgConnection::connect(&stack.postgres.analytics_database_url).await?;
    let stored = stored::figures(&mut database).await?;
    let mut wrong = report(&expected, &stored);
    let duplicates = impossible_duplicates(traffic, feed, &stored::duplicates(&mut database).await?);
    println!("      {:<28}{:>10} impossible", "repeats counted", duplicates.len());
    for duplicate in duplicates.iter().take(DIFFERENCES_SHOWN) {
        println!("        {duplicate}");
    }
    database.close().await?;
    wrong += duplicates.len();
    ensure!(wrong == 0, "{wrong} figures differ from the ledger");
    Ok(())
}

/// A repeated message is counted, unless its consumer died first; the number of deliveries is the upper bound.
fn impossible_duplicates(traffic: &Traffic, feed: &ClickFeed, counted: &BTreeMap<Uuid, i64>) -> Vec<String> {
    let mut bounds: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    let stored = traffic.batches().iter().enumerate().filter(|(_, planned)| planned.outcome.is_stored());
    for (index, planned) in stored {
        let clicks = i64::from(planned.clicks);
        let bound = bounds.entry(planned.producer.0).or_default();
        bound.0 += clicks * i64::try_from(planned.deliveries.saturating_sub(1)).unwrap_or(0);
        bound.1 += clicks * i64::try_from(feed.delivery_count(index).saturating_sub(1)).unwrap_or(0);
    }
    let impossible = bounds.into_iter().filter_map(|(producer, (least, most))| {
        let counted = counted.get(&producer).copied().unwrap_or(0);
        let is_possible = (least..=most).contains(&counted);
        (!is_possible).then(|| format!("{producer}: {counted} repeats, expected {least} to {most}"))
    });
    impossible.collect()
}
