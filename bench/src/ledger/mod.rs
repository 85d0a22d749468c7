//! `cargo xtask ledger`: sends clicks through real consumers that are killed, on a Postgres that crashes, each message
//! one to five times in any order; then compares every table with a ledger of the traffic.

pub mod blocks;
mod expected;
mod figures;
mod stored;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use local_stack::checkout::Checkout;
use local_stack::{ClickFeed, ConsumerStack, Durability, artifacts, run_one_shot, unless_interrupted};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::optimised::{build_consumer, rerun};
use crate::random::Random;
use crate::traffic::{Traffic, TrafficShape, pick_below};
use expected::Expected;
use figures::Figures;

/// The last two and a half days: some days have a partition, one has none.
const SPAN_MILLIS: i64 = 60 * 3_600 * 1_000;
/// Messages per invocation; Lambda's mapping allows at most a hundred.
const MESSAGES_PER_INVOCATION: std::ops::RangeInclusive<usize> = 10..=100;
/// Per run; shorter runs get one kill per [`INVOCATIONS_PER_KILL`].
const MAX_KILLS: usize = 300;
const INVOCATIONS_PER_KILL: usize = 4;
const MAX_CRASHES: usize = 15;
const INVOCATIONS_PER_CRASH: usize = 12;
const POLL_INTERVAL: Duration = Duration::from_millis(10);
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Without progress; a consumer that waits for its database gives up much earlier.
const STUCK_AFTER: Duration = Duration::from_secs(180);
const DIFFERENCES_SHOWN: usize = 10;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of clicks
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub clicks: u32,
    /// Seed of clicks, batch outcomes and order
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of consumers
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub consumers: u8,
    /// Number of links; a third of the clicks is on the first
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub links: u32,
    /// The store of clicks: the product's, or the one that was tried for more clicks than one Postgres takes
    #[arg(long, value_enum, default_value_t = ClickStore::Postgres)]
    pub store: ClickStore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ClickStore {
    Postgres,
    /// Immutable blocks, ClickHouse for statistics, and Postgres as their ledger
    Blocks,
}

impl Options {
    /// Options of a run that takes seconds.
    pub fn small() -> Self {
        Self { clicks: 20_000, seed: 1, consumers: 4, links: 20, store: ClickStore::Postgres }
    }
}

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

/// The traffic of a run, and how it is delivered.
struct Deliveries {
    traffic: Arc<Traffic>,
    feed: Arc<ClickFeed>,
    number: usize,
}

impl Deliveries {
    fn of(options: &Options) -> Result<Self> {
        let shape = TrafficShape {
            clicks: usize::try_from(options.clicks)?,
            links: usize::try_from(options.links)?,
            seed: options.seed,
            faults: true,
            span_millis: SPAN_MILLIS,
        };
        let traffic = Arc::new(Traffic::new(shape, now()?));
        let deliveries = traffic.deliveries();
        let number = deliveries.len();
        println!(
            "      {} clicks in {} batches, {number} deliveries, seed {}",
            options.clicks,
            traffic.batches().len(),
            options.seed
        );
        let messages = Arc::clone(&traffic);
        let feed = ClickFeed::new(
            deliveries,
            move |index| messages.message(index),
            MESSAGES_PER_INVOCATION,
            pick_below(options.seed),
        );
        Ok(Self { traffic, feed: Arc::new(feed), number })
    }
}

fn now() -> Result<UnixMillis> {
    let since =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(UnixMillis(i64::try_from(since.as_millis())?))
}

/// Scheduled by invocations, so that runs of any size and speed have faults.
#[derive(Debug)]
struct Faults {
    random: Random,
    invocations_per_kill: usize,
    invocations_per_crash: usize,
}

impl Faults {
    fn for_deliveries(deliveries: usize, seed: u64) -> Self {
        let invocations =
            deliveries / ((MESSAGES_PER_INVOCATION.start() + MESSAGES_PER_INVOCATION.end()) / 2);
        Self {
            random: Random::of(seed, 0x6661_756c),
            invocations_per_kill: INVOCATIONS_PER_KILL.max(invocations / MAX_KILLS),
            invocations_per_crash: INVOCATIONS_PER_CRASH.max(invocations / MAX_CRASHES),
        }
    }

