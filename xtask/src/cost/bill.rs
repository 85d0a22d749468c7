//! Computes a bill from traffic, measured usage and prices: what grows with redirects, what is stored, and fixed costs.
//! Leaves out free tiers and items below a cent per million redirects.

use std::fmt;

use anyhow::{Context, Result, ensure};
use local_stack::format::with_thousands;
use serde::Deserialize;

use super::measured::Measured;

/// USD per million redirects with their clicks, without storage and fixed costs.
pub(super) const GOAL: f64 = 0.40;

const SECONDS_PER_MONTH: f64 = 730.0 * 3600.0;
const DAYS_PER_MONTH: f64 = 730.0 / 24.0;

/// Memory of origin and consumer, as in infra/variables.tf.
const MEMORY_MB: f64 = 512.0;
/// The memory at which Lambda gives a function one full vCPU. Times are measured on a full core, and all of the time
/// counts as CPU time.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const MEMORY_PER_CORE_MB: f64 = 1769.0;
/// A function's share of a core.
pub(crate) const CORES_PER_FUNCTION: f64 = MEMORY_MB / MEMORY_PER_CORE_MB;

/// As in infra/variables.tf.
const MESSAGES_PER_INVOCATION: f64 = 100.0;
pub(crate) const CONSUMERS: f64 = 5.0;
/// A batch waits for up to a second, so each consumer is invoked at most once a second at low traffic.
const INVOCATIONS_PER_SECOND: f64 = CONSUMERS;

