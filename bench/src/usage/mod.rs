//! Measures what a redirect uses in a local run: the Worker in front of a real origin, with a metering queue, and
//! origin and consumer as functions timed as Lambda does.
//!
//! A local run cannot show how many messages AWS's pollers receive at a time.

mod click_queue;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use local_stack::artifacts::{self, Artifacts};
use local_stack::checkout::Checkout;
use local_stack::{
    DEFAULT_DOMAIN, LambdaProcess, OriginMode, Stack, StackOptions, http_event, tools, unless_interrupted,
};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use self::click_queue::{ClickQueue, ReceivedMessages};

/// Connections of the load. More would fill messages better than a quiet isolate does.
const CONNECTIONS: usize = 16;
/// The event source mapping's batch size in infra/variables.tf.
const MESSAGES_PER_INVOCATION: usize = 100;
const TIMEOUT: Duration = Duration::from_secs(60);

/// Real user agents, so that clicks have a realistic size.
const USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];
const REFERRER: &str = "https://news.example.com/2026/11/24/a-story-with-a-link";

#[derive(Clone, Copy, Debug)]
pub struct RunSize {
    /// At most 1,000, which one bulk call creates.
    pub links: usize,
    pub redirects: usize,
}

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Usage {
    pub links: u64,
    /// Calls to the origin until all links were created and confirmed.
    pub creating_calls: u64,
    pub redirects: u64,
    /// Redirects whose tier is `origin`.
    pub misses: u64,
    pub origin_requests: u64,
    pub worker_cpu_ms: f64,
    /// Messages sent to SQS.
    pub sends: u64,
    pub batches: u64,
    pub chunks: u64,
    pub clicks: u64,
    pub message_bytes: u64,
    pub resolve_ms: f64,
    pub resolve_log_bytes: u64,
    pub answer_bytes: u64,
    pub invocations: u64,
    pub consume_ms: f64,
    pub consume_log_bytes: u64,
    pub measured_on: String,
    /// In the table of raw clicks, including its indices.
    pub stored_clicks: u64,
    pub stored_bytes: u64,
}

/// The same per unit, as `cargo xtask cost` reads it.
#[derive(Debug)]
pub struct UsagePerUnit {
    pub measured_on: String,
    pub worker_cpu_ms: f64,
    pub origin_requests_per_miss: f64,
    pub resolve_ms: f64,
    pub resolve_log_bytes: f64,
    pub answer_bytes: f64,
    pub sends_per_message: f64,
    pub message_bytes_per_click: f64,
    pub consume_ms_per_click: f64,
    pub consume_log_bytes: f64,
    pub stored_bytes_per_click: f64,
    pub origin_calls_per_link: f64,
}

impl Usage {
    pub fn per_unit(&self) -> UsagePerUnit {
        let of = |part: u64, whole: u64| part as f64 / whole as f64;
        UsagePerUnit {
            measured_on: self.measured_on.clone(),
            worker_cpu_ms: self.worker_cpu_ms / self.redirects as f64,
            origin_requests_per_miss: of(self.origin_requests, self.misses),
            resolve_ms: self.resolve_ms / self.links as f64,
            resolve_log_bytes: of(self.resolve_log_bytes, self.links),
            answer_bytes: of(self.answer_bytes, self.links),
            sends_per_message: of(self.sends, self.batches),
            message_bytes_per_click: of(self.message_bytes, self.clicks),
            consume_ms_per_click: self.consume_ms / self.clicks as f64,
            consume_log_bytes: of(self.consume_log_bytes, self.invocations),
            stored_bytes_per_click: of(self.stored_bytes, self.stored_clicks),
            origin_calls_per_link: of(self.creating_calls, self.links),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { redirects, misses, origin_requests, sends, chunks, clicks, invocations, .. } = self;
        writeln!(
            f,
            "{redirects} redirects, {misses} of them not in the edge's caches: {origin_requests} requests to the origin"
        )?;
        writeln!(
            f,
            "{clicks} clicks in {sends} sends to SQS, {chunks} chunks of 64 KB; {invocations} invocations of the consumer"
        )?;
        writeln!(f, "{} clicks stored, in {} bytes", self.stored_clicks, self.stored_bytes)
    }
}

impl fmt::Display for UsagePerUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "measured_on = {:?}", self.measured_on)?;
        for (name, value) in [
            ("worker_cpu_ms", self.worker_cpu_ms),
            ("origin_requests_per_miss", self.origin_requests_per_miss),
            ("resolve_ms", self.resolve_ms),
            ("resolve_log_bytes", self.resolve_log_bytes),
            ("answer_bytes", self.answer_bytes),
            ("sends_per_message", self.sends_per_message),
            ("message_bytes_per_click", self.message_bytes_per_click),
            ("consume_ms_per_click", self.consume_ms_per_click),
            ("consume_log_bytes", self.consume_log_bytes),
            ("stored_bytes_per_click", self.stored_bytes_per_click),
            ("origin_calls_per_link", self.origin_calls_per_link),
        ] {
            writeln!(f, "{name} = {value:.3}")?;
        }
        Ok(())
    }
}

