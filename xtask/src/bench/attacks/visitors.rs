//! The visitors and the editor who use the product while it is attacked: what they ask for, and what they count as a failure.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at};

use super::attack::Target;

pub(super) const WARM_PER_SECOND: u32 = 1_000;
pub(super) const COLD_PER_SECOND: u32 = 20;
pub(super) const WRITES_PER_SECOND: u32 = 2;
const WARM_LINKS: usize = 50;
/// Enough that a slow answer keeps no other request from being sent in time.
const CONNECTIONS: u32 = 50;
/// The API's limit of one bulk call.
const BULK: usize = 1_000;
/// Long after the Worker's own timeouts: a visitor who waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Observation {
    /// From when the request was due to its whole answer.
    pub(super) warm_micros: Vec<u32>,
    pub(super) stale: usize,
    pub(super) failures: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Visitors {
    target: Target,
    /// Path and destination.
    warm: Vec<(String, String)>,
    cold: Arc<Mutex<Vec<(String, String)>>>,
    written: AtomicU32,
}

impl Visitors {
    pub(super) async fn prepare(target: &Target) -> Result<Self> {
        let warm = create(target, WARM_LINKS).await?;
        Ok(Self { target: target.clone(), warm, cold: Arc::default(), written: AtomicU32::new(0) })
    }

    /// Requests on a schedule that waits for no answer.
    pub(super) async fn come_for(&self, time: Duration) -> Result<Observation> {
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
                for turn in usize::try_from(number).unwrap_or_default().. {
                    let at = due.tick().await;
                    if at >= until {
                        break;
                    }
                    let Some((path, url)) = links.get(turn % links.len()) else { break };
                    // Each address a few requests a second.
                    let address = format!("198.18.{number}.{}", turn % 200);
                    seen.note(follow(&target, path, url, &address).await);
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
                    seen.note(follow(&target, &path, &url, "198.19.0.1").await);
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
                tokio::time::timeout(PATIENCE, self.target.call("POST", "/api/v1/links", &body)).await;
            match written {
                Ok(Ok((201, _))) => {}
                other => all.failures.push(format!("a write was answered with {other:?}")),
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
    /// Notes how a redirect was served, or why it failed.
    fn note(&mut self, redirect: Result<String>) {
        match redirect {
            Ok(tier) if tier == "stale" || tier == "replica" => self.stale += 1,
            Ok(_) => {}
            Err(error) => self.failures.push(format!("{error:#}")),
        }
    }
}

/// The tier that served it.
async fn follow(target: &Target, path: &str, url: &str, address: &str) -> Result<String> {
    let request = target.http.get(format!("{}{path}", target.edge)).header("cf-connecting-ip", address);
    let answer = request.timeout(PATIENCE).send().await.with_context(|| format!("{path}: no answer"))?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let (status, location) = (answer.status(), header("location"));
    ensure!(status == 302 && location == Some(url), "{path}: {status} to {location:?}, not to {url}");
    Ok(header("x-shortline-cache").unwrap_or_default().to_owned())
}

async fn create(target: &Target, count: usize) -> Result<Vec<(String, String)>> {
    let mut created = Vec::with_capacity(count);
    for first in (0..count).step_by(BULK) {
        let urls = (first..count.min(first + BULK)).map(|number| format!("https://example.com/{number}"));
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
