//! `cargo xtask bench edge`: the cost of a redirect at the edge, on bare workerd. Compares memory hit, colo hit and
//! miss with minimal Workers, in turn in each round; then measures latency at half of the peak.

pub(super) mod backends;
mod baselines;
pub(super) mod visitors;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use local_stack::artifacts::{API_WORKER, VISITORS_WORKER, worker_bundle};
use local_stack::checkout::Checkout;
use local_stack::{EdgeStack, unless_interrupted};

use super::report::{Comparison, Latency, Report};
use crate::load::measurement::Measurement;
use crate::load::response::ExpectedHeader;
use crate::load::{self, ExpectedAnswer, Load, LoadProfile, Pace, Requests};
use backends::ReceivedClicks;
use baselines::Baselines;
use visitors::{VISITORS, request};

/// Relative to a JavaScript Worker that reads and writes the same headers, and to a constant redirect.
const MEMORY_GOAL: f64 = 0.95;
const MEMORY_GOAL_OF_CONSTANT: f64 = 0.85;
/// Relative to a JavaScript Worker that does the same `match`.
const COLO_GOAL: f64 = 1.0;
const HIT_P99_MS_GOAL: f64 = 10.0;
const MISS_P99_MS_GOAL: f64 = 50.0;
const BUNDLE_GOAL_KB: f64 = 300.0;

/// As in a campaign. Each is looked up in the colo twice a second.
const HOT_LINKS: u64 = 10;
/// Enough that each link's memory copy, which lasts half a second, expires before the link is requested again.
const COLO_LINKS: u64 = 20_000;
/// Few connections, so that the edge's concurrency limit is not reached.
const FILLING: u16 = 4;
const STEADY: Duration = Duration::from_secs(6);
/// For clicks still in flight after the last redirect.
const CLICKS_ARRIVE_WITHIN: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seconds per measurement; a round has eight
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Number of rounds; medians are reported
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: u16,
    /// Number of connections, each with one request in flight
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=128))]
    pub connections: u16,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    // One thread for all connections wakes up for batches of events, which costs the least CPU.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let origin = backends::origin().await?;
    let (queue, messages) = backends::queue().await?;
    let stack = EdgeStack::start(&origin.url, &format!("{}/1/clicks", queue.url)).await?;
    let baselines = Baselines::start(checkout, &stack).await?;
    let bench = Bench::of(&stack, &baselines, options)?;
    println!("      filling both caches with {COLO_LINKS} links");
    bench.fill().await?;
    let rounds = bench.rounds(options.rounds).await?;
    println!("      latency at half of the peak");
    let latencies = bench.latencies(&rounds).await?;
    let clicks = bench.all_clicks(&messages).await?;
    baselines.stop().await;
    stack.stop().await;
    let report =
        Report { comparisons: rounds.comparisons()?, latencies, conditions: conditions(options, clicks) };
    print!("\n{report}");
    print_bundles(checkout)
}

fn print_bundles(checkout: &Checkout) -> Result<()> {
    for (title, worker) in [("visitor's", VISITORS_WORKER), ("API's", API_WORKER)] {
        let mut kilobytes = 0.0;
        for file in worker_bundle(checkout, worker)? {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            let content = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            gzip.write_all(&content)?;
            kilobytes += gzip.finish()?.len() as f64 / 1e3;
        }
        let verdict = if kilobytes <= BUNDLE_GOAL_KB { "reached" } else { "missed" };
        println!(
            "The {title} Worker's bundle: {kilobytes:.0} KB gzip; goal: at most {BUNDLE_GOAL_KB:.0} KB, {verdict}."
        );
    }
    Ok(())
}

#[derive(Debug)]
struct Bench {
    loads: [Arc<Load>; KINDS],
    fill_ours: Arc<Load>,
    fill_theirs: Arc<Load>,
    profile: LoadProfile,
}

/// The measurements of a round, in the order of `Bench::loads`.
const KINDS: usize = 8;
const CONSTANT: usize = 0;
const HEADERS: usize = 1;
const PLAIN_RUST: usize = 2;
const MEMORY: usize = 3;
const MATCHING: usize = 4;
const MATCHING_HEADERS: usize = 5;
const COLO: usize = 6;
const MISS: usize = 7;

impl Bench {
    fn of(stack: &EdgeStack, baselines: &Baselines, options: &Options) -> Result<Self> {
        let edge: SocketAddr =
            stack.edge.url.trim_start_matches("http://").parse().context("the edge has no address")?;
        let hot = |server: SocketAddr| {
            let requests = (0..VISITORS).map(|visitor| {
                request(&server.to_string(), &format!("/hot{:04}", visitor % HOT_LINKS), visitor)
            });
            Requests::Random(requests.collect())
        };
        let cold = |server: SocketAddr| {
            let host = server.to_string();
            Requests::sequential(move |number| {
                request(&host, &format!("/in{:05}", number % COLO_LINKS), number)
            })
        };
        let host = edge.to_string();
        let new = Requests::sequential(move |number| request(&host, &format!("/{number:07}"), number));
        let constant = ExpectedAnswer { status: 302, body: "", header: None };
        let from = |tier| {
            let header = ExpectedHeader { name: "x-shortline-cache", value: tier };
            ExpectedAnswer { header: Some(header), ..constant }
        };
        let loads = [
            Load::new(baselines.constant, hot(baselines.constant), constant),
            Load::new(baselines.headers, hot(baselines.headers), constant),
            Load::new(baselines.plain_rust, hot(baselines.plain_rust), constant),
            Load::new(edge, hot(edge), from("memory")),
            Load::new(baselines.matching, cold(baselines.matching), constant),
            Load::new(baselines.matching_headers, cold(baselines.matching_headers), constant),
            Load::new(edge, cold(edge), from("colo")),
            Load::new(edge, new, from("origin")),
        ];
        let time = Duration::from_secs(options.seconds.into());
        Ok(Self {
            loads,
            fill_ours: Load::new(edge, cold(edge), constant),
            fill_theirs: Load::new(
                baselines.matching,
                cold(baselines.matching),
                ExpectedAnswer { status: 201, ..constant },
            ),
            profile: LoadProfile { connections: options.connections, time, pace: Pace::ClosedLoop },
        })
    }