/// Prints the usage per unit on stdout as TOML, and everything else on stderr.
pub fn run(checkout: &Checkout) -> Result<()> {
    tools::ensure(checkout)?;
    artifacts::build(checkout)?;
    let artifacts = Artifacts {
        origin_lambda: artifacts::build_release(checkout, "origin-lambda")?,
        log_consumer: artifacts::build_release(checkout, "log-consumer")?,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let usage = unless_interrupted(&runtime, measure(artifacts, RunSize { links: 500, redirects: 20_000 }))?;
    eprintln!("{usage}");
    print!("{}", usage.per_unit());
    Ok(())
}

/// Runs two data centres: the one through which no links were created has none of them cached.
pub async fn measure(artifacts: Artifacts, size: RunSize) -> Result<Usage> {
    let queue = ClickQueue::open().await?;
    let (origin, consumer) = (artifacts.origin_lambda.clone(), artifacts.log_consumer.clone());
    let stack = Stack::start(StackOptions {
        artifacts: Some(artifacts),
        edges: 2,
        origins: OriginMode::Servers(1),
        client_address: Some("127.0.0.1".to_owned()),
        worker_bindings: BTreeMap::from([("CLICK_QUEUE_URL".to_owned(), queue.url.clone())]),
        ..StackOptions::default()
    })
    .await?;
    let run = Run { stack: &stack, queue: &queue, http: client()? };
    let outcome = run.count(size, &origin, &consumer).await;
    stack.stop().await;
    outcome
}

struct Run<'a> {
    stack: &'a Stack,
    queue: &'a ClickQueue,
    http: reqwest::Client,
}

