//! Visitors and an editor who use the product during an attack, and what counts as a failure.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use super::attack::AttackTarget;

pub(super) const WARM_PER_SECOND: u32 = 1_000;
pub(super) const COLD_PER_SECOND: u32 = 20;
pub(super) const WRITES_PER_SECOND: u32 = 2;
const WARM_LINKS: usize = 50;
/// Enough that a slow answer delays no other request.
const CONNECTIONS: u32 = 50;
/// The API's limit per bulk call.
const BULK_SIZE: usize = 1_000;
/// Longer than the Worker's own timeouts: a visit that takes this long has failed.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Observation {
    /// From the time the request was due to the end of its answer.
    pub(super) warm_micros: Vec<u32>,
    pub(super) stale: usize,
    pub(super) failures: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Visitors {
    target: AttackTarget,
    /// Path and destination.
    warm: Vec<(String, String)>,
    cold: Arc<Mutex<Vec<(String, String)>>>,
    written: AtomicU32,
}

impl Visitors {
    pub(super) async fn prepare(target: &AttackTarget) -> Result<Self> {
        let warm = create(target, WARM_LINKS).await?;
        Ok(Self { target: target.clone(), warm, cold: Arc::default(), written: AtomicU32::new(0) })
    }

    /// Sends requests on a fixed schedule (open loop), regardless of answers.
    pub(super) async fn visit_for(&self, time: Duration) -> Result<Observation> {
        let cold = usize::try_from(time.as_secs())? * usize::try_from(COLD_PER_SECOND)?;
        *self.cold.lock().unwrap_or_else(PoisonError::into_inner) = create(&self.target, cold).await?;
        let until = Instant::now() + time;
        let mut tasks = JoinSet::new();
        let between = |per_second: u32, connections: u32| Duration::from_secs(1) * connections / per_second;
        for number in 0..CONNECTIONS {
            let (target, links) = (self.target.clone(), self.warm.clone());
            let every = between(WARM_PER_SECOND, CONNECTIONS);
            let first = Instant::now() + every * number / CONNECTIONS;
            tasks.spawn(async move {
                let mut seen = Observation::default();
                let mut due = interval_at(first, every);
                for iteration in usize::try_from(number).unwrap_or_default().. {
                    let at = due.tick().await;
                    if at >= until {
                        break;
                    }
                    let Some((path, url)) = links.get(iteration % links.len()) else { break };
                    // A few requests a second per address.
                    let address = format!("198.18.{number}.{}", iteration % 200);
                    seen.record(follow(&target, path, url, &address).await);
                    seen.warm_micros.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
                seen
            });
        }
        for number in 0..COLD_PER_SECOND {
            let (target, links) = (self.target.clone(), Arc::clone(&self.cold));
            let first = Instant::now() + Duration::from_secs(1) * number / COLD_PER_SECOND;
            tasks.spawn(async move {
                let mut seen = Observation::default();
                let mut due = interval_at(first, Duration::from_secs(1));
                while due.tick().await < until {
                    let link = links.lock().unwrap_or_else(PoisonError::into_inner).pop();
                    let Some((path, url)) = link else { break };
                    seen.record(follow(&target, &path, &url, "198.19.0.1").await);
                }
                seen
            });
        }
        let mut due = interval_at(Instant::now(), between(WRITES_PER_SECOND, 1));
        let mut all = Observation::default();
        while due.tick().await < until {
            let number = self.written.fetch_add(1, Ordering::Relaxed);
            let body = json!({ "url": format!("https://example.com/written/{number}") });
            let written =
                tokio::time::timeout(TIMEOUT, self.target.call("POST", "/api/v1/links", &body)).await;
            match written {
                Ok(Ok((201, _))) => {}
                other => all.failures.push(format!("a write answered {other:?}")),
            }
        }
        while let Some(seen) = tasks.join_next().await {
            let Observation { warm_micros, stale, failures } = seen?;
            all.warm_micros.extend(warm_micros);
            all.stale += stale;
            all.failures.extend(failures);
        }
        Ok(all)
    }
}

impl Observation {
    /// Records how a redirect was served, or why it failed.
    fn record(&mut self, redirect: Result<String>) {
        match redirect {
            Ok(tier) if tier == "stale" || tier == "replica" => self.stale += 1,
            Ok(_) => {}
            Err(error) => self.failures.push(format!("{error:#}")),
        }
    }
}

/// Follows a link and returns the tier that served it.
async fn follow(target: &AttackTarget, path: &str, url: &str, address: &str) -> Result<String> {
    let request = target.http.get(format!("{}{path}", target.edge)).header("cf-connecting-ip", address);
    let answer = request.timeout(TIMEOUT).send().await.with_context(|| format!("{path}: no answer"))?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let (status, location) = (answer.status(), header("location"));
    ensure!(status == 302 && location == Some(url), "{path}: {status} to {location:?}, expected {url}");
    Ok(header("x-shortline-cache").unwrap_or_default().to_owned())
}

async fn create(target: &AttackTarget, count: usize) -> Result<Vec<(String, String)>> {
    let mut created = Vec::with_capacity(count);
    for first in (0..count).step_by(BULK_SIZE) {
        let urls =
            (first..count.min(first + BULK_SIZE)).map(|number| format!("https://example.com/{number}"));
        let links: Vec<Value> = urls.map(|url| json!({ "url": url })).collect();
        let (status, body) = target.call("POST", "/api/v1/links/bulk", &json!({ "links": links })).await?;
        ensure!(status == 200, "links were not created: {status} {body}");
        for outcome in body.get("data").and_then(Value::as_array).context("no outcomes")? {
            let field = |name| outcome.pointer(name).and_then(Value::as_str).context("no such field");
            created.push((format!("/{}", field("/link/code")?), field("/link/url")?.to_owned()));
        }
    }
    Ok(created)
}
