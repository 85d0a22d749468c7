//! `cargo xtask bench clicks`: what the consumer costs its database. Clicks a second through the real binary, against the
//! rows that it wrote put into the same tables by hand: all of them by COPY, and the raw clicks alone by COPY and by UNNEST, in
//! turn, on one Postgres. Decides what each side is given, and the goal.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::by_hand::{Columns, clicks_since, copy, empty_all, everything_since, insert, next_transaction};
use super::measurement::{Measurement, Percentiles};
use super::report::{Comparison, Report};
use crate::artifacts;
use crate::checkout::Checkout;
use crate::interrupt::unless_interrupted;
use crate::stack::{ClickFeed, ConsumerStack, Durability};
use crate::traffic::{BATCHES_A_PRODUCER, MAX_CLICKS_A_BATCH, Message, Shape, Traffic};

/// Of COPY of all rows that it wrote, roll-ups as they were at the end of a round.
const GOAL: f64 = 0.5;
/// A round's clicks are those of whole producers, so that its rows can be told from others.
const CLICKS_A_PRODUCER: usize = BATCHES_A_PRODUCER * MAX_CLICKS_A_BATCH;
/// Time passes as fast as clicks of a busy campaign would make it.
const ROUND_MILLIS: i64 = 30 * 1_000;
/// A round takes seconds; far beyond that nothing comes any more.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Clicks of a round, in twenty thousands
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub producers: u8,
    /// Rounds; the medians are shown
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub rounds: u8,
    /// Messages of an invocation, each of a hundred clicks; and as many rows of a statement by hand
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub messages: u8,
    /// Consumers, and as many connections by hand
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub consumers: u8,
    /// Links that the clicks are on; a third is on the first
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub links: u32,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let clicks_a_round = usize::from(options.producers) * CLICKS_A_PRODUCER;
    let shape = Shape {
        clicks: clicks_a_round * (usize::from(options.rounds) + 1),
        links: usize::try_from(options.links)?,
        seed: 1,
        faults: false,
        span_millis: ROUND_MILLIS * i64::from(options.rounds),
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    let traffic = Traffic::new(shape, UnixMillis(i64::try_from(now.as_millis())?));
    // Made before: the time is the consumer's alone.
    let messages: Vec<Message> =
        (0..traffic.batches().len()).filter_map(|index| traffic.message(index)).collect();
    let batches_a_round = clicks_a_round / MAX_CLICKS_A_BATCH;
    let producers: Vec<Uuid> = messages.iter().map(|message| message.producer.0).collect();
    let at_once = usize::from(options.messages);
    let feed = ClickFeed::new(Vec::new(), move |index| messages.get(index).cloned(), at_once..=at_once, 1);
    let feed = Arc::new(feed);
    let binary = artifacts::release(checkout, "log-consumer");
    let consumers = usize::from(options.consumers);
    let stack =
        ConsumerStack::start(vec![binary], consumers, Durability::ThrowAway, Arc::clone(&feed)).await?;
    let mut connections = Vec::new();
    for _ in 0..consumers {
        connections.push(PgConnection::connect(&stack.postgres.analytics_database_url).await?);
    }
    let by_hand = stack.postgres.another_analytics("by_hand").await?;
    let mut elsewhere = Vec::new();
    for _ in 0..consumers {
        elsewhere.push(PgConnection::connect(&by_hand).await?);
    }
    let rows_a_statement = at_once * MAX_CLICKS_A_BATCH;
    let mut bench = Bench { stack, feed, connections, elsewhere, rows_a_statement };
    let mut rounds = Rounds::default();
    for number in 0..=usize::from(options.rounds) {
        let batches = number * batches_a_round..(number + 1) * batches_a_round;
        let producers = producers.get(batches.clone()).context("no such round")?.to_vec();
        let round = bench.round(batches, producers, number % 2 == 0).await?;
        match number {
            0 => {
                give_history(&mut bench.stack_connection().await?).await?;
                println!("      a first round that does not count");
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

/// As in an installation that has run for a while: each link had more clicks than there is room for values, so a consumer has to find
/// out which values are new.
async fn give_history(connection: &mut PgConnection) -> Result<()> {
    sqlx::query("UPDATE link_totals SET clicks = clicks + 10000").execute(connection).await?;
    Ok(())
}

#[derive(Debug)]
struct Bench {
    stack: ConsumerStack,
    feed: Arc<ClickFeed>,
    connections: Vec<PgConnection>,
    /// To a database with the same tables, for rows whose keys the consumer's has already.
    elsewhere: Vec<PgConnection>,
    rows_a_statement: usize,
}

struct Round {
    consumer: Measurement,
    everything: Measurement,
    copy: Measurement,
    unnest: Measurement,
}

impl Bench {
    /// The consumer first: what it stores is what the others are given.
    async fn round(
        &mut self,
        batches: std::ops::Range<usize>,
        producers: Vec<Uuid>,
        copy_first: bool,
    ) -> Result<Round> {
        let clicks = batches.len() * MAX_CLICKS_A_BATCH;
        let mut connection = self.stack_connection().await?;
        let before = next_transaction(&mut connection).await?;
        let consumer = self.consume(batches, clicks).await.context("the consumer")?;
        let everything = everything_since(&mut connection, before, self.rows_a_statement).await?;
        let rows = clicks_since(&mut connection, before, self.rows_a_statement).await?;
        let columns = Columns::read(&mut connection, &producers, self.rows_a_statement).await?;
        ensure!(columns.iter().map(Columns::rows).sum::<usize>() == clicks, "not all clicks were stored");
        let first = self.elsewhere.first_mut().context("there are no connections")?;
        empty_all(first).await?;
        let everything = spread(&mut self.elsewhere, &everything, clicks, copy).await;
        let everything = everything.context("COPY of everything")?;
        let (mut by_copy, mut by_insert) = (None, None);
        for is_copy in [copy_first, !copy_first] {
            if is_copy {
                by_copy = Some(spread(&mut self.connections, &rows, clicks, copy).await.context("COPY")?);
            } else {
                by_insert =
                    Some(spread(&mut self.connections, &columns, clicks, insert).await.context("UNNEST")?);
            }
        }
        let (copy, unnest) = by_copy.zip(by_insert).context("a side was left out")?;
        Ok(Round { consumer, everything, copy, unnest })
    }

    async fn consume(&self, batches: std::ops::Range<usize>, clicks: usize) -> Result<Measurement> {
        let began = Instant::now();
        self.feed.add(batches);
        tokio::time::timeout(PATIENCE, self.feed.emptied()).await.context("nothing comes any more")?;
        let measurement = measurement(clicks, began, self.feed.take_times());
        self.stack.check().await?;
        ensure!(self.feed.progress().given_back == 0, "messages came back: see the consumers' log");
        measurement
    }

    async fn stack_connection(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.stack.postgres.analytics_database_url).await?)
    }
}

fn measurement(clicks: usize, began: Instant, micros: Vec<u32>) -> Result<Measurement> {
    let per_second = clicks as f64 / began.elapsed().as_secs_f64();
    Ok(Measurement { per_second, latency: Percentiles::of_micros(micros)? })
}

/// The statements, one after the other on each connection, side by side on all.
async fn spread<S>(
    connections: &mut [PgConnection],
    statements: &[S],
    clicks: usize,
    run: impl AsyncFn(&mut PgConnection, &S) -> Result<()>,
) -> Result<Measurement> {
    let began = Instant::now();
    let next = std::cell::Cell::new(0);
    let micros = std::cell::RefCell::new(Vec::new());
    let work = connections.iter_mut().map(async |connection| {
        while let Some(statement) = statements.get(next.replace(next.get() + 1)) {
            let began = Instant::now();
            run(connection, statement).await?;
            micros.borrow_mut().push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        anyhow::Ok(())
    });
    futures_util::future::try_join_all(work).await?;
    measurement(clicks, began, micros.into_inner())
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
    let clicks = usize::from(*producers) * CLICKS_A_PRODUCER;
    let rows = usize::from(*messages) * MAX_CLICKS_A_BATCH;
    vec![
        format!("{rounds} rounds of {clicks} clicks on {links} links that had thousands before, in turn; figures are medians, those in brackets"),
        "the least and the greatest of the rounds. Times are of an invocation, and of a statement by hand.".to_owned(),
        format!("{consumers} consumers, {messages} messages of {MAX_CLICKS_A_BATCH} clicks an invocation; by hand {consumers} connections, {rows} rows"),
        "a statement, into the same tables with their partitions and indices. All its rows are clicks, batches, books,".to_owned(),
        "visitors and roll-ups, each as the round left it. The consumer also decodes, classifies, deduplicates and adds up.".to_owned(),
        format!("{cores} cores, shared by all; Postgres {postgres} without fsync; the consumer as a release build."),
    ]
}
