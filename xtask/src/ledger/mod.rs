//! `cargo xtask ledger`: clicks through real consumers that are killed, on a Postgres that crashes, each message once to five
//! times in any order; then every table against what the traffic itself adds up to. Decides when what is killed, and what is
//! reported.

mod expected;
mod stored;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::artifacts;
use crate::bench::{again_optimised, build_consumer};
use crate::checkout::Checkout;
use crate::interrupt::unless_interrupted;
use crate::stack::{ClickFeed, ConsumerStack, Durability, run_to_end};
use crate::traffic::{Random, Shape, Traffic};
use expected::Expected;

/// Stands for all links together in the roll-ups.
const ALL_LINKS: Uuid = Uuid::max();

/// Numbers by what they count.
type Figures = BTreeMap<String, i128>;

/// The last two days and a half: days that have a partition, and one that has none.
const SPAN_MILLIS: i64 = 60 * 3_600 * 1_000;
/// Messages that an invocation brings: Lambda's mapping is set to a hundred at most.
const AT_ONCE: std::ops::RangeInclusive<usize> = 10..=100;
/// Of a run, however long; shorter ones get one for so many invocations.
const MOST_KILLS: usize = 300;
const INVOCATIONS_A_KILL: usize = 4;
const MOST_CRASHES: usize = 15;
const INVOCATIONS_A_CRASH: usize = 12;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
const BETWEEN_REPORTS: Duration = Duration::from_secs(10);
/// Without a message more or less; a consumer that waits for its database gives up far earlier.
const STUCK_AFTER: Duration = Duration::from_secs(180);
const DIFFERENCES_SHOWN: usize = 10;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many clicks are made
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub clicks: u32,
    /// Which clicks, which fates, which order
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Consumers at a time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub consumers: u8,
    /// How many links the clicks are on; a third is on the first
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub links: u32,
}

impl Options {
    /// A run that takes seconds.
    pub fn small() -> Self {
        Self { clicks: 20_000, seed: 1, consumers: 4, links: 20 }
    }
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    // Ten million clicks are made, encoded and counted here.
    if cfg!(debug_assertions) {
        return Err(again_optimised(checkout, build_consumer));
    }
    let binaries = artifacts::release_folder(checkout);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let consumers = [binaries.join("log-consumer")];
    unless_interrupted(&runtime, check(options, &consumers, &binaries.join("clicks")))
}

/// An error where any figure differs. Consumers of several builds work side by side; `clicks` is the operator's command.
pub async fn check(options: &Options, consumers: &[PathBuf], clicks: &Path) -> Result<()> {
    let shape = Shape {
        clicks: usize::try_from(options.clicks)?,
        links: usize::try_from(options.links)?,
        seed: options.seed,
        faults: true,
        span_millis: SPAN_MILLIS,
    };
    let traffic = Arc::new(Traffic::new(shape, now()?));
    let deliveries = traffic.deliveries();
    println!(
        "      {} clicks in {} batches, {} deliveries, seed {}",
        options.clicks,
        traffic.batches().len(),
        deliveries.len(),
        options.seed
    );
    let faults = Faults::for_deliveries(deliveries.len(), options.seed);
    let messages = Arc::clone(&traffic);
    let feed = ClickFeed::new(deliveries, move |index| messages.message(index), AT_ONCE, options.seed);
    let feed = Arc::new(feed);
    for binary in consumers.iter().map(PathBuf::as_path).chain([clicks]) {
        ensure!(binary.exists(), "there is no {}", binary.display());
    }
    let number = options.consumers.into();
    let stack = ConsumerStack::start(consumers.to_vec(), number, Durability::Kept, Arc::clone(&feed)).await?;
    let began = Instant::now();
    let (kills, crashes) = deliver(&stack, &feed, faults).await?;
    let took = began.elapsed();
    let progress = feed.progress();
    println!(
        "      delivered in {:.0} s: {} invocations, {kills} consumers killed, {crashes} crashes of Postgres, {} messages back",
        took.as_secs_f64(),
        progress.invocations,
        progress.given_back
    );
    // A consumer counts its dead letters as well as it can; the operator's list counts those that are left.
    list_letters(&stack, clicks).await.context("dead letters cannot be listed")?;
    let outcome = compare(&stack, &traffic, &feed).await;
    stack.stop().await;
    outcome
}

fn now() -> Result<UnixMillis> {
    let since =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(UnixMillis(i64::try_from(since.as_millis())?))
}

/// Counted in invocations, so that a run of any size and speed meets them.
#[derive(Debug)]
struct Faults {
    random: Random,
    invocations_a_kill: usize,
    invocations_a_crash: usize,
}

impl Faults {
    fn for_deliveries(deliveries: usize, seed: u64) -> Self {
        let invocations = deliveries / ((AT_ONCE.start() + AT_ONCE.end()) / 2);
        Self {
            random: Random::of(seed, 0x6661_756c),
            invocations_a_kill: INVOCATIONS_A_KILL.max(invocations / MOST_KILLS),
            invocations_a_crash: INVOCATIONS_A_CRASH.max(invocations / MOST_CRASHES),
        }
    }

