//! `cargo xtask bench clicks`: the consumer's throughput. Compares clicks a second through the real binary with
//! inserting the same rows directly: all rows by COPY, and the raw clicks by COPY and by UNNEST, in turn, on one
//! Postgres.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use local_stack::checkout::Checkout;
use local_stack::{ClickFeed, ConsumerStack, Durability, QueueMessage, artifacts, unless_interrupted};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::copy_baseline::{
    Columns, all_rows_since, clicks_since, copy, empty_all, insert, next_transaction,
};
use super::report::{Comparison, Report};
use crate::load::measurement::{Measurement, Percentiles};
use crate::traffic::{BATCHES_PER_PRODUCER, MAX_CLICKS_PER_BATCH, Traffic, TrafficShape, pick_below};

/// Relative to COPY of all rows that it wrote, with roll-ups in their state at the end of a round.
const GOAL: f64 = 0.5;
/// A round consists of whole producers, so that its rows can be identified.
const CLICKS_PER_PRODUCER: usize = BATCHES_PER_PRODUCER * MAX_CLICKS_PER_BATCH;
/// The clicks of a round span this time, as in a busy campaign.
const ROUND_MILLIS: i64 = 30 * 1_000;
/// A round takes seconds.
const ROUND_TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Clicks per round, in units of 20,000
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub producers: u8,
    /// Number of rounds; medians are reported
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub rounds: u8,
    /// Messages per invocation, each of 100 clicks; baseline statements have as many rows
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub messages: u8,
    /// Number of consumers, and of the baseline's connections
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub consumers: u8,
    /// Number of links; a third of the clicks is on the first
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub links: u32,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let clicks_per_round = usize::from(options.producers) * CLICKS_PER_PRODUCER;
    let shape = TrafficShape {
        clicks: clicks_per_round * (usize::from(options.rounds) + 1),
        links: usize::try_from(options.links)?,
        seed: 1,
        faults: false,
        span_millis: ROUND_MILLIS * i64::from(options.rounds),
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    let traffic = Traffic::new(shape, UnixMillis(i64::try_from(now.as_millis())?));
    // Generated in advance, so that only the consumer is timed.
    let messages: Vec<QueueMessage> =
        (0..traffic.batches().len()).filter_map(|index| traffic.message(index)).collect();
    let batches_per_round = clicks_per_round / MAX_CLICKS_PER_BATCH;
    let producers: Vec<Uuid> = traffic.batches().iter().map(|batch| batch.producer.0).collect();
    let per_invocation = usize::from(options.messages);
    let feed = ClickFeed::new(
        Vec::new(),
        move |index| messages.get(index).cloned(),
        per_invocation..=per_invocation,
        pick_below(1),
    );
    let feed = Arc::new(feed);
    let binary = artifacts::release(checkout, "log-consumer");
    let consumers = usize::from(options.consumers);
    let stack =
        ConsumerStack::start(vec![binary], consumers, Durability::Throwaway, Arc::clone(&feed)).await?;
    let mut connections = Vec::new();
    for _ in 0..consumers {
        connections.push(PgConnection::connect(&stack.postgres.analytics_database_url).await?);
    }
    let baseline_url = stack.postgres.create_analytics("copy_baseline").await?;
    let mut baseline_connections = Vec::new();
    for _ in 0..consumers {
        baseline_connections.push(PgConnection::connect(&baseline_url).await?);
    }
    let rows_per_statement = per_invocation * MAX_CLICKS_PER_BATCH;
    let mut bench = Bench { stack, feed, connections, baseline_connections, rows_per_statement };
    let mut rounds = Rounds::default();
    for number in 0..=usize::from(options.rounds) {
        let batches = number * batches_per_round..(number + 1) * batches_per_round;
        let producers = producers.get(batches.clone()).context("no such round")?.to_vec();
        let round = bench.round(batches, producers, number % 2 == 0).await?;
        match number {
            0 => {
                simulate_history(&mut bench.stack_connection().await?).await?;
                println!("      warm-up round");
            }
            _ => println!("      round {number} of {}: {}", options.rounds, rounds.add(round)),
        }
    }
    let postgres =
        sqlx::query_scalar("SHOW server_version").fetch_one(&mut bench.stack_connection().await?).await?;
    bench.stack.stop().await;
    print!("\n{}", rounds.report(options, postgres)?);
    Ok(())
}

/// As in an older installation: each link has had more clicks than the cardinality limit, so the consumer must look up
/// which values are new.
async fn simulate_history(connection: &mut PgConnection) -> Result<()> {
    sqlx::query("UPDATE link_totals SET clicks = clicks + 10000").execute(connection).await?;
    Ok(())
}

#[derive(Debug)]
struct Bench {
    stack: ConsumerStack,
    feed: Arc<ClickFeed>,
    connections: Vec<PgConnection>,
    /// Connections to a second database with the same tables, for rows whose keys exist in the first.
    baseline_connections: Vec<PgConnection>,
    rows_per_statement: usize,
}

struct Round {
    consumer: Measurement,
    everything: Measurement,
    copy: Measurement,
    unnest: Measurement,
}