    /// The number of invocations until the next fault: from one to twice the average.
    fn gap(&mut self, average: usize) -> u64 {
        u64::try_from(1 + self.random.below(2 * average)).unwrap_or(1)
    }

    /// A random moment within an invocation.
    fn moment(&mut self) -> Duration {
        Duration::from_millis(u64::try_from(self.random.below(250)).unwrap_or(0))
    }
}

/// Delivers everything while consumers are killed and Postgres crashes.
async fn deliver(stack: &ConsumerStack, deliveries: &Deliveries, seed: u64) -> Result<()> {
    let feed = &*deliveries.feed;
    let mut faults = Faults::for_deliveries(deliveries.number, seed);
    let started = Instant::now();
    let (mut kills, mut crashes) = (0, 0);
    let mut next_kill = faults.gap(faults.invocations_per_kill);
    let mut next_crash = faults.gap(faults.invocations_per_crash);
    let mut watch = ProgressWatch::new();
    while !feed.is_empty() {
        stack.check().await?;
        watch.check(feed)?;
        let invocations = feed.progress().invocations;
        if invocations >= next_kill {
            tokio::time::sleep(faults.moment()).await;
            stack.kill(faults.random.below(stack.consumers())).await?;
            kills += 1;
            next_kill = feed.progress().invocations + faults.gap(faults.invocations_per_kill);
        }
        if invocations >= next_crash {
            tokio::time::sleep(faults.moment()).await;
            stack.postgres.crash().await;
            tokio::time::sleep(faults.moment()).await;
            stack.postgres.part.up().await.context("Postgres does not restart")?;
            crashes += 1;
            next_crash = feed.progress().invocations + faults.gap(faults.invocations_per_crash);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    let progress = feed.progress();
    println!(
        "      delivered in {:.0} s: {} invocations, {kills} consumers killed, {crashes} crashes of Postgres, {} messages returned",
        started.elapsed().as_secs_f64(),
        progress.invocations,
        progress.returned
    );
    Ok(())
}

/// Prints progress and detects a stall.
struct ProgressWatch {
    started: Instant,
    reported: Instant,
    moved: Instant,
    left: usize,
}

impl ProgressWatch {
    fn new() -> Self {
        let now = Instant::now();
        Self { started: now, reported: now, moved: now, left: 0 }
    }

    fn check(&mut self, feed: &ClickFeed) -> Result<()> {
        let progress = feed.progress();
        let left = progress.waiting + progress.in_progress;
        if left != self.left {
            (self.left, self.moved) = (left, Instant::now());
        }
        ensure!(self.moved.elapsed() < STUCK_AFTER, "no progress for {STUCK_AFTER:?}: {progress:?}");
        if self.reported.elapsed() > REPORT_INTERVAL {
            self.reported = Instant::now();
            println!(
                "      {:>5.0} s: {left} deliveries left, {} returned",
                self.started.elapsed().as_secs_f64(),
                progress.returned
            );
        }
        Ok(())
    }
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

/// Prints what is compared. Returns the number of figures that differ.
fn report(expected: &BTreeMap<&'static str, Figures>, stored: &BTreeMap<&'static str, Figures>) -> usize {
    let mut wrong = 0;
    for (name, expected) in expected {
        let none = Figures::new();
        let differences = differences(expected, stored.get(name).unwrap_or(&none));
        let verdict =
            if differences.is_empty() { "equal".to_owned() } else { format!("{} DIFFER", differences.len()) };
        println!("      {name:<28}{:>10} figures  {verdict}", expected.len());
        for difference in differences.iter().take(DIFFERENCES_SHOWN) {
            println!("        {difference}");
        }
        wrong += differences.len();
    }
    wrong
}

fn differences(expected: &Figures, stored: &Figures) -> Vec<String> {
    let missing_or_wrong = expected.iter().filter_map(|(key, expected)| match stored.get(key) {
        Some(stored) if stored == expected => None,
        stored => Some(format!("{key}: expected {expected}, stored {}", stored.copied().unwrap_or(0))),
    });
    let unexpected = stored
        .iter()
        .filter(|(key, _)| !expected.contains_key(*key))
        .map(|(key, stored)| format!("{key}: expected nothing, stored {stored}"));
    missing_or_wrong.chain(unexpected).collect()
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
