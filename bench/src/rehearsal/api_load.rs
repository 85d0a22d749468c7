//! The load of a rehearsal: creates, reads and resolves links all the time, and checks every answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use local_stack::DEFAULT_DOMAIN;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const EDGE_SECRET: &str = "x-shortline-edge-secret";
const VISITORS: usize = 4;
/// Failures that are printed; all are counted.
const FAILURES_SHOWN: usize = 10;
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) url: String,
    pub(super) admin_key: String,
    pub(super) edge_secret: String,
}

#[derive(Debug)]
struct Link {
    id: String,
    code: String,
    destination: String,
}

#[derive(Debug, Default)]
pub struct Tally {
    pub created: usize,
    pub read: usize,
    pub resolved: usize,
    pub failed: usize,
    pub failures: Vec<String>,
    pub slowest: Duration,
    links: Vec<Link>,
}

#[derive(Debug)]
pub(super) struct ApiLoad {
    tasks: JoinSet<Tally>,
    ended: Arc<AtomicBool>,
}

impl ApiLoad {
    pub(super) fn start(access: &Access) -> Result<Self> {
        let http = client()?;
        let ended = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..VISITORS {
            let visitor = Visitor { http: http.clone(), access: access.clone(), tally: Tally::default() };
            tasks.spawn(visitor.run_until(number, Arc::clone(&ended)));
        }
        Ok(Self { tasks, ended })
    }

    pub(super) async fn end(mut self) -> Result<Tally> {
        self.ended.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        while let Some(tally) = self.tasks.join_next().await {
            all.add(tally?);
        }
        Ok(all)
    }
}

struct Visitor {
    http: reqwest::Client,
    access: Access,
    tally: Tally,
}

impl Visitor {
    async fn run_until(mut self, visitor: usize, ended: Arc<AtomicBool>) -> Tally {
        let mut number = 0;
        while !ended.load(Ordering::Relaxed) {
            let destination = format!("https://example.com/rehearsal/{visitor}/{number}");
            let started = Instant::now();
            let created = create(&self.http, &self.access, destination).await;
            if let Some(link) = self.tally.record(started, created) {
                self.tally.created += 1;
                self.tally.links.push(link);
            }
            // The newest link, and one that the other build may have created.
            let newest = self.tally.links.len().saturating_sub(1);
            for index in [newest, newest / 2] {
                self.check_link(index).await;
            }
            number += 1;
        }
        self.tally
    }

    async fn check_link(&mut self, index: usize) {
        let Some(link) = self.tally.links.get(index) else { return };
        let started = Instant::now();
        let resolved = resolve(&self.http, &self.access, link).await;
        let middle = Instant::now();
        let read = read(&self.http, &self.access, link).await;
        self.tally.resolved += usize::from(self.tally.record(started, resolved).is_some());
        self.tally.read += usize::from(self.tally.record(middle, read).is_some());
    }
}

async fn create(http: &reqwest::Client, access: &Access, destination: String) -> Result<Link> {
    let request = http.post(format!("{}/api/v1/links", access.url)).bearer_auth(&access.admin_key);
    let request = request.header("content-type", "application/json");
    let link = ask(request.body(json!({ "url": destination }).to_string()), 201).await?;
    let field = |name: &str| link.get(name).and_then(Value::as_str).map(str::to_owned);
    let (id, code) = field("id").zip(field("code")).with_context(|| format!("no link: {link}"))?;
    Ok(Link { id, code, destination })
}

async fn read(http: &reqwest::Client, access: &Access, link: &Link) -> Result<()> {
    let request = http.get(format!("{}/api/v1/links/{}", access.url, link.id)).bearer_auth(&access.admin_key);
    check_destination(&ask(request, 200).await?, &link.destination)
}

/// Resolves the link as the edge does.
async fn resolve(http: &reqwest::Client, access: &Access, link: &Link) -> Result<()> {
    let url = format!("{}/internal/v1/links/{DEFAULT_DOMAIN}/{}", access.url, link.code);
    check_destination(
        &ask(http.get(url).header(EDGE_SECRET, &access.edge_secret), 200).await?,
        &link.destination,
    )
}

async fn ask(request: reqwest::RequestBuilder, expected: u16) -> Result<Value> {
    let answer = request.send().await?;
    let (status, body) = (answer.status(), answer.text().await?);
    ensure!(status == expected, "{status} instead of {expected}: {body}");
    serde_json::from_str(&body).with_context(|| format!("not JSON: {body}"))
}

fn check_destination(answer: &Value, destination: &str) -> Result<()> {
    ensure!(
        answer.to_string().contains(&format!("\"{destination}\"")),
        "{answer} does not contain {destination}"
    );
    Ok(())
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?)
}

impl Tally {
    fn record<T>(&mut self, started: Instant, outcome: Result<T>) -> Option<T> {
        self.slowest = self.slowest.max(started.elapsed());
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed += 1;
                if self.failures.len() < FAILURES_SHOWN {
                    self.failures.push(format!("{error:#}"));
                }
                None
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.read += other.read;
        self.resolved += other.resolved;
        self.failed += other.failed;
        self.slowest = self.slowest.max(other.slowest);
        self.failures.extend(other.failures);
        self.links.extend(other.links);
    }

    /// Checks that every acknowledged link exists with its destination and a unique code.
    pub(super) async fn check_all(&self, access: &Access) -> Result<()> {
        let http = client()?;
        let mut codes: Vec<&str> = self.links.iter().map(|link| link.code.as_str()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        ensure!(codes.len() == all, "{} codes were issued twice", all - codes.len());
        for link in &self.links {
            resolve(&http, access, link).await.with_context(|| format!("{} is lost", link.code))?;
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, read, resolved, failed, slowest, failures, .. } = self;
        let requests = created + read + resolved + failed;
        writeln!(f, "{requests} requests: {created} creates, {read} reads, {resolved} resolutions")?;
        writeln!(f, "{failed} failed; the slowest took {} ms", slowest.as_millis())?;
        failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))
    }
}