    /// Requests every link once.
    async fn fill(&self) -> Result<()> {
        for load in [&self.fill_ours, &self.fill_theirs] {
            load::run_through(load, FILLING, COLO_LINKS).await?;
        }
        Ok(())
    }

    async fn rounds(&self, count: u16) -> Result<Rounds> {
        let mut rounds = Rounds::default();
        println!("      warm-up round");
        self.round(0, &mut Rounds::default()).await?;
        for number in 1..=count {
            self.round(number, &mut rounds).await?;
            println!("      round {number} of {count}: {}", rounds.last());
        }
        Ok(rounds)
    }

    /// The order rotates, so that no measurement always follows the same one.
    async fn round(&self, number: u16, rounds: &mut Rounds) -> Result<()> {
        for position in 0..KINDS {
            let kind = (position + usize::from(number)) % KINDS;
            if let (Some(load), Some(measured)) = (self.loads.get(kind), rounds.0.get_mut(kind)) {
                measured.push(load::run(load, self.profile).await?);
            }
        }
        Ok(())
    }

    async fn latencies(&self, rounds: &Rounds) -> Result<Vec<Latency>> {
        let mut latencies = Vec::new();
        for (what, kind, p99_ms_goal) in [
            ("memory hit", MEMORY, Some(HIT_P99_MS_GOAL)),
            ("colo hit", COLO, Some(HIT_P99_MS_GOAL)),
            ("miss", MISS, Some(MISS_P99_MS_GOAL)),
            // Shows the machine's own jitter.
            ("(JS, constant)", CONSTANT, None),
        ] {
            let peak = Measurement::median(rounds.of(kind))?.per_second;
            let profile = LoadProfile { time: STEADY, pace: Pace::OpenLoop(peak / 2.0), ..self.profile };
            let load = self.loads.get(kind).context("no such load")?;
            let measured = load::run(load, profile).await?;
            latencies.push(Latency { what: what.to_owned(), measured, p99_ms_goal });
        }
        Ok(latencies)
    }

    /// Waits until the queue has exactly one click per redirect.
    async fn all_clicks(&self, messages: &Mutex<ReceivedClicks>) -> Result<u64> {
        let ours = [MEMORY, COLO, MISS].iter().filter_map(|kind| self.loads.get(*kind));
        let redirects: u64 =
            ours.chain([&self.fill_ours]).map(|load| load.answered.load(Ordering::Relaxed)).sum();
        let arrived = || messages.lock().unwrap_or_else(PoisonError::into_inner).clicks;
        let until = Instant::now() + CLICKS_ARRIVE_WITHIN;
        while arrived() < redirects && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let clicks = arrived();
        ensure!(clicks == redirects, "{redirects} redirects were answered, but {clicks} clicks arrived");
        Ok(clicks)
    }
}

#[derive(Debug, Default)]
struct Rounds([Vec<Measurement>; KINDS]);

impl Rounds {
    fn of(&self, kind: usize) -> &[Measurement] {
        self.0.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    fn comparisons(&self) -> Result<Vec<Comparison>> {
        Ok(vec![
            Comparison::of("memory hit", self.of(MEMORY))?
                .against("JS, same headers", self.of(HEADERS), Some(MEMORY_GOAL))?
                .against("JS, constant", self.of(CONSTANT), Some(MEMORY_GOAL_OF_CONSTANT))?
                .against("workers-rs, constant", self.of(PLAIN_RUST), None)?,
            Comparison::of("colo hit", self.of(COLO))?
                .against("JS, same match", self.of(MATCHING), Some(COLO_GOAL))?
                .against("JS, same match, headers", self.of(MATCHING_HEADERS), None)?,
            Comparison::of("miss", self.of(MISS))?,
        ])
    }

    fn last(&self) -> String {
        let rate = |kind| self.of(kind).last().map_or(String::new(), Measurement::rate);
        format!(
            "constant {}, headers {}, workers-rs {}, memory {}, match {} and {}, colo {}, miss {}",
            rate(CONSTANT),
            rate(HEADERS),
            rate(PLAIN_RUST),
            rate(MEMORY),
            rate(MATCHING),
            rate(MATCHING_HEADERS),
            rate(COLO),
            rate(MISS),
        )
    }
}

fn conditions(options: &Options, clicks: u64) -> Vec<String> {
    let Options { seconds, rounds, connections } = options;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    vec![
        format!("{clicks} redirects of ours were answered, and {clicks} clicks arrived at the queue."),
        format!("{rounds} rounds of {seconds} s per line, in turn; medians, with the"),
        "lowest and highest round in brackets.".to_owned(),
        format!(
            "{connections} connections, {VISITORS} visitors with a browser's headers; {HOT_LINKS} hot links in memory,"
        ),
        format!(
            "{COLO_LINKS} in the colo, a new name per miss. At half of the peak, latency counts from the"
        ),
        "time a request was due (open loop); the timer adds up to 1 ms. Every workerd".to_owned(),
        format!("has {}", local_stack::V8_FLAGS.trim_end_matches(',')),
        format!(
            "{cores} cores ({system} {machine}), shared by the load, workerd, and the stand-ins behind it: the cache,"
        ),
        "an origin that answers a constant record, and a queue that counts; all on loopback.".to_owned(),
    ]
}
