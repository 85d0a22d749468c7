//! Background load at two edges during a test: every visit must be redirected to the link's destination.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Client, eventually, send};
use futures_util::future::{try_join, try_join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::System;

/// Links that all visitors follow all the time.
const HOT: usize = 5;
/// Links per phase of a test that nobody followed before.
const COLD: usize = 40;
const VISITORS_PER_EDGE: usize = 4;
/// Leaves CPU time for the parts behind the edge.
const VISIT_INTERVAL: Duration = Duration::from_millis(10);
/// Longer than the Worker's own timeouts: a visit that takes this long has failed.
const VISIT_TIMEOUT: Duration = Duration::from_secs(10);

pub struct Load<'a> {
    edges: [&'a Client; 2],
    /// Path and destination; the hot ones first.
    links: Vec<(String, String)>,
    phase: Cell<usize>,
    done: Cell<bool>,
    visits: Cell<u64>,
    /// Of visits to hot links in the current phase.
    latencies: RefCell<Vec<Duration>>,
}

impl<'a> Load<'a> {
    /// Creates the links for this many phases, each with its own cold ones.
    pub async fn prepare(system: &'a System, phases: usize) -> Result<Self> {
        let (mut links, mut last) = (Vec::new(), String::new());
        for first in (0..HOT + phases * COLD).step_by(COLD) {
            let urls: Vec<_> =
                (first..first + COLD).map(|number| format!("https://example.com/{number}")).collect();
            let bodies: Vec<_> = urls.iter().map(|url| json!({ "url": url })).collect();
            let answer = system.client.api_post("/api/v1/links/bulk", &json!({ "links": bodies })).await?;
            ensure!(answer.header("shortline-propagation") == Some("published; within=1"), "{answer:?}");
            let outcomes = answer.json()?;
            let outcomes = outcomes.get("data").and_then(Value::as_array).context("no outcomes")?;
            for (outcome, url) in outcomes.iter().zip(urls) {
                let field = |name| outcome.pointer(name).and_then(Value::as_str).context("no such field");
                links.push((format!("/{}", field("/link/code")?), url));
                last = field("/link/id")?.to_owned();
            }
        }
        // The second purge also drops copies: if the origin hangs before it, the links stay cold.
        eventually("the links' second purge is done", async || {
            let link = system.client.api_get(&format!("/api/v1/links/{last}")).await?.json()?;
            Ok(link.get("published_revision") == link.get("revision"))
        })
        .await?;
        Ok(Self {
            edges: [&system.client, &system.other_edge],
            links,
            phase: Cell::new(0),
            done: Cell::new(false),
            visits: Cell::new(0),
            latencies: RefCell::default(),
        })
    }

    /// Runs visitors until `work` ends. Returns how many visits were redirected; a failed one is an error.
    pub async fn during(&self, work: impl Future<Output = Result<()>>) -> Result<u64> {
        let visitors =
            (0..VISITORS_PER_EDGE).flat_map(|number| self.edges.map(|edge| self.visitor(edge, number)));
        let work = async {
            work.await?;
            self.done.set(true);
            Ok(())
        };
        try_join(try_join_all(visitors), work).await?;
        Ok(self.visits.get())
    }

    /// Moves on to the next phase's cold links. Returns once both edges have served each of them.
    pub async fn run_phase(&self, what: &str) -> Result<()> {
        self.phase.set(self.phase.get() + 1);
        self.latencies.take();
        let enough = self.visits.get() + u64::try_from(4 * VISITORS_PER_EDGE * COLD)?;
        eventually("each link was followed", async || Ok(self.visits.get() >= enough)).await?;
        let mut latencies = self.latencies.take();
        latencies.sort();
        let p99 = latencies.len() * 99 / 100;
        println!("{what}: p99 of visits to hot links {:?}", latencies.get(p99));
        Ok(())
    }

    pub fn visits(&self) -> u64 {
        self.visits.get()
    }

    async fn visitor(&self, edge: &Client, number: usize) -> Result<()> {
        for turn in number.. {
            if self.done.get() {
                break;
            }
            let hot = turn % 2 == 0;
            let index = if hot { turn / 2 % HOT } else { HOT + self.phase.get() * COLD + turn / 2 % COLD };
            let (path, url) = self.links.get(index).context("more phases than prepared")?;
            let started = Instant::now();
            let answer = send(edge.request(Method::GET, path).timeout(VISIT_TIMEOUT)).await;
            let answer = answer.with_context(|| format!("{path}, after {:?}", started.elapsed()))?;
            if hot {
                self.latencies.borrow_mut().push(started.elapsed());
            }
            ensure!(answer.status == 302 && answer.header("location") == Some(url), "{path}: {answer:?}");
            self.visits.set(self.visits.get() + 1);
            tokio::time::sleep(VISIT_INTERVAL).await;
        }
        Ok(())
    }
}
