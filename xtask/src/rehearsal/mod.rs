//! `cargo xtask rehearse`: deployments and roll-backs under load. An origin of before on the schema of before, the migrations, an
//! origin of now, and back, again and again; no request may fail. Then consumers of before and of now, side by side on the schema
//! of now; no click may be lost or counted otherwise. Decides the order of a switch, and who is of before; who gets a request
//! is in `front`, what is asked in `visitors`.

mod before;
mod front;
mod visitors;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::artifacts;
use crate::checkout::Checkout;
use crate::interrupt::unless_interrupted;
use crate::ledger;
use crate::stack::{BlueGreen, Origin};
use crate::tools;
use front::{Front, Target};
pub use visitors::Account;
use visitors::{Access, Visitors};

/// Answers of the canary before it gets everything, and of whoever is live before the next switch.
const CANARY_SERVES: u64 = 5;
const LIVE_SERVES: u64 = 20;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Switches; every second one is a roll-back
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    switches: u32,
    /// The commit whose builds are those of before, and whose migrations are the schema to begin with. By default the one before
    /// the newest migration: of the links for the origin, of the analytics for the consumer
    #[arg(long, value_name = "COMMIT")]
    before: Option<String>,
}

/// What takes part: origins of two builds, and the schema that the first of them was made for.
#[derive(Debug)]
pub struct Cast {
    pub before: PathBuf,
    pub migrations_before: PathBuf,
    pub now: PathBuf,
}

#[derive(Debug)]
pub struct Report {
    pub migrated: Vec<i64>,
    pub switches: u32,
    pub took: Duration,
    pub account: Account,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    tools::ensure(checkout)?;
    let chosen = |database| match &options.before {
        Some(commit) => before::named(checkout.root(), commit),
        None => before::newest_migration(checkout.root(), database),
    };
    let (origin, consumer) = (chosen("links")?, chosen("analytics")?);
    let now = artifacts::build(checkout)?;
    let old_origin = before::build(checkout, &origin, "origin-lambda")?;
    let old_consumer = before::build(checkout, &consumer, "log-consumer")?;
    let cast =
        Cast { before: old_origin.binary, migrations_before: old_origin.migrations, now: now.origin_lambda };
    let runtime = tokio::runtime::Runtime::new()?;
    let report = unless_interrupted(&runtime, rehearse(&cast, options.switches))?;
    println!("\norigins of before: {origin}; of now: this checkout\n{report}");
    ensure!(report.account.failed == 0, "{} requests failed", report.account.failed);

    println!("\nconsumers of before: {consumer}; of now: this checkout; side by side on the schema of now");
    let clicks = now.log_consumer.with_file_name("clicks");
    let both = [old_consumer.binary, now.log_consumer];
    unless_interrupted(&runtime, ledger::check(&ledger::Options::small(), &both, &clicks))
}

pub async fn rehearse(cast: &Cast, switches: u32) -> Result<Report> {
    let stage = BlueGreen::start(&cast.migrations_before).await?;
    let outcome = perform(&stage, cast, switches).await;
    stage.stop().await;
    outcome
}

async fn perform(stage: &BlueGreen, cast: &Cast, switches: u32) -> Result<Report> {
    let mut live = Server::start(stage, 0, &cast.before).await?;
    let front = Front::open(&live.target).await?;
    let access = Access {
        url: front.url.clone(),
        admin_key: stage.admin_key().to_owned(),
        edge_secret: stage.edge_secret().to_owned(),
    };
    let visitors = Visitors::begin(&access)?;
    live.target.serves(LIVE_SERVES).await?;
    let migrated = stage.migrate().await.context("the migrations, under load")?;
    live.target.serves(LIVE_SERVES).await?;

    let began = Instant::now();
    for number in 1..=switches {
        let binary = if number % 2 == 1 { &cast.now } else { &cast.before };
        live =
            live.give_way_to(Server::start(stage, usize::try_from(number)?, binary).await?, &front).await?;
    }
    let took = began.elapsed();
    let account = visitors.end().await?;
    account.check_all(&access).await?;
    live.origin.part.stop().await;
    Ok(Report { migrated, switches, took, account })
}

struct Server {
    origin: Origin,
    target: Arc<Target>,
}

impl Server {
    async fn start(stage: &BlueGreen, number: usize, binary: &Path) -> Result<Self> {
        let origin = stage.start_origin(number, binary.to_path_buf()).await?;
        let target = Target::at(&origin.url);
        Ok(Self { origin, target })
    }

    /// A tenth of the requests, then all of them; the one before ends when it has nothing left to do.
    async fn give_way_to(self, next: Self, front: &Front) -> Result<Self> {
        front.share(&self.target, Some(&next.target));
        next.target.serves(CANARY_SERVES).await?;
        front.share(&next.target, None);
        self.target.is_idle().await?;
        self.origin.part.stop().await;
        next.target.serves(LIVE_SERVES).await?;
        Ok(next)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migrated, switches, took, account } = self;
        writeln!(f, "migrations {migrated:?} applied while the origin of before served")?;
        let back = switches / 2;
        writeln!(
            f,
            "{switches} switches in {} s, {back} of them roll-backs; each by a canary with a tenth of the requests",
            took.as_secs()
        )?;
        write!(f, "{account}")
    }
}
