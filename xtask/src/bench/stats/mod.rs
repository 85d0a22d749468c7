//! `cargo xtask bench stats`: whether statistics stay quick while the history grows. Real questions over HTTP to a real origin,
//! once for each size of a generated history. Decides sizes, and the goal.

mod history;
mod questions;

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use link_core::time::UnixMillis;
use serde_json::Value;

use self::history::{History, LINKS, MOST_RAW_A_DAY, Made, RAW_DAYS};
use self::questions::{Question, questions};
use super::load::{self, Effort, Expected, Load, Pace, Requests};
use super::measurement::Percentiles;
use crate::checkout::Checkout;
use crate::figures::grouped;
use crate::interrupt::unless_interrupted;
use crate::stack::OriginStack;
use crate::tools::in_words;
use crate::{artifacts, tools};

/// "Within tens of milliseconds."
const P99_MS_GOAL: f64 = 100.0;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Sizes of the history, in millions of clicks, the smallest first
    #[arg(long, value_delimiter = ',', default_value = "1,10,100", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub millions: Vec<u16>,
    /// Days that they are spread over
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(90..=730))]
    pub days: u16,
    /// Seconds that each question is asked for, one after the other
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub seconds: u16,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build: the origin, optimised (minutes the first time)");
    artifacts::build_release(checkout, "origin-lambda")?;
    println!("[3/3] measure");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options))
}

async fn measure(checkout: &Checkout, options: &Options) -> Result<()> {
    let stack = OriginStack::start(artifacts::release(checkout, "origin-lambda")).await?;
    history::make_links(&stack.postgres).await.context("the links cannot be made")?;
    let mut sizes = Vec::new();
    for millions in &options.millions {
        let history = History { clicks: i64::from(*millions) * 1_000_000, days: options.days };
        let began = Instant::now();
        let made = history.make(&stack.postgres).await.context("the history cannot be made")?;
        println!("      {millions} million clicks: {}, made in {}", Rows(made), in_words(began.elapsed()));
        sizes.push(Size { millions: *millions, made, answers: ask_all(&stack, options).await? });
    }
    stack.stop().await;
    print!("\n{}", Growth { sizes, options });
    Ok(())
}

async fn ask_all(stack: &OriginStack, options: &Options) -> Result<Vec<(Question, Percentiles)>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock is before 1970")?;
    let now = UnixMillis(i64::try_from(now.as_millis())?);
    let host = stack.origin.url.trim_start_matches("http://");
    let server: SocketAddr = host.parse().context("the origin has no address")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut answers = Vec::new();
    for question in questions(now) {
        prove(&client, stack, &question).await.with_context(|| question.path.clone())?;
        let request = format!(
            "GET {} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\r\n",
            question.path, stack.admin_key
        );
        let expected = Expected { status: 200, body: "{", mark: None };
        let load = Load::new(server, Requests::AtRandom(vec![request.into_bytes()]), expected);
        let time = Duration::from_secs(options.seconds.into());
        let effort = Effort { connections: 1, time, pace: Pace::AtPeak };
        let measured = load::run(&load, effort).await.with_context(|| question.path.clone())?;
        answers.push((question, measured.latency));
    }
    Ok(answers)
}

/// That there is something to count: nothing is counted quickly. It also warms up, as the first of a question's answers would.
async fn prove(client: &reqwest::Client, stack: &OriginStack, question: &Question) -> Result<()> {
    let request = client.get(format!("{}{}", stack.origin.url, question.path)).bearer_auth(&stack.admin_key);
    let answer: Value = serde_json::from_str(&request.send().await?.text().await?)?;
    let number = answer.pointer(question.proof).and_then(Value::as_i64).unwrap_or_default();
    let shown: String = answer.to_string().chars().take(300).collect();
    ensure!(number > 0, "{} is no number above nought in {shown}", question.proof);
    Ok(())
}

#[derive(Debug)]
struct Size {
    millions: u16,
    made: Made,
    answers: Vec<(Question, Percentiles)>,
}

#[derive(Debug)]
struct Growth<'a> {
    sizes: Vec<Size>,
    options: &'a Options,
}

impl fmt::Display for Growth<'_> {
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
            writeln!(f, "{} million clicks: {}.", size.millions, Rows(size.made))?;
        }
        let Options { days, seconds, .. } = self.options;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        writeln!(
            f,
            "Clicks of {days} days; a third on one link, and of all links together up to 1,000 values a day of each dimension,\n\
             by three classes. Of the other links up to 100 have all their roll-ups and 8,900 their totals; {} links in all.\n\
             Raw clicks of {RAW_DAYS} days, at most {} a day. Growth is of the median, from the smallest history to the largest.\n\
             Each question for {seconds} s over one connection, one after the other. {cores} cores, shared by the load, the\n\
             origin (a release build) and Postgres, whose settings are its defaults.",
            grouped(LINKS.into()),
            grouped(MOST_RAW_A_DAY as f64)
        )
    }
}

impl Growth<'_> {
    fn row(&self, f: &mut fmt::Formatter<'_>, row: usize) -> fmt::Result {
        let answers = || self.sizes.iter().filter_map(|size| size.answers.get(row));
        let (Some((question, first)), Some((_, last))) = (answers().next(), answers().next_back()) else {
            return Ok(());
        };
        write!(f, "{:<36}", question.name)?;
        for (_, latency) in answers() {
            write!(f, "{:>10.1}{:>10.1}", latency.p50_ms, latency.p99_ms)?;
        }
        let verdict = if last.p99_ms <= P99_MS_GOAL { "reached" } else { "missed" };
        writeln!(f, "{:>9.1}   {verdict}", last.p50_ms / first.p50_ms)
    }
}

/// In a line.
struct Rows(Made);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Made { roll_ups, raw_clicks, producers, bytes } = self.0;
        let number = |count: i64| grouped(count as f64);
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
