//! A client's view of a running Shortline, for the tests: the API with a key, links followed without going on to their
//! destination, and conditions to wait for. Knows nothing of the parts behind the edge.

mod early_answer;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Far beyond what anything takes on a slow machine; a condition that holds earlier ends the wait.
const PATIENCE: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    key: String,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub id: String,
    pub code: String,
    pub short_url: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How a redirect was served.
    pub fn tier(&self) -> &str {
        self.header("x-shortline-cache").unwrap_or("none")
    }

    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("not JSON: {} {}", self.status, self.body))
    }
}

impl Client {
    pub fn new(base_url: &str, key: &str) -> Result<Self> {
        let http = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE).build()?;
        Ok(Self { http, base_url: base_url.to_owned(), key: key.to_owned() })
    }

    /// A request as it is, without the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path)).await
    }

    /// From an address of the test's choice, which the edge believes where its stack does not set one.
    pub async fn get_from(&self, address: &str, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path).header("cf-connecting-ip", address)).await
    }

    pub async fn api_get(&self, path: &str) -> Result<Answer> {
        send(self.request(Method::GET, path).bearer_auth(&self.key)).await
    }

    pub async fn api_post(&self, path: &str, body: &Value) -> Result<Answer> {
        send(self.request(Method::POST, path).bearer_auth(&self.key).json(body)).await
    }

    /// A POST that may be refused before its body has been read. `headers` are lines, each with its end.
    pub async fn post_refused_early(&self, path: &str, headers: &str, body: &Value) -> Result<Answer> {
        let headers = format!("authorization: Bearer {}\r\n{headers}", self.key);
        early_answer::post(&self.base_url, path, &headers, &body.to_string()).await
    }

    pub async fn create(&self, body: Value) -> Result<Link> {
        let answer = self.api_post("/api/v1/links", &body).await?;
        if answer.status != 201 {
            bail!("no link was created: {} {}", answer.status, answer.body);
        }
        link_of(&answer)
    }

    pub async fn follow(&self, link: &Link) -> Result<Answer> {
        self.get(&format!("/{}", link.code)).await
    }

    /// How many clicks the statistics show.
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
        reached.await.with_context(|| format!("of {expected} clicks"))?;
        if seen != expected {
            bail!("{seen} clicks are counted, {expected} were made");
        }
        Ok(())
    }
}

/// The link that an answer of the API shows.
pub fn link_of(answer: &Answer) -> Result<Link> {
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

/// Looks until the condition holds, or for so long that it never will.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !condition().await? {
        if began.elapsed() > PATIENCE {
            bail!("waited {PATIENCE:?} in vain until {what}");
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(())
}
