//! The tests' HTTP client: calls the API with a key, follows a link without its destination, and waits for conditions.

mod answer;
mod early_answer;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

pub use answer::Answer;
use answer::TIMEOUT;

const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Shorter than workerd keeps an idle connection (5 s): a request on one that is being closed would fail.
const KEEP_IDLE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    key: String,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub id: String,
    pub code: String,
    pub short_url: String,
}

impl Client {
    pub fn new(base_url: &str, key: &str) -> Result<Self> {
        let http =
            reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT).pool_idle_timeout(KEEP_IDLE);
        let http = http.build()?;
        Ok(Self { http, base_url: base_url.to_owned(), key: key.to_owned() })
    }

    /// A request without the API key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path)).await
    }

    /// Sends the request from this client address. The edge believes it unless the stack sets one.
    pub async fn get_from(&self, address: &str, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path).header("cf-connecting-ip", address)).await
    }

    pub async fn api_get(&self, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path).bearer_auth(&self.key)).await
    }

    pub async fn api_post(&self, path: &str, body: &Value) -> Result<Answer> {
        send(self.request(Method::POST, path).bearer_auth(&self.key).json(body)).await
    }

    /// A POST that may be refused before its body was read. `headers` are whole lines, CRLF included.
    pub async fn post_refused_early(&self, path: &str, headers: &str, body: &Value) -> Result<Answer> {
        let headers = format!("authorization: Bearer {}\r\n{headers}", self.key);
        early_answer::post(&self.base_url, path, &headers, &body.to_string()).await
    }

    pub async fn create(&self, body: Value) -> Result<Link> {
        let answer = self.api_post("/api/v1/links", &body).await?;
        if answer.status != 201 {
            bail!("the link was not created: {} {}", answer.status, answer.body);
        }
        parse_link(&answer)
    }

    pub async fn follow(&self, link: &Link) -> Result<Answer> {
        self.get(&format!("/{}", link.code)).await
    }

    /// The number of clicks in the statistics.
    pub async fn clicks(&self, link: &Link) -> Result<u64> {
        let answer = self.api_get(&format!("/api/v1/links/{}/stats", link.id)).await?;
        answer
            .json()?
            .get("total")
            .and_then(Value::as_u64)
            .with_context(|| format!("no total: {}", answer.body))
    }

    pub async fn wait_for_clicks(&self, link: &Link, expected: u64) -> Result<()> {
        let mut seen = 0;
        let reached = eventually("the clicks are counted", async || {
            seen = self.clicks(link).await?;
            Ok(seen >= expected)
        });
        reached.await.with_context(|| format!("expected {expected} clicks"))?;
        if seen != expected {
            bail!("{seen} clicks are counted, expected {expected}");
        }
        Ok(())
    }
}

/// Reads the link from an API answer.
pub fn parse_link(answer: &Answer) -> Result<Link> {
    let link = answer.json()?;
    let field = |name: &str| {
        link.get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("no {name}: {link}"))
    };
    Ok(Link { id: field("id")?, code: field("code")?, short_url: field("short_url")? })
}

pub async fn send(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.text().await? })
}

/// Polls until the condition holds; fails after [`TIMEOUT`].
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !condition().await? {
        if started.elapsed() > TIMEOUT {
            bail!("not after {TIMEOUT:?}: {what}");
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(())
}
