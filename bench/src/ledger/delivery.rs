//! Delivers the traffic of a run to consumers, while they are killed and Postgres crashes.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use local_stack::{ClickFeed, ConsumerStack};

use super::options::Options;
use crate::random::Random;
use crate::traffic::{Traffic, TrafficShape, pick_below};

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

/// The traffic of a run, and how it is delivered.
pub(super) struct Deliveries {
    pub(super) traffic: Arc<Traffic>,
    pub(super) feed: Arc<ClickFeed>,
    number: usize,
}

impl Deliveries {
    pub(super) fn of(options: &Options) -> Result<Self> {
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
pub(super) async fn deliver(stack: &ConsumerStack, deliveries: &Deliveries, seed: u64) -> Result<()> {
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