impl Bench {
    /// Runs the consumer first: the baselines insert the rows that it stored.
    async fn round(
        &mut self,
        batches: std::ops::Range<usize>,
        producers: Vec<Uuid>,
        copy_first: bool,
    ) -> Result<Round> {
        let clicks = batches.len() * MAX_CLICKS_PER_BATCH;
        let mut connection = self.stack_connection().await?;
        let before = next_transaction(&mut connection).await?;
        let consumer = self.consume(batches, clicks).await.context("the consumer")?;
        let everything = all_rows_since(&mut connection, before, self.rows_per_statement).await?;
        let rows = clicks_since(&mut connection, before, self.rows_per_statement).await?;
        let columns = Columns::read(&mut connection, &producers, self.rows_per_statement).await?;
        ensure!(columns.iter().map(Columns::rows).sum::<usize>() == clicks, "not all clicks were stored");
        let first = self.baseline_connections.first_mut().context("there are no connections")?;
        empty_all(first).await?;
        let everything = run_statements(&mut self.baseline_connections, &everything, clicks, copy).await;
        let everything = everything.context("COPY of everything")?;
        let (mut by_copy, mut by_insert) = (None, None);
        for is_copy in [copy_first, !copy_first] {
            if is_copy {
                by_copy =
                    Some(run_statements(&mut self.connections, &rows, clicks, copy).await.context("COPY")?);
            } else {
                by_insert = Some(
                    run_statements(&mut self.connections, &columns, clicks, insert)
                        .await
                        .context("UNNEST")?,
                );
            }
        }
        let (copy, unnest) = by_copy.zip(by_insert).context("a baseline was not run")?;
        Ok(Round { consumer, everything, copy, unnest })
    }

    async fn consume(&self, batches: std::ops::Range<usize>, clicks: usize) -> Result<Measurement> {
        let started = Instant::now();
        self.feed.add(batches);
        tokio::time::timeout(ROUND_TIMEOUT, self.feed.emptied())
            .await
            .context("the consumers stopped making progress")?;
        let measurement = measurement(clicks, started, self.feed.take_times());
        self.stack.check().await?;
        ensure!(
            self.feed.progress().returned == 0,
            "messages were returned to the queue: see the consumers' log"
        );
        measurement
    }

    async fn stack_connection(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.stack.postgres.analytics_database_url).await?)
    }
}

fn measurement(clicks: usize, started: Instant, micros: Vec<u32>) -> Result<Measurement> {
    let per_second = clicks as f64 / started.elapsed().as_secs_f64();
    Ok(Measurement { per_second, latency: Percentiles::of_micros(micros)? })
}

/// Distributes the statements over the connections; each runs one at a time.
async fn run_statements<S>(
    connections: &mut [PgConnection],
    statements: &[S],
    clicks: usize,
    run: impl AsyncFn(&mut PgConnection, &S) -> Result<()>,
) -> Result<Measurement> {
    let started = Instant::now();
    let next = std::cell::Cell::new(0);
    let micros = std::cell::RefCell::new(Vec::new());
    let work = connections.iter_mut().map(async |connection| {
        while let Some(statement) = statements.get(next.replace(next.get() + 1)) {
            let started = Instant::now();
            run(connection, statement).await?;
            micros.borrow_mut().push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        anyhow::Ok(())
    });
    futures_util::future::try_join_all(work).await?;
    measurement(clicks, started, micros.into_inner())
}

#[derive(Debug, Default)]
struct Rounds {
    consumer: Vec<Measurement>,
    everything: Vec<Measurement>,
    copy: Vec<Measurement>,
    unnest: Vec<Measurement>,
}

impl Rounds {
    fn add(&mut self, Round { consumer, everything, copy, unnest }: Round) -> String {
        self.consumer.push(consumer);
        self.everything.push(everything);
        self.copy.push(copy);
        self.unnest.push(unnest);
        let (consumer, everything, copy, unnest) =
            (consumer.rate(), everything.rate(), copy.rate(), unnest.rate());
        format!(
            "clicks a second: consumer {consumer}, COPY of all rows {everything}, of raw clicks {copy}, UNNEST {unnest}"
        )
    }

    fn report(&self, options: &Options, postgres: String) -> Result<Report> {
        let consumer = Comparison::of("consumer", &self.consumer)?
            .against("COPY of all its rows", &self.everything, Some(GOAL))?
            .against("COPY of raw clicks alone", &self.copy, None)?
            .against("UNNEST of raw clicks", &self.unnest, None)?;
        Ok(Report {
            comparisons: vec![consumer],
            latencies: Vec::new(),
            conditions: conditions(options, postgres),
        })
    }
}

fn conditions(options: &Options, postgres: String) -> Vec<String> {
    let Options { producers, rounds, messages, consumers, links } = options;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let clicks = usize::from(*producers) * CLICKS_PER_PRODUCER;
    let rows = usize::from(*messages) * MAX_CLICKS_PER_BATCH;
    vec![
        format!("{rounds} rounds of {clicks} clicks on {links} links that had thousands before, in turn; medians, with"),
        "the lowest and highest round in brackets. Latency is per invocation, and per statement of a baseline.".to_owned(),
        format!("{consumers} consumers, {messages} messages of {MAX_CLICKS_PER_BATCH} clicks per invocation; baselines: {consumers} connections, {rows} rows"),
        "per statement, into equal tables with partitions and indices. \"All rows\" are clicks, batches, producers,".to_owned(),
        "visitors and roll-ups in their final state. The consumer also decodes, classifies, deduplicates and adds up.".to_owned(),
        format!("{cores} cores, shared by all; Postgres {postgres} without fsync; the consumer is a release build."),
    ]
}