impl Run<'_> {
    async fn count(&self, size: RunSize, origin: &Path, consumer: &Path) -> Result<Usage> {
        let mut usage = Usage { links: u64::try_from(size.links)?, ..Usage::default() };
        let codes = self.create(size.links).await?;
        usage.creating_calls = self.origin_calls("")?;
        self.redirect(&codes, size.redirects, &mut usage).await?;
        let received = self.all_clicks(usage.redirects).await?;
        (usage.sends, usage.chunks) = (received.sends, received.chunks);
        (usage.clicks, usage.message_bytes) = (received.clicks, received.bytes);

        let function = self.stack.start_origin_function(origin, &[("RESPONSE_STREAM", "true")]).await?;
        self.resolve(&function, &codes, &mut usage).await?;
        function.stop().await;
        let function = self.stack.start_consumer_function(consumer).await?;
        self.consume(&function, &received, &mut usage).await?;
        function.stop().await;
        self.count_stored(&mut usage).await?;
        Ok(usage)
    }

    /// Returns once the edge has confirmed all links and has no more work for them.
    async fn create(&self, count: usize) -> Result<Vec<String>> {
        let links: Vec<Value> = (0..count)
            .map(|number| json!({ "url": format!("https://example.com/landing/{number}") }))
            .collect();
        let request = self.http.post(format!("{}/api/v1/links/bulk", self.stack.edge_url));
        let request = request.bearer_auth(&self.stack.admin_key).header("content-type", "application/json");
        let answer = request.body(json!({ "links": links }).to_string()).send().await?.text().await?;
        let answer: Value = serde_json::from_str(&answer)?;
        let created =
            answer.get("data").and_then(Value::as_array).with_context(|| format!("no links: {answer}"))?;
        let codes = created.iter().filter_map(|item| item.pointer("/link/code")?.as_str().map(str::to_owned));
        let codes: Vec<String> = codes.collect();
        ensure!(codes.len() == count, "{} of {count} links were created", codes.len());
        let mut database = PgConnection::connect(&self.stack.links_database_url).await?;
        let pending = "SELECT count(*) FROM publications WHERE published_revision IS DISTINCT FROM revision";
        let started = Instant::now();
        while sqlx::query_scalar::<_, i64>(pending).fetch_one(&mut database).await? > 0 {
            ensure!(started.elapsed() < TIMEOUT, "the links are not confirmed");
            self.stack.edge.run_schedule().await?;
        }
        database.close().await?;
        Ok(codes)
    }

    /// Cycles through the links, so that each is cached for a while before it is requested again.
    async fn redirect(&self, codes: &[String], count: usize, usage: &mut Usage) -> Result<()> {
        let other_edge = self.stack.other_edges.first().context("there is only one edge")?;
        let before = (cpu_ms(other_edge.part.pid())?, self.origin_calls("/internal/v1/links/")?);
        let mut visitors = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let (http, url) = (self.http.clone(), other_edge.url.clone());
            let own_codes: Vec<String> =
                codes.iter().cycle().take(count).skip(connection).step_by(CONNECTIONS).cloned().collect();
            visitors.spawn(async move { visit(&http, &url, &own_codes).await });
        }
        while let Some(outcome) = visitors.join_next().await {
            let (redirects, misses) = outcome??;
            usage.redirects += redirects;
            usage.misses += misses;
        }
        usage.worker_cpu_ms = cpu_ms(other_edge.part.pid())? - before.0;
        usage.origin_requests = self.origin_calls("/internal/v1/links/")? - before.1;
        Ok(())
    }

    async fn all_clicks(&self, expected: u64) -> Result<ReceivedMessages> {
        let started = Instant::now();
        loop {
            let received = self.queue.received();
            if received.clicks >= expected {
                return Ok(received);
            }
            ensure!(started.elapsed() < TIMEOUT, "only {} of {expected} clicks were sent", received.clicks);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn resolve(&self, function: &LambdaProcess, codes: &[String], usage: &mut Usage) -> Result<()> {
        let log = self.stack.logs.join("origin-function.log");
        for (number, code) in codes.iter().cycle().take(codes.len() + 1).enumerate() {
            let path = format!("/internal/v1/links/{DEFAULT_DOMAIN}/{code}");
            let mut event = http_event("origin.example", &path);
            if let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut) {
                headers.insert("x-shortline-edge-secret".into(), json!(self.stack.edge_secret()));
            }
            let answer = function.invoke(&event).await?;
            ensure!(!answer.is_error, "the origin failed: {:?}", answer.body);
            if number == 0 {
                // Not counted: the first call connects to Postgres.
                usage.resolve_log_bytes = length(&log)?;
                continue;
            }
            usage.resolve_ms += answer.duration.as_secs_f64() * 1e3;
            usage.answer_bytes += u64::try_from(answer.body.len())?;
        }
        usage.resolve_log_bytes = length(&log)? - usage.resolve_log_bytes;
        Ok(())
    }

    async fn consume(
        &self,
        function: &LambdaProcess,
        received: &ReceivedMessages,
        usage: &mut Usage,
    ) -> Result<()> {
        for records in received.records.chunks(MESSAGES_PER_INVOCATION) {
            let answer = function.invoke(&json!({ "Records": records })).await?;
            let failures = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
            let whole =
                failures.get("batchItemFailures").and_then(Value::as_array).is_some_and(Vec::is_empty);
            ensure!(whole, "the consumer returned messages to the queue: {failures}");
            usage.consume_ms += answer.duration.as_secs_f64() * 1e3;
            usage.invocations += 1;
        }
        usage.consume_log_bytes = length(&self.stack.logs.join("consumer-function.log"))?;
        Ok(())
    }

    async fn count_stored(&self, usage: &mut Usage) -> Result<()> {
        let mut analytics = PgConnection::connect(&self.stack.analytics_database_url).await?;
        let (batches, stored, bytes, day): (i64, i64, i64, String) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM batches), (SELECT coalesce(sum(stored), 0)::bigint FROM producers),
                    (SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
                     WHERE inhparent = 'clicks'::regclass),
                    to_char(now(), 'YYYY-MM-DD')",
        )
        .fetch_one(&mut analytics)
        .await?;
        analytics.close().await?;
        (usage.batches, usage.stored_clicks) = (u64::try_from(batches)?, u64::try_from(stored)?);
        (usage.stored_bytes, usage.measured_on) = (u64::try_from(bytes)?, day);
        Ok(())
    }

    /// The number of requests in the origin's log whose route has this prefix.
    fn origin_calls(&self, route: &str) -> Result<u64> {
        let mut calls = 0;
        for origin in &self.stack.origins {
            let log = std::fs::read_to_string(self.stack.logs.join(format!("{}.log", origin.part.name())))?;
            let answered = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let counted = answered.filter(|line| line.get("message") == Some(&json!("answered")));
            let of_route = counted.filter(|line| {
                let found = line.pointer("/span/route").and_then(Value::as_str).unwrap_or_default();
                found.starts_with(route) && found != "/healthz"
            });
            calls += u64::try_from(of_route.count())?;
        }
        Ok(calls)
    }
}

