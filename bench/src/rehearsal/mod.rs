//! `cargo xtask rehearse`: deploys and rolls back under load. Starts the previous origin on the previous schema,
//! migrates, then switches between the current and previous origin again and again; no request may fail. Then runs
//! previous and current consumers side by side on the current schema; no click may be lost or counted differently.

mod api_load;
mod previous_release;
mod traffic_splitter;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;
use local_stack::{BlueGreen, Origin, artifacts, tools, unless_interrupted};

use crate::ledger;
pub use api_load::Tally;
use api_load::{Access, ApiLoad};
use traffic_splitter::{RoutedOrigin, TrafficSplitter};

/// Answers of the canary before it gets all requests, and of the live origin before the next switch.
const CANARY_SERVES: u64 = 5;
const LIVE_SERVES: u64 = 20;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of switches; every second one is a roll-back
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    switches: u32,
    /// The commit of the previous release [default: the commit before the newest migration: that of links for the origin,
    /// that of analytics for the consumer]
    #[arg(long, value_name = "COMMIT")]
    before: Option<String>,
}

/// The origins of both releases, and the schema of the previous one.
#[derive(Debug)]
pub struct Builds {
    pub previous: PathBuf,
    pub previous_migrations: PathBuf,
    pub current: PathBuf,
}

#[derive(Debug)]
pub struct RehearsalReport {
    pub migrated: Vec<i64>,
    pub switches: u32,
    pub duration: Duration,
    pub tally: Tally,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    tools::ensure(checkout)?;
    let chosen = |database| match &options.before {
        Some(commit) => previous_release::named(checkout.root(), commit),
        None => previous_release::newest_migration(checkout.root(), database),
    };
    let (origin, consumer) = (chosen("links")?, chosen("analytics")?);
    let current = artifacts::build(checkout)?;
    let old_origin = previous_release::build(checkout, &origin, "origin-lambda")?;
    let old_consumer = previous_release::build(checkout, &consumer, "log-consumer")?;
    let builds = Builds {
        previous: old_origin.binary,
        previous_migrations: old_origin.migrations,
        current: current.origin_lambda,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let report = unless_interrupted(&runtime, rehearse(&builds, options.switches))?;
    println!("\norigins: previous {origin}, current this checkout\n{report}");
    ensure!(report.tally.failed == 0, "{} requests failed", report.tally.failed);

    println!("\nconsumers: previous {consumer}, current this checkout; side by side on the current schema");
    let clicks = current.log_consumer.with_file_name("clicks");
    let both = [old_consumer.binary, current.log_consumer];
    unless_interrupted(&runtime, ledger::check(&ledger::Options::small(), &both, &clicks))
}

pub async fn rehearse(builds: &Builds, switches: u32) -> Result<RehearsalReport> {
    let stack = BlueGreen::start(&builds.previous_migrations).await?;
    let outcome = run_switches(&stack, builds, switches).await;
    stack.stop().await;
    outcome
}

async fn run_switches(stack: &BlueGreen, builds: &Builds, switches: u32) -> Result<RehearsalReport> {
    let mut live = LiveOrigin::start(stack, 0, &builds.previous).await?;
    let splitter = TrafficSplitter::start(&live.routed).await?;
    let access = Access {
        url: splitter.url.clone(),
        admin_key: stack.admin_key().to_owned(),
        edge_secret: stack.edge_secret().to_owned(),
    };
    let load = ApiLoad::start(&access)?;
    live.routed.wait_for_answers(LIVE_SERVES).await?;
    let migrated = stack.migrate().await.context("cannot migrate under load")?;
    live.routed.wait_for_answers(LIVE_SERVES).await?;

    let started = Instant::now();
    for number in 1..=switches {
        let binary = if number % 2 == 1 { &builds.current } else { &builds.previous };
        live = live
            .replace_with(LiveOrigin::start(stack, usize::try_from(number)?, binary).await?, &splitter)
            .await?;
    }
    let duration = started.elapsed();
    let tally = load.end().await?;
    tally.check_all(&access).await?;
    live.origin.part.stop().await;
    Ok(RehearsalReport { migrated, switches, duration, tally })
}

struct LiveOrigin {
    origin: Origin,
    routed: Arc<RoutedOrigin>,
}

impl LiveOrigin {
    async fn start(stack: &BlueGreen, number: usize, binary: &Path) -> Result<Self> {
        let origin = stack.start_origin(number, binary.to_path_buf()).await?;
        let routed = RoutedOrigin::at(&origin.url);
        Ok(Self { origin, routed })
    }

    /// Gives `next` a tenth of the requests, then all of them, and stops this origin once it is idle.
    async fn replace_with(self, next: Self, splitter: &TrafficSplitter) -> Result<Self> {
        splitter.split(&self.routed, Some(&next.routed));
        next.routed.wait_for_answers(CANARY_SERVES).await?;
        splitter.split(&next.routed, None);
        self.routed.wait_until_idle().await?;
        self.origin.part.stop().await;
        next.routed.wait_for_answers(LIVE_SERVES).await?;
        Ok(next)
    }
}

impl fmt::Display for RehearsalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migrated, switches, duration, tally } = self;
        writeln!(f, "migrations {migrated:?} applied while the previous origin served")?;
        let back = switches / 2;
        writeln!(
            f,
            "{switches} switches in {} s, {back} of them roll-backs; each with a canary of a tenth of the requests",
            duration.as_secs()
        )?;
        write!(f, "{tally}")
    }
}
