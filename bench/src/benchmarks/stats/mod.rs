//! `cargo xtask bench stats`: statistics queries over a growing history. Sends real queries over HTTP to a real origin,
//! for each size of a generated history.

mod history;
mod queries;

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use local_stack::checkout::Checkout;
use local_stack::format::with_thousands;
use local_stack::{OriginStack, artifacts, format, tools, unless_interrupted};
use serde_json::Value;

use self::history::{History, HistorySize, LINKS, MAX_RAW_PER_DAY, RAW_DAYS};
use self::queries::{StatsQuery, queries};
use crate::load::measurement::Percentiles;
use crate::load::{self, ExpectedAnswer, Load, LoadProfile, Pace, Requests};

/// "Within tens of milliseconds."
const P99_MS_GOAL: f64 = 100.0;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Sizes of the history in millions of clicks, smallest first
    #[arg(long, value_delimiter = ',', default_value = "1,10,100", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub millions: Vec<u16>,
    /// Days that the clicks are spread over
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(90..=730))]
    pub days: u16,
    /// Seconds per query
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub seconds: u16,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build the origin, optimised (takes minutes the first time)");
    artifacts::build_release(checkout, "origin-lambda")?;
    println!("[3/3] measure");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let stack = OriginStack::start(artifacts::release(checkout, "origin-lambda")).await?;
    history::make_links(&stack.postgres).await.context("cannot create the links")?;
    let mut sizes = Vec::new();
    for millions in &options.millions {
        let history = History { clicks: i64::from(*millions) * 1_000_000, days: options.days };
        let began = Instant::now();
        let made = history.make(&stack.postgres).await.context("cannot create the history")?;
        println!(
            "      {millions} million clicks: {}, generated in {}",
            RowCounts(made),
            format::duration(began.elapsed())
        );
        sizes.push(SizeResult { millions: *millions, made, answers: run_queries(&stack, options).await? });
    }
    stack.stop().await;
    print!("\n{}", GrowthReport { sizes, options });
    Ok(())
}

async fn run_queries(stack: &OriginStack, options: &Options) -> Result<Vec<(StatsQuery, Percentiles)>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    let now = UnixMillis(i64::try_from(now.as_millis())?);
    let host = stack.origin.url.trim_start_matches("http://");
    let server: SocketAddr = host.parse().context("the origin has no address")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut answers = Vec::new();
    for query in queries(now) {
        check_not_empty(&client, stack, &query).await.with_context(|| query.path.clone())?;
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\r\n",
            query.path, stack.admin_key
        );
        let expected = ExpectedAnswer { status: 200, body: "{", header: None };
        let load = Load::new(server, Requests::Random(vec![request.into_bytes()]), expected);
        let time = Duration::from_secs(options.seconds.into());
        let profile = LoadProfile { connections: 1, time, pace: Pace::ClosedLoop };
        let measured = load::run(&load, profile).await.with_context(|| query.path.clone())?;
        answers.push((query, measured.latency));
    }
    Ok(answers)
}

/// Checks that the answer is not empty: counting nothing is fast. Also warms up the query.
async fn check_not_empty(client: &reqwest::Client, stack: &OriginStack, query: &StatsQuery) -> Result<()> {
    let request = client.get(format!("{}{}", stack.origin.url, query.path)).bearer_auth(&stack.admin_key);
    let answer: Value = serde_json::from_str(&request.send().await?.text().await?)?;
    let number = answer.pointer(query.nonzero).and_then(Value::as_i64).unwrap_or_default();
    let shown: String = answer.to_string().chars().take(300).collect();
    ensure!(number > 0, "{} is not a number above 0 in {shown}", query.nonzero);
    Ok(())
}

#[derive(Debug)]
struct SizeResult {
    millions: u16,
    made: HistorySize,
    answers: Vec<(StatsQuery, Percentiles)>,
}

#[derive(Debug)]
struct GrowthReport<'a> {
    sizes: Vec<SizeResult>,
    options: &'a Options,
}

impl fmt::Display for GrowthReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<36}", "p50 and p99 in ms, of")?;
        for size in &self.sizes {
            write!(f, "{:>20}", format!("{} million", size.millions))?;
        }
        writeln!(f, "{:>9}   p99 at most {P99_MS_GOAL:.0}", "growth")?;
        let rows = self.sizes.first().map_or(0, |size| size.answers.len());
        for row in 0..rows {
            self.row(f, row)?;
        }
        writeln!(f)?;
        for size in &self.sizes {
            writeln!(f, "{} million clicks: {}.", size.millions, RowCounts(size.made))?;
        }
        let Options { days, seconds, .. } = self.options;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Clicks of {days} days; a third on one link; for all links together up to 1,000 values per day and dimension,\n\
             in three classes. Up to 100 other links have all roll-ups, 8,900 have totals; {} links in all.\n\
             Raw clicks of {RAW_DAYS} days, at most {} a day. GrowthReport compares the medians of the largest and smallest history.\n\
             Each query runs for {seconds} s over one connection. {cores} cores, shared by the load, the\n\
             origin (a release build) and Postgres with its default settings.",
            with_thousands(LINKS.into()),
            with_thousands(MAX_RAW_PER_DAY as f64)
        )
    }
}

impl GrowthReport<'_> {
    fn row(&self, f: &mut fmt::Formatter<'_>, row: usize) -> fmt::Result {
        let answers = || self.sizes.iter().filter_map(|size| size.answers.get(row));
        let (Some((query, first)), Some((_, last))) = (answers().next(), answers().next_back()) else {
            return Ok(());
        };
        write!(f, "{:<36}", query.name)?;
        for (_, latency) in answers() {
            write!(f, "{:>10.1}{:>10.1}", latency.p50_ms, latency.p99_ms)?;
        }
        let verdict = if last.p99_ms <= P99_MS_GOAL { "reached" } else { "missed" };
        writeln!(f, "{:>9.1}   {verdict}", last.p50_ms / first.p50_ms)
    }
}

/// One line of row counts.
struct RowCounts(HistorySize);

impl fmt::Display for RowCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HistorySize { roll_ups, raw_clicks, producers, bytes } = self.0;
        let number = |count: i64| with_thousands(count as f64);
        write!(
            f,
            "{} rows of roll-ups, {} raw clicks, {} producers, {:.1} GB",
            number(roll_ups),
            number(raw_clicks),
            number(producers),
            bytes as f64 / 1e9
        )
    }
}