    /// After how many invocations the next one comes: between one and twice as many as on average.
    fn gap(&mut self, average: usize) -> u64 {
        u64::try_from(1 + self.random.below(2 * average)).unwrap_or(1)
    }

    /// Somewhere in an invocation, which takes about as long.
    fn moment(&mut self) -> Duration {
        Duration::from_millis(u64::try_from(self.random.below(250)).unwrap_or(0))
    }
}

/// Until nothing is left to deliver. Returns how many consumers were killed and how often Postgres was.
async fn deliver(stack: &ConsumerStack, feed: &ClickFeed, mut faults: Faults) -> Result<(u32, u32)> {
    let (mut kills, mut crashes) = (0, 0);
    let mut next_kill = faults.gap(faults.invocations_a_kill);
    let mut next_crash = faults.gap(faults.invocations_a_crash);
    let mut watch = Watch::new();
    while !feed.is_empty() {
        stack.check().await?;
        watch.look(feed)?;
        let invocations = feed.progress().invocations;
        if invocations >= next_kill {
            tokio::time::sleep(faults.moment()).await;
            stack.kill(faults.random.below(stack.consumers())).await?;
            kills += 1;
            next_kill = feed.progress().invocations + faults.gap(faults.invocations_a_kill);
        }
        if invocations >= next_crash {
            tokio::time::sleep(faults.moment()).await;
            stack.postgres.crash().await;
            tokio::time::sleep(faults.moment()).await;
            stack.postgres.part.up().await.context("Postgres does not come back")?;
            crashes += 1;
            next_crash = feed.progress().invocations + faults.gap(faults.invocations_a_crash);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok((kills, crashes))
}

/// Tells how it goes, and notices when it does not.
struct Watch {
    began: Instant,
    reported: Instant,
    moved: Instant,
    left: usize,
}

impl Watch {
    fn new() -> Self {
        let now = Instant::now();
        Self { began: now, reported: now, moved: now, left: 0 }
    }

    fn look(&mut self, feed: &ClickFeed) -> Result<()> {
        let progress = feed.progress();
        let left = progress.waiting + progress.in_hand;
        if left != self.left {
            (self.left, self.moved) = (left, Instant::now());
        }
        ensure!(self.moved.elapsed() < STUCK_AFTER, "nothing moves any more: {progress:?}");
        if self.reported.elapsed() > BETWEEN_REPORTS {
            self.reported = Instant::now();
            println!(
                "      {:>5.0} s: {left} deliveries to go, {} came back",
                self.began.elapsed().as_secs_f64(),
                progress.given_back
            );
        }
        Ok(())
    }
}

async fn list_letters(stack: &ConsumerStack, program: &Path) -> Result<()> {
    let mut command = stack.command(program).await?;
    command.args(["dead-letters", "list"]);
    let log = stack.folder().join("logs/dead-letters.log");
    run_to_end("clicks", command, &log).await.map(drop)
}

async fn compare(stack: &ConsumerStack, traffic: &Arc<Traffic>, feed: &ClickFeed) -> Result<()> {
    let counted = Arc::clone(traffic);
    let expected = tokio::task::spawn_blocking(move || Expected::of(&counted).into_figures())
        .await
        .context("the ledger")?;
    let mut database = PgConnection::connect(&stack.postgres.analytics_database_url).await?;
    let stored = stored::figures(&mut database).await?;
    let mut wrong = 0;
    for (name, expected) in &expected {
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
    let duplicates = impossible_duplicates(traffic, feed, &stored::duplicates(&mut database).await?);
    println!("      {:<28}{:>10} impossible", "repeats in the books", duplicates.len());
    for duplicate in duplicates.iter().take(DIFFERENCES_SHOWN) {
        println!("        {duplicate}");
    }
    database.close().await?;
    wrong += duplicates.len();
    ensure!(wrong == 0, "{wrong} figures differ from the ledger");
    Ok(())
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

/// A message that came again is counted as a repeat, unless its consumer died before it could say so, which only the
/// number of times that it was handed out bounds.
fn impossible_duplicates(traffic: &Traffic, feed: &ClickFeed, counted: &BTreeMap<Uuid, i64>) -> Vec<String> {
    let mut bounds: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    let stored = traffic.batches().iter().enumerate().filter(|(_, planned)| planned.fate.is_stored());
    for (index, planned) in stored {
        let clicks = i64::from(planned.clicks);
        let bound = bounds.entry(planned.producer.0).or_default();
        bound.0 += clicks * i64::try_from(planned.deliveries.saturating_sub(1)).unwrap_or(0);
        bound.1 += clicks * i64::try_from(feed.times_handed_out(index).saturating_sub(1)).unwrap_or(0);
    }
    let impossible = bounds.into_iter().filter_map(|(producer, (least, most))| {
        let counted = counted.get(&producer).copied().unwrap_or(0);
        let is_possible = (least..=most).contains(&counted);
        (!is_possible).then(|| format!("{producer}: {counted} repeats, not within {least} and {most}"))
    });
    impossible.collect()
}