/// Once on creation, and once more after the origin timeout.
const REPLICA_WRITES_PER_LINK: f64 = 2.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct MonthlyTraffic {
    pub(crate) redirects: f64,
    pub(crate) hit_rate: f64,
    pub(crate) clicks_per_message: f64,
    pub(crate) messages_per_receive: f64,
    pub(crate) links: f64,
    pub(crate) kept_days: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    as_of: String,
    workers: Workers,
    kv: Kv,
    sqs: Sqs,
    lambda: Lambda,
    logs: Gigabytes,
    transfer: Gigabytes,
    storage: Storage,
    fixed: Vec<Fixed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Workers {
    million_requests: f64,
    million_cpu_ms: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kv {
    million_writes: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sqs {
    million_requests: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lambda {
    million_requests: f64,
    gb_second: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gigabytes {
    gb: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Storage {
    gb_month: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    service: String,
    what: String,
    usd: f64,
}

impl MonthlyTraffic {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.redirects > 0.0, "--redirects must be above 0");
        ensure!((0.0..=1.0).contains(&self.hit_rate), "--hit-rate must be from 0 to 1");
        ensure!(
            (1.0..=100.0).contains(&self.clicks_per_message),
            "--clicks-per-message must be from 1 to 100"
        );
        ensure!(
            (1.0..=10.0).contains(&self.messages_per_receive),
            "--messages-per-receive must be from 1 to 10"
        );
        ensure!(self.links >= 0.0 && self.kept_days >= 0.0, "--links and --kept-days must not be negative");
        Ok(())
    }
}

impl Prices {
    pub(super) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("the prices do not have the format of xtask/src/cost/prices.toml")
    }

    /// A month of so many bytes in the database.
    pub(crate) fn usd_of_storage(&self, bytes: f64) -> f64 {
        bytes / 1e9 * self.storage.gb_month
    }
}

#[derive(Debug)]
struct Line {
    service: String,
    what: String,
    quantity: Option<f64>,
    usd: f64,
}

impl Line {
    fn of(service: &str, what: &str, quantity: f64, price: f64) -> Self {
        Self { service: service.into(), what: what.into(), quantity: Some(quantity), usd: quantity * price }
    }
}

#[derive(Debug)]
pub(crate) struct Bill {
    traffic: MonthlyTraffic,
    dates: String,
    redirects: Vec<Line>,
    storage: Vec<Line>,
    links: Vec<Line>,
    fixed: Vec<Line>,
}

impl Bill {
    pub(crate) fn of(traffic: &MonthlyTraffic, measured: &Measured, prices: &Prices) -> Self {
        let fixed = |item: &Fixed| Line {
            service: item.service.clone(),
            what: item.what.clone(),
            quantity: None,
            usd: item.usd,
        };
        Self {
            traffic: *traffic,
            dates: format!("Prices of {}; usage measured {}.", prices.as_of, measured.measured_on),
            redirects: redirects(traffic, measured, prices),
            storage: vec![storage(traffic, measured, prices)],
            links: links(traffic, measured, prices),
            fixed: prices.fixed.iter().map(fixed).collect(),
        }
    }

    pub(crate) fn usd_per_million_redirects(&self) -> f64 {
        sum(&self.redirects) / self.traffic.redirects * 1e6
    }
}

fn redirects(traffic: &MonthlyTraffic, measured: &Measured, prices: &Prices) -> Vec<Line> {
    let misses = traffic.redirects * (1.0 - traffic.hit_rate);
    let origin_requests = misses * measured.origin_requests_per_miss;
    let messages = traffic.redirects / traffic.clicks_per_message;
    // Sends, receives and deletes are billed per 64 KB; a receive or delete covers up to ten messages.
    let chunks = (traffic.clicks_per_message * measured.message_bytes_per_click / 65_536.0).ceil();
    let sends = messages * measured.sends_per_message * chunks;
    let receives_and_deletes = 2.0 * messages * (1.0 / traffic.messages_per_receive).max(chunks / 10.0);
    let invocations =
        (messages / MESSAGES_PER_INVOCATION).max(messages.min(INVOCATIONS_PER_SECOND * SECONDS_PER_MONTH));
    let gb_seconds = |ms: f64| ms / 1e3 / CORES_PER_FUNCTION * MEMORY_MB / 1024.0;
    let million = |price: f64| price / 1e6;
    let gb = |price: f64| price / 1e9;
    vec![
        Line::of("Workers", "requests", traffic.redirects, million(prices.workers.million_requests)),
        Line::of(
            "Workers",
            "CPU, ms",
            traffic.redirects * measured.worker_cpu_ms,
            million(prices.workers.million_cpu_ms),
        ),
        Line::of("SQS", "sends, each 64 KB", sends, million(prices.sqs.million_requests)),
        Line::of("SQS", "receives and deletes", receives_and_deletes, million(prices.sqs.million_requests)),
        Line::of("Lambda", "origin: calls", origin_requests, million(prices.lambda.million_requests)),
        Line::of(
            "Lambda",
            "origin: GB-seconds",
            gb_seconds(origin_requests * measured.resolve_ms),
            prices.lambda.gb_second,
        ),
        Line::of("Lambda", "consumer: calls", invocations, million(prices.lambda.million_requests)),
        Line::of(
            "Lambda",
            "consumer: GB-seconds",
            gb_seconds(traffic.redirects * measured.consume_ms_per_click),
            prices.lambda.gb_second,
        ),
        Line::of(
            "CloudWatch",
            "logs, bytes",
            origin_requests * measured.resolve_log_bytes + invocations * measured.consume_log_bytes,
            gb(prices.logs.gb),
        ),
        Line::of(
            "Transfer",
            "answers to the edge, bytes",
            origin_requests * measured.answer_bytes,
            gb(prices.transfer.gb),
        ),
    ]
}

fn storage(traffic: &MonthlyTraffic, measured: &Measured, prices: &Prices) -> Line {
    let bytes = traffic.redirects / DAYS_PER_MONTH * traffic.kept_days * measured.stored_bytes_per_click;
    let what = format!("raw clicks of {} days, bytes", traffic.kept_days);
    Line { usd: prices.usd_of_storage(bytes), ..Line::of("RDS", &what, bytes, 0.0) }
}

fn links(traffic: &MonthlyTraffic, measured: &Measured, prices: &Prices) -> Vec<Line> {
    let calls = traffic.links * measured.origin_calls_per_link;
    vec![
        Line::of(
            "Workers KV",
            "writes",
            traffic.links * REPLICA_WRITES_PER_LINK,
            prices.kv.million_writes / 1e6,
        ),
        Line::of("Lambda", "origin: calls", calls, prices.lambda.million_requests / 1e6),
    ]
}

fn sum(lines: &[Line]) -> f64 {
    lines.iter().map(|line| line.usd).sum()
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MonthlyTraffic { redirects, hit_rate, clicks_per_message, messages_per_receive, links, .. } =
            self.traffic;
        writeln!(
            f,
            "A month of {} redirects, {:.1} % of them answered by the edge alone;",
            with_thousands(redirects),
            hit_rate * 100.0
        )?;
        writeln!(
            f,
            "{clicks_per_message} clicks per message, {messages_per_receive} messages per receive; {} links created.",
            with_thousands(links)
        )?;
        writeln!(f, "{}\n", self.dates)?;
        writeln!(f, "{:<14}{:<32}{:>20}{:>10}{:>11}", "", "", "quantity", "USD", "per million")?;
        self.group(f, &self.redirects, "redirects and their clicks")?;
        let million = self.usd_per_million_redirects();
        let verdict = if million <= GOAL { "reached" } else { "missed" };
        writeln!(f, "{:<14}goal: {GOAL:.2} USD per million, {verdict}\n", "")?;
        self.group(f, &self.storage, "storage")?;
        self.group(f, &self.links, "links")?;
        self.group(f, &self.fixed, "fixed costs")?;
        let total =
            [&self.redirects, &self.storage, &self.links, &self.fixed].map(|lines| sum(lines)).iter().sum();
        self.total(f, "total", total)
    }
}

impl Bill {
    fn group(&self, f: &mut fmt::Formatter<'_>, lines: &[Line], name: &str) -> fmt::Result {
        for Line { service, what, quantity, usd } in lines {
            let quantity = quantity.map(with_thousands).unwrap_or_default();
            writeln!(f, "{service:<14}{what:<32}{quantity:>20}{usd:>10.2}{:>11.4}", self.per_million(*usd))?;
        }
        self.total(f, name, sum(lines))?;
        writeln!(f)
    }

    fn total(&self, f: &mut fmt::Formatter<'_>, name: &str, usd: f64) -> fmt::Result {
        writeln!(f, "{:<14}{name:<52}{usd:>10.2}{:>11.4}", "=", self.per_million(usd))
    }

    fn per_million(&self, usd: f64) -> f64 {
        usd / self.traffic.redirects * 1e6
    }
}
