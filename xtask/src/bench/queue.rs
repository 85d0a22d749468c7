//! `cargo xtask bench queue`: whether visitors notice that the click queue fails. Redirects at a steady rate on bare workerd,
//! before a queue that is healthy and then fails in each way that a queue may, in one run; then the books. Decides which ways,
//! and the goal.

mod ledger;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use self::ledger::{Books, Ledger};
use super::edge::backends;
use super::edge::visitors::{VISITORS, request};
use super::load::{self, Effort, Expected, Load, Pace, Requests};
use super::report::{Comparison, Latency, Report};
use super::response::Mark;
use crate::figures::grouped;
use crate::interrupt::unless_interrupted;
use crate::stack::{Behind, EdgeStack, Mood, QueueFront, body_of, json_answer};

/// That of a memory hit with a healthy queue (`bench edge`).
const P99_MS_GOAL: f64 = 10.0;
/// All in the isolate's memory.
const HOT_LINKS: u64 = 10;
/// Of a queue that is healthy, to find the peak of which half is asked.
const PEAK: Duration = Duration::from_secs(3);
/// Twice the longest that an open breaker waits for its next probe, and a batch's attempts.
const BOOKS_CLOSE_WITHIN: Duration = Duration::from_secs(100);

/// As SQS does each of them.
const MOODS: [(&str, Mood); 9] = [
    ("healthy", Mood::Healthy),
    // As long as one attempt may take: it has the message, and the edge does not know.
    ("late by 5 s", Mood::Late(Duration::from_secs(5))),
    ("throttling (429)", Mood::Answering(429, "RequestThrottled")),
    ("failing (503)", Mood::Answering(503, "ServiceUnavailable")),
    ("denying access (403)", Mood::Answering(403, "AccessDeniedException")),
    ("refusing the message (400)", Mood::Answering(400, "InvalidMessageContents")),
    ("silent", Mood::Silent),
    ("gone", Mood::Gone),
    ("healthy again", Mood::Healthy),
];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seconds of each failure
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Connections, one request on the way on each
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=128))]
    pub connections: u16,
}

pub fn run(options: &Options) -> Result<()> {
    // One thread for all connections: what it wakes up for then comes in batches, which is the leanest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let origin = backends::origin().await?;
    let ledger = Arc::<Mutex<Ledger>>::default();
    let front = QueueFront::start(keep(Arc::clone(&ledger))).await?;
    let stack = EdgeStack::start(&origin.url, &front.click_queue_url()).await?;
    let edge: SocketAddr =
        stack.edge.url.trim_start_matches("http://").parse().context("the edge has no address")?;
    let hits = (0..VISITORS)
        .map(|visitor| request(&edge.to_string(), &format!("/hot{:04}", visitor % HOT_LINKS), visitor));
    let mark = Mark { name: "x-shortline-cache", value: "memory" };
    let expected = Expected { status: 302, body: "", mark: Some(mark) };
    let hit = Load::new(edge, Requests::AtRandom(hits.collect()), expected);
    let effort = Effort { connections: options.connections, time: PEAK, pace: Pace::AtPeak };
    load::run(&hit, effort).await.context("a first round that does not count")?;
    let peak = load::run(&hit, effort).await?;
    println!("      peak: {} redirects a second; now half of it", peak.rate());

    let pace = Pace::Steady(peak.per_second / 2.0);
    let effort = Effort { time: Duration::from_secs(options.seconds.into()), pace, ..effort };
    let mut latencies = Vec::new();
    for (what, mood) in MOODS {
        front.set(mood).await?;
        let before = front.asked();
        let measured = load::run(&hit, effort).await.with_context(|| format!("the queue is {what}"))?;
        println!("      {what}: {} requests to the queue", front.asked() - before);
        latencies.push(Latency { what: what.to_owned(), measured, p99_ms_goal: Some(P99_MS_GOAL) });
    }
    let books = closed_books(&hit, &ledger).await?;
    stack.stop().await;
    let comparisons = vec![Comparison::of("at peak, queue healthy", &[peak])?];
    print!("\n{}", Report { comparisons, latencies, conditions: conditions(options, &books) });
    ensure!(books.missing == 0, "{} clicks are missing: neither stored nor declared dropped", books.missing);
    Ok(())
}

/// Takes every message, and keeps books of it as the consumer does.
fn keep(ledger: Arc<Mutex<Ledger>>) -> Behind {
    Arc::new(move |request| {
        let taken = ledger.lock().unwrap_or_else(PoisonError::into_inner).take(body_of(&request));
        let answer = match taken {
            Ok(()) => json_answer(200, r#"{"MessageId":"1"}"#),
            Err(error) => json_answer(500, &error.to_string()),
        };
        Box::pin(async move { Some(answer) })
    })
}

/// With a healthy queue, until nothing is missing of all redirects. Somebody must follow a link now and then: an isolate that
/// nobody asks for anything sends nothing.
async fn closed_books(hit: &Arc<Load>, ledger: &Mutex<Ledger>) -> Result<Books> {
    let until = Instant::now() + BOOKS_CLOSE_WITHIN;
    loop {
        // Clicks wait for half a second, and a batch for its turn.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answered = hit.answered.load(Ordering::Relaxed);
        let books = ledger.lock().unwrap_or_else(PoisonError::into_inner).books(answered);
        if books.missing == 0 || Instant::now() > until {
            return Ok(books);
        }
        let effort = Effort { connections: 1, time: Duration::from_millis(50), pace: Pace::Steady(20.0) };
        load::run(hit, effort).await?;
    }
}

fn conditions(options: &Options, books: &Books) -> Vec<String> {
    let Options { seconds, connections } = options;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let number = |clicks: u64| grouped(clicks as f64);
    let Books { produced, stored, again, dropped, missing } = books;
    let reasons: Vec<String> =
        dropped.iter().map(|(reason, clicks)| format!("{} {reason}", number(*clicks))).collect();
    vec![
        format!("The books: {} redirects = {} stored", number(*produced), number(*stored)),
        format!("  + {} dropped ({})", number(dropped.values().sum()), reasons.join(", ")),
        format!(
            "  + {} missing. {} clicks came again in the same messages.",
            number(*missing),
            number(*again)
        ),
        format!(
            "Memory hits of {HOT_LINKS} links, {connections} connections, {VISITORS} visitors; {seconds} s of each, one right after"
        ),
        "the other, while batches of before still wait. Each request counts from the time it was due."
            .to_owned(),
        format!("{cores} cores, shared by the load, workerd and the stand-ins for origin, cache and queue."),
    ]
}