/// Returns the number of redirects, and of those answered by the origin.
async fn visit(http: &reqwest::Client, url: &str, codes: &[String]) -> Result<(u64, u64)> {
    let (mut redirects, mut misses) = (0, 0);
    for (code, agent) in codes.iter().zip(USER_AGENTS.iter().cycle()) {
        let request =
            http.get(format!("{url}/{code}")).header("user-agent", *agent).header("referer", REFERRER);
        let answer = request.send().await?;
        ensure!(answer.status() == 302, "{} for {code}", answer.status());
        let tier = answer.headers().get("x-shortline-cache").and_then(|tier| tier.to_str().ok());
        redirects += 1;
        misses += u64::from(tier == Some("origin"));
    }
    Ok((redirects, misses))
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(TIMEOUT).build()?)
}

fn length(log: &Path) -> Result<u64> {
    Ok(std::fs::metadata(log).with_context(|| format!("cannot look at {}", log.display()))?.len())
}

/// The CPU time of a process since its start. Higher than Cloudflare would bill, since it includes serving HTTP.
fn cpu_ms(pid: Option<u32>) -> Result<f64> {
    let pid = pid.context("the edge is down")?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .context("CPU time can only be measured on Linux")?;
    // After the name, which may contain anything, come the state and then numbers.
    let numbers = stat.rsplit_once(')').map(|(_, numbers)| numbers).unwrap_or_default();
    let mut ticks = numbers.split_whitespace().skip(11).map_while(|number| number.parse::<f64>().ok());
    let Some((user, system)) = ticks.next().zip(ticks.next()) else {
        bail!("cannot read the CPU time of process {pid}")
    };
    // A tick is a hundredth of a second on every Linux (`getconf CLK_TCK`).
    Ok((user + system) * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_usage_has_the_same_names() {
        let recorded: toml::Table = include_str!("../../../xtask/src/cost/measured.toml").parse().unwrap();
        let usage = Usage {
            links: 1,
            redirects: 1,
            misses: 1,
            batches: 1,
            clicks: 1,
            invocations: 1,
            stored_clicks: 1,
            ..Usage::default()
        };
        let printed: toml::Table = usage.per_unit().to_string().parse().unwrap();
        assert!(printed.keys().eq(recorded.keys()), "{printed:?}");
    }
}
