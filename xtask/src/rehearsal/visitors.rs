//! The load of a rehearsal: links are created, read and resolved all the time, and each answer must be the right one. Decides
//! what is asked and what is a failure.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::stack::DEFAULT_DOMAIN;

const EDGE_SECRET: &str = "x-shortline-edge-secret";
const VISITORS: usize = 4;
/// Named of those that fail; all are counted.
const FAILURES_SHOWN: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

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
pub struct Account {
    pub created: usize,
    pub read: usize,
    pub resolved: usize,
    pub failed: usize,
    pub failures: Vec<String>,
    pub slowest: Duration,
    links: Vec<Link>,
}

#[derive(Debug)]
pub(super) struct Visitors {
    tasks: JoinSet<Account>,
    ended: Arc<AtomicBool>,
}

impl Visitors {
    pub(super) fn begin(access: &Access) -> Result<Self> {
        let http = client()?;
        let ended = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..VISITORS {
            let visitor = Visitor { http: http.clone(), access: access.clone(), account: Account::default() };
            tasks.spawn(visitor.come_until(number, Arc::clone(&ended)));
        }
        Ok(Self { tasks, ended })
    }

    pub(super) async fn end(mut self) -> Result<Account> {
        self.ended.store(true, Ordering::Relaxed);
        let mut all = Account::default();
        while let Some(account) = self.tasks.join_next().await {
            all.add(account?);
        }
        Ok(all)
    }
}

struct Visitor {
    http: reqwest::Client,
    access: Access,
    account: Account,
}

impl Visitor {
    async fn come_until(mut self, visitor: usize, ended: Arc<AtomicBool>) -> Account {
        let mut number = 0;
        while !ended.load(Ordering::Relaxed) {
            let destination = format!("https://example.com/rehearsal/{visitor}/{number}");
            let began = Instant::now();
            let created = create(&self.http, &self.access, destination).await;
            if let Some(link) = self.account.judge(began, created) {
                self.account.created += 1;
                self.account.links.push(link);
            }
            // The newest, and one that another build may have made.
            let newest = self.account.links.len().saturating_sub(1);
            for index in [newest, newest / 2] {
                self.look_at(index).await;
            }
            number += 1;
        }
        self.account
    }

    async fn look_at(&mut self, index: usize) {
        let Some(link) = self.account.links.get(index) else { return };
        let began = Instant::now();
        let resolved = resolve(&self.http, &self.access, link).await;
        let middle = Instant::now();
        let read = read(&self.http, &self.access, link).await;
        self.account.resolved += usize::from(self.account.judge(began, resolved).is_some());
        self.account.read += usize::from(self.account.judge(middle, read).is_some());
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
    leads_to(&ask(request, 200).await?, &link.destination)
}

/// As the edge does.
async fn resolve(http: &reqwest::Client, access: &Access, link: &Link) -> Result<()> {
    let url = format!("{}/internal/v1/links/{DEFAULT_DOMAIN}/{}", access.url, link.code);
    leads_to(&ask(http.get(url).header(EDGE_SECRET, &access.edge_secret), 200).await?, &link.destination)
}

async fn ask(request: reqwest::RequestBuilder, expected: u16) -> Result<Value> {
    let answer = request.send().await?;
    let (status, body) = (answer.status(), answer.text().await?);
    ensure!(status == expected, "{status} instead of {expected}: {body}");
    serde_json::from_str(&body).with_context(|| format!("not JSON: {body}"))
}

fn leads_to(answer: &Value, destination: &str) -> Result<()> {
    ensure!(
        answer.to_string().contains(&format!("\"{destination}\"")),
        "{answer} does not lead to {destination}"
    );
    Ok(())
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?)
}

impl Account {
    fn judge<T>(&mut self, began: Instant, outcome: Result<T>) -> Option<T> {
        self.slowest = self.slowest.max(began.elapsed());
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

    /// Every link that was acknowledged is there, leads where it should, and has a code of its own.
    pub(super) async fn check_all(&self, access: &Access) -> Result<()> {
        let http = client()?;
        let mut codes: Vec<&str> = self.links.iter().map(|link| link.code.as_str()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        ensure!(codes.len() == all, "{} codes were given out twice", all - codes.len());
        for link in &self.links {
            resolve(&http, access, link).await.with_context(|| format!("{} is lost", link.code))?;
        }
        Ok(())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, read, resolved, failed, slowest, failures, .. } = self;
        let requests = created + read + resolved + failed;
        writeln!(f, "{requests} requests: {created} creates, {read} reads, {resolved} resolutions")?;
        writeln!(f, "{failed} failed; the slowest took {} ms", slowest.as_millis())?;
        failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))
    }
}
