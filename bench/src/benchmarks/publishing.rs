//! `cargo xtask bench publishing`: how long after a change's answer visitors still see the old state, at two data
//! centres with their own caches, under constant load on that link.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use local_stack::checkout::Checkout;
use local_stack::{Stack, StackOptions, artifacts, tools, unless_interrupted};
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{interval_at, sleep};

use crate::load::measurement::Percentiles;

/// From the answer that confirms a change to the last old answer at either edge.
const GOAL_MS: f64 = 1_000.0;
/// At both edges together.
const REQUESTS_PER_SECOND: u32 = 1_000;
/// Per edge. Enough that a slow answer delays no other request.
const VISITORS: u32 = 25;
const EDGES: u32 = 2;
/// How long to watch after each change for a return of the old state.
const WATCHED: Duration = Duration::from_secs(2);
const PUBLISHED: &str = "published; within=1";

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of links; each is created after a miss, edited, disabled, enabled and deleted
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub links: u16,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    println!("[1/3] tools");
    tools::ensure(checkout)?;
    println!("[2/3] build");
    artifacts::build(checkout)?;
    println!("[3/3] measure");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    unless_interrupted(&runtime, measure(options.links))
}

async fn measure(links: u16) -> Result<()> {
    // Lift the plan's purge rate limit, which is not measured here.
    let plan = [("PURGES_PER_MINUTE", "60000"), ("PURGE_BURST", "10000")];
    let stack = Stack::start(StackOptions {
        edges: 2,
        client_address: Some("127.0.0.1".to_owned()),
        worker_bindings: plan.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        on_step: |step| println!("      {step}"),
        ..StackOptions::default()
    })
    .await?;
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let edges = std::iter::once(&stack.edge).chain(&stack.other_edges).map(|edge| edge.url.clone()).collect();
    let bench = Bench { http, edges, admin_key: stack.admin_key.clone() };
    let mut changes = Vec::new();
    let (mut answers, began) = (0, Instant::now());
    for number in 0..links {
        answers += bench.change_link(number, &mut changes).await?;
    }
    let per_second = f64::from(answers) / began.elapsed().as_secs_f64();
    stack.stop().await;
    report(&changes, per_second)
}

#[derive(Debug)]
struct Bench {
    http: reqwest::Client,
    edges: Vec<String>,
    admin_key: String,
}

#[derive(Debug)]
struct Change {
    kind: &'static str,
    old_for: Duration,
}

/// What a visitor got: the location, or the status.
#[derive(Debug)]
struct Sample {
    at: Instant,
    state: String,
}

type Samples = Arc<Mutex<Vec<Sample>>>;

impl Bench {
    /// Changes one link step by step. Returns the number of answers.
    async fn change_link(&self, number: u16, changes: &mut Vec<Change>) -> Result<u32> {
        let alias = format!("offer-{number}");
        let samples = Samples::default();
        // Visitors start before the link exists, so that both edges cache the miss.
        let visitors = self.visitors(&alias, &samples);
        let mut answers = 0;
        let url = |step: &str| format!("https://example.com/{number}/{step}");
        let create = json!({ "alias": alias, "url": url("new") });
        sleep(WATCHED).await;
        let mut path = "/api/v1/links".to_owned();
        for (kind, method, body, expected) in [
            ("create after a miss", Method::POST, create, url("new")),
            ("edit", Method::PATCH, json!({ "url": url("edited") }), url("edited")),
            ("disable", Method::PATCH, json!({ "state": "disabled" }), "410".to_owned()),
            ("enable", Method::PATCH, json!({ "state": "active" }), url("edited")),
            ("delete", Method::DELETE, json!({}), "410".to_owned()),
        ] {
            let link = self.write(method, &path, &body).await?;
            let answered = Instant::now();
            sleep(WATCHED).await;
            let observed = std::mem::take(&mut *samples.lock().unwrap_or_else(PoisonError::into_inner));
            ensure!(observed.iter().any(|sample| sample.state == expected), "{kind}: nobody saw {expected}");
            let old = observed.iter().filter(|sample| sample.state != expected).map(|sample| sample.at).max();
            let old_for = old.unwrap_or(answered).saturating_duration_since(answered);
            changes.push(Change { kind, old_for });
            answers += u32::try_from(observed.len())?;
            if let Some(id) = link.get("id").and_then(Value::as_str) {
                path = format!("/api/v1/links/{id}");
            }
        }
        drop(visitors);
        Ok(answers)
    }

    /// Starts visitors, which stop when the set is dropped.
    fn visitors(&self, alias: &str, samples: &Samples) -> JoinSet<()> {
        let every = Duration::from_secs(1) * VISITORS * EDGES / REQUESTS_PER_SECOND;
        let mut visitors = JoinSet::new();
        for edge in &self.edges {
            for number in 0..VISITORS {
                let (http, samples) = (self.http.clone(), Arc::clone(samples));
                let url = format!("{edge}/{alias}");
                let first = tokio::time::Instant::now() + every * number / VISITORS;
                visitors.spawn(async move {
                    let mut due = interval_at(first, every);
                    loop {
                        due.tick().await;
                        let state = observe(&http, &url).await;
                        let sample = Sample { at: Instant::now(), state };
                        samples.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
                    }
                });
            }
        }
        visitors
    }

    async fn write(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let edge = self.edges.first().context("there is no edge")?;
        let request = self.http.request(method, format!("{edge}{path}")).bearer_auth(&self.admin_key);
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await?;
        let propagation = answer.headers().get("shortline-propagation").cloned();
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        ensure!(propagation.as_ref().is_some_and(|value| value == PUBLISHED), "{path}: {propagation:?}");
        // A deletion's answer has no body.
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// A failed request counts as an old state.
async fn observe(http: &reqwest::Client, url: &str) -> String {
    match http.get(url).send().await {
        Ok(answer) => {
            let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
            location.map_or_else(|| answer.status().as_u16().to_string(), str::to_owned)
        }
        Err(error) => error.to_string(),
    }
}

fn report(changes: &[Change], per_second: f64) -> Result<()> {
    let line = |what: &str, changes: &[&Change]| -> Result<f64> {
        let micros =
            changes.iter().map(|change| u32::try_from(change.old_for.as_micros()).unwrap_or(u32::MAX));
        let longest = f64::from(micros.clone().max().unwrap_or_default()) / 1e3;
        let Percentiles { p50_ms, p99_ms } = Percentiles::of_micros(micros.collect())?;
        println!("{what:<30}{:>8}{p50_ms:>9.0}{p99_ms:>9.0}{longest:>9.0}", changes.len());
        Ok(p99_ms)
    };
    println!("\n{:<30}{:>8}{:>9}{:>9}{:>9}", "old state visible, ms", "changes", "p50", "p99", "longest");
    let mut kinds: Vec<&str> = changes.iter().map(|change| change.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        line(kind, &changes.iter().filter(|change| change.kind == kind).collect::<Vec<_>>())?;
    }
    let p99_ms = line("all", &changes.iter().collect::<Vec<_>>())?;
    let verdict = if p99_ms <= GOAL_MS { "reached" } else { "missed" };
    println!(
        "\nGoal: {GOAL_MS:.0} ms at p99, {verdict}. Measured from the change's answer to the last old answer at either of two edges,\n\
         watched for {WATCHED:?} after each change; {per_second:.0} requests a second hit the link.\n\
         The whole stack runs on this machine in debug builds; a stand-in answers purges immediately."
    );
    Ok(())
}
