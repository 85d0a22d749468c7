//! Visitors at several edges while other things happen: each link must lead to its destination, whatever does. Decides whom
//! they follow and what is a failure; what happens meanwhile, the test does.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Client, eventually, send};
use futures_util::future::{try_join, try_join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::System;

/// Links that everybody follows all the time.
const HOT: usize = 5;
/// Further ones for each part of a test, which nobody has followed before.
const COLD: usize = 40;
const VISITORS_AT_AN_EDGE: usize = 4;
/// Leaves some of the machine to the parts behind the edge.
const BETWEEN_VISITS: Duration = Duration::from_millis(10);
/// Long after the Worker's own timeouts, so a visitor who waits for so long has failed.
const VISIT: Duration = Duration::from_secs(10);

pub struct Load<'a> {
    edges: [&'a Client; 2],
    /// Path and destination; the hot ones first.
    links: Vec<(String, String)>,
    part: Cell<usize>,
    done: Cell<bool>,
    visits: Cell<u64>,
    /// Of hot links, in the part under way.
    latencies: RefCell<Vec<Duration>>,
}

impl<'a> Load<'a> {
    /// `parts` of a test, each with links of its own.
    pub async fn prepare(system: &'a System, parts: usize) -> Result<Self> {
        let (mut links, mut last) = (Vec::new(), String::new());
        for first in (0..HOT + parts * COLD).step_by(COLD) {
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
        // The second purge takes copies along; where the origin falls silent before it, its links are cold.
        eventually("the links are published for good", async || {
            let link = system.client.api_get(&format!("/api/v1/links/{last}")).await?.json()?;
            Ok(link.get("published_revision") == link.get("revision"))
        })
        .await?;
        Ok(Self {
            edges: [&system.client, &system.far],
            links,
            part: Cell::new(0),
            done: Cell::new(false),
            visits: Cell::new(0),
            latencies: RefCell::default(),
        })
    }

    /// Lets visitors come for as long as `meanwhile` takes. Returns how many were redirected; one who was not ends it.
    pub async fn during(&self, meanwhile: impl Future<Output = Result<()>>) -> Result<u64> {
        let visitors =
            (0..VISITORS_AT_AN_EDGE).flat_map(|number| self.edges.map(|edge| self.visitor(edge, number)));
        let meanwhile = async {
            meanwhile.await?;
            self.done.set(true);
            Ok(())
        };
        try_join(try_join_all(visitors), meanwhile).await?;
        Ok(self.visits.get())
    }

    /// From now on cold links are those of the next part. Returns when visitors came so often that each was followed at both
    /// edges.
    pub async fn go_on(&self, what: &str) -> Result<()> {
        self.part.set(self.part.get() + 1);
        self.latencies.take();
        let enough = self.visits.get() + u64::try_from(4 * VISITORS_AT_AN_EDGE * COLD)?;
        eventually("visitors came", async || Ok(self.visits.get() >= enough)).await?;
        let mut latencies = self.latencies.take();
        latencies.sort();
        let slowest = latencies.len() * 99 / 100;
        println!("{what}: 99 of 100 visits to hot links within {:?}", latencies.get(slowest));
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
            let index = if hot { turn / 2 % HOT } else { HOT + self.part.get() * COLD + turn / 2 % COLD };
            let (path, url) = self.links.get(index).context("more parts than prepared for")?;
            let began = Instant::now();
            let answer = send(edge.request(Method::GET, path).timeout(VISIT)).await;
            let answer = answer.with_context(|| format!("{path}, after {:?}", began.elapsed()))?;
            if hot {
                self.latencies.borrow_mut().push(began.elapsed());
            }
            ensure!(answer.status == 302 && answer.header("location") == Some(url), "{path}: {answer:?}");
            self.visits.set(self.visits.get() + 1);
            tokio::time::sleep(BETWEEN_VISITS).await;
        }
        Ok(())
    }
}
