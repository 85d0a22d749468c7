//! `cargo xtask bench queue`: redirect latency while the click queue fails. Redirects at a steady rate on bare workerd,
//! in front of a queue that is healthy and then fails in each way; then checks the click accounting.

mod ledger;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use local_stack::format::with_thousands;
use local_stack::{EdgeStack, FaultMode, FaultProxy, Upstream, body_of, json_answer, unless_interrupted};

use self::ledger::{ClickAccounting, Ledger};
use super::edge::backends;
use super::edge::visitors::{VISITORS, request};
use super::report::{Comparison, Latency, Report};
use crate::load::response::ExpectedHeader;
use crate::load::{self, ExpectedAnswer, Load, LoadProfile, Pace, Requests};

/// The same as for a memory hit with a healthy queue (`bench edge`).
const P99_MS_GOAL: f64 = 10.0;
/// Served from the isolate's memory.
const HOT_LINKS: u64 = 10;
/// Measures the peak with a healthy queue; the run uses half of it.
const PEAK: Duration = Duration::from_secs(3);
/// Twice the longest wait of an open breaker for its next probe, plus a batch's attempts.
const ACCOUNTING_TIMEOUT: Duration = Duration::from_secs(100);

/// Each failure as SQS shows it.
const FAULTS: [(&str, FaultMode); 9] = [
    ("healthy", FaultMode::Healthy),
    // As long as an attempt's timeout: the queue has the message, but the edge does not know.
    ("delayed by 5 s", FaultMode::Delayed(Duration::from_secs(5))),
    ("throttling (429)", FaultMode::Failing(429, "RequestThrottled")),
    ("failing (503)", FaultMode::Failing(503, "ServiceUnavailable")),
    ("denying access (403)", FaultMode::Failing(403, "AccessDeniedException")),
    ("refusing the message (400)", FaultMode::Failing(400, "InvalidMessageContents")),
    ("hanging", FaultMode::Silent),
    ("down", FaultMode::Down),
    ("healthy again", FaultMode::Healthy),
];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seconds per failure
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Number of connections, each with one request in flight
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=128))]
    pub connections: u16,
}

pub fn run(options: &Options) -> Result<()> {
    // One thread for all connections wakes up for batches of events, which costs the least CPU.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let origin = backends::origin().await?;
    let ledger = Arc::<Mutex<Ledger>>::default();
    let proxy = FaultProxy::start(record_in(Arc::clone(&ledger))).await?;
    let stack = EdgeStack::start(&origin.url, &proxy.click_queue_url()).await?;
    let edge: SocketAddr =
        stack.edge.url.trim_start_matches("http://").parse().context("the edge has no address")?;
    let hits = (0..VISITORS)
        .map(|visitor| request(&edge.to_string(), &format!("/hot{:04}", visitor % HOT_LINKS), visitor));
    let header = ExpectedHeader { name: "x-shortline-cache", value: "memory" };
    let expected = ExpectedAnswer { status: 302, body: "", header: Some(header) };
    let hit = Load::new(edge, Requests::Random(hits.collect()), expected);
    let profile = LoadProfile { connections: options.connections, time: PEAK, pace: Pace::ClosedLoop };
    load::run(&hit, profile).await.context("warm-up round")?;
    let peak = load::run(&hit, profile).await?;
    println!("      peak: {} redirects a second; the run uses half of it", peak.rate());

    let pace = Pace::OpenLoop(peak.per_second / 2.0);
    let profile = LoadProfile { time: Duration::from_secs(options.seconds.into()), pace, ..profile };
    let mut latencies = Vec::new();
    for (what, mode) in FAULTS {
        proxy.set(mode).await?;
        let before = proxy.request_count();
        let measured = load::run(&hit, profile).await.with_context(|| format!("the queue is {what}"))?;
        println!("      {what}: {} requests to the queue", proxy.request_count() - before);
        latencies.push(Latency { what: what.to_owned(), measured, p99_ms_goal: Some(P99_MS_GOAL) });
    }
    let accounting = final_accounting(&hit, &ledger).await?;
    stack.stop().await;
    let comparisons = vec![Comparison::of("at peak, queue healthy", &[peak])?];
    print!("\n{}", Report { comparisons, latencies, conditions: conditions(options, &accounting) });
    ensure!(
        accounting.missing == 0,
        "{} clicks are missing: neither stored nor declared dropped",
        accounting.missing
    );
    Ok(())
}

/// Accepts every message and records it in the ledger.
fn record_in(ledger: Arc<Mutex<Ledger>>) -> Upstream {
    Arc::new(move |request| {
        let taken = ledger.lock().unwrap_or_else(PoisonError::into_inner).record(body_of(&request));
        let answer = match taken {
            Ok(()) => json_answer(200, r#"{"MessageId":"1"}"#),
            Err(error) => json_answer(500, &error.to_string()),
        };
        Box::pin(async move { Some(answer) })
    })
}

/// Waits until no click is missing. Follows a link now and then, because an idle isolate sends nothing.
async fn final_accounting(hit: &Arc<Load>, ledger: &Mutex<Ledger>) -> Result<ClickAccounting> {
    let until = Instant::now() + ACCOUNTING_TIMEOUT;
    loop {
        // Clicks are buffered for half a second, and batches are sent in turn.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answered = hit.answered.load(Ordering::Relaxed);
        let accounting = ledger.lock().unwrap_or_else(PoisonError::into_inner).accounting(answered);
        if accounting.missing == 0 || Instant::now() > until {
            return Ok(accounting);
        }
        let profile =
            LoadProfile { connections: 1, time: Duration::from_millis(50), pace: Pace::OpenLoop(20.0) };
        load::run(hit, profile).await?;
    }
}

fn conditions(options: &Options, accounting: &ClickAccounting) -> Vec<String> {
    let Options { seconds, connections } = options;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let number = |clicks: u64| with_thousands(clicks as f64);
    let ClickAccounting { produced, stored, repeated, dropped, missing } = accounting;
    let reasons: Vec<String> =
        dropped.iter().map(|(reason, clicks)| format!("{} {reason}", number(*clicks))).collect();
    vec![
        format!("Click accounting: {} redirects = {} stored", number(*produced), number(*stored)),
        format!("  + {} dropped ({})", number(dropped.values().sum()), reasons.join(", ")),
        format!(
            "  + {} missing. {} clicks arrived again in repeated messages.",
            number(*missing),
            number(*repeated)
        ),
        format!(
            "Memory hits on {HOT_LINKS} links, {connections} connections, {VISITORS} visitors; {seconds} s per failure, one right after"
        ),
        "the other, while earlier batches still wait. Latency counts from the time a request was due."
            .to_owned(),
        format!("{cores} cores, shared by the load, workerd and the stand-ins for origin, cache and queue."),
    ]
}
