//! Attacks on the API: no other visitor's redirect fails or goes stale, and no other caller's request fails.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::{FaultMode, FaultProxy, StackOptions, forward};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shared::{System, on_no_stack, on_own_stack};

const ATTACKER: &str = "203.0.113.66";
/// Has the format of a real key.
const UNKNOWN_KEY: &str = "slk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub fn trials() -> Vec<Trial> {
    vec![
        on_no_stack("refusals_before_the_origin_do_not_affect_others", refusals),
        on_own_stack(
            "stalled_uploads_and_unknown_keys_delay_nobody",
            trusting_client_address,
            uploads_and_keys,
        ),
        on_own_stack("plain_http_redirects_to_https_and_refuses_secrets", https_only, plain_http),
    ]
}

/// The edge believes the address that a test sends, as it believes Cloudflare's.
fn trusting_client_address() -> StackOptions {
    StackOptions { edges: 2, client_address: None, ..StackOptions::default() }
}

fn https_only() -> StackOptions {
    let on = ("REQUIRE_HTTPS".to_owned(), "true".to_owned());
    StackOptions { worker_bindings: [on].into(), ..StackOptions::default() }
}

/// Two fault proxies before the same origin; each can fail on its own.
struct ProxiedOrigin {
    system: System,
    proxies: [FaultProxy; 2],
}

async fn refusals() -> Result<()> {
    // The origin's address is known only once the stack has started; nobody calls before that.
    let origin = std::sync::Arc::new(std::sync::OnceLock::new());
    let start_proxy = || {
        let known = origin.clone();
        FaultProxy::start(std::sync::Arc::new(move |request| {
            let upstream = known.get().map(|address| forward(*address)(request));
            Box::pin(async move { upstream?.await })
        }))
    };
    let proxies = [start_proxy().await?, start_proxy().await?];
    let urls = proxies.each_ref().map(FaultProxy::url).join(",");
    let options = StackOptions {
        worker_bindings: [("ORIGIN_URLS".to_owned(), urls)].into(),
        ..trusting_client_address()
    };
    let system = System::start(options).await?;
    let address = system.stack.origin_urls.first().and_then(|url| url.strip_prefix("http://"));
    let _ = origin.set(address.context("no origin")?.parse()?);
    let attacked = ProxiedOrigin { system, proxies };
    let outcome = attacked.run().await;
    attacked.system.stack.stop().await;
    outcome
}

impl ProxiedOrigin {
    async fn run(&self) -> Result<()> {
        let (system, [first, second]) = (&self.system, &self.proxies);
        let mut cold = create(system, 40).await?;
        let mut next = || cold.pop().context("no cold link is left");
        for round in 0..5 {
            for request in 0..6 {
                let path = format!("/api/v1/links?q={}", "!".repeat(23_000));
                let answer = system.other_edge.get_from(ATTACKER, &path).await?;
                ensure!(problem(&answer, 414) == "uri_too_long", "{round} {request}: {answer:?}");
            }
            follow_uncached(system, &next()?).await?;
            ensure!(system.other_edge.api_get("/api/v1/links?limit=1").await?.status == 200);
        }

        // One of two origins refuses: reads and writes go to the other.
        for status in [429, 403] {
            first.set(FaultMode::Failing(status, "Refused")).await?;
            for _ in 0..10 {
                system.other_edge.create(json!({ "url": "https://example.com/" })).await?;
                follow_uncached(system, &next()?).await?;
                if status == 403 {
                    break;
                }
            }
        }

        // Both refuse: lookups fall back to the replica and the API explains the error. Both recover immediately
        // afterwards.
        for (status, shown, code) in [
            (429, 503, "origin_busy"),
            (403, 503, "origin_refused"),
            (413, 413, "body_too_large"),
            (414, 414, "uri_too_long"),
            (431, 431, "headers_too_large"),
        ] {
            for proxy in [first, second] {
                proxy.set(FaultMode::Failing(status, "Refused")).await?;
            }
            let link = next()?;
            let answer = system.other_edge.follow(&link).await?;
            ensure!((answer.status, answer.tier()) == (302, "replica"), "{status}: {answer:?}");
            for number in 0..10 {
                ensure!(
                    system.other_edge.get(&format!("/unheard-of-{status}-{number}")).await?.status == 503
                );
                let answer = system.other_edge.api_get("/api/v1/links?limit=1").await?;
                ensure!(problem(&answer, shown) == code, "{status}: {answer:?}");
            }
            for proxy in [first, second] {
                proxy.set(FaultMode::Healthy).await?;
            }
            ensure!(system.other_edge.api_get("/api/v1/links?limit=1").await?.status == 200);
            follow_uncached(system, &next()?).await?;
        }
        let log = std::fs::read_to_string(system.stack.logs.join("edge-1.log"))?;
        ensure!(log.contains("refused_before_origin"), "the refusal is not logged");
        Ok(())
    }
}

async fn uploads_and_keys(system: &System) -> Result<()> {
    let mut cold = create(system, 20).await?;
    let warm = cold.pop().context("no link")?;
    ensure!(system.other_edge.follow(&warm).await?.status == 302);
    let before = resident_kilobytes(system)?;
    let mut stalled = Vec::new();
    for number in 0..40 {
        // Megabytes with an unknown key: answered before they are read.
        let mut upload = upload(system, "/api/v1/links/bulk", UNKNOWN_KEY, 4_000_000, number).await?;
        ensure!(status(&mut upload).await? == 401);
        stalled.push(upload);
    }
    for number in 0..40 {
        // No key, and one with an invalid format.
        for key in ["", "short"] {
            let mut upload = upload(system, "/api/v1/links", key, 200_000, number).await?;
            ensure!(status(&mut upload).await? == 401, "{key:?}");
        }
    }
    // More small uploads than unauthenticated callers may have open: the surplus is answered immediately, the others on
    // timeout.
    let mut waiting = Vec::new();
    for number in 0..24 {
        waiting.push(upload(system, "/api/v1/links", UNKNOWN_KEY, 250_000, number).await?);
    }
    let bulk =
        json!({ "links": vec![json!({ "url": "https://example.com/", "notes": "n".repeat(3_900) }); 100] });
    for link in &cold {
        ensure!(system.other_edge.follow(&warm).await?.status == 302);
        follow_uncached(system, link).await?;
        let made = system.other_edge.create(json!({ "url": "https://example.com/" })).await?;
        ensure!(system.other_edge.follow(&made).await?.status == 302);
    }
    let answer = system.other_edge.api_post("/api/v1/links/bulk", &bulk).await?;
    ensure!(answer.status == 200, "{answer:?}");
    let mut answers = Vec::new();
    for upload in &mut waiting {
        answers.push(status(upload).await?);
    }
    ensure!(answers.iter().all(|status| matches!(status, 401 | 408)), "{answers:?}");
    ensure!(answers.contains(&401) && answers.contains(&408), "{answers:?}");
    let grown = resident_kilobytes(system)?.saturating_sub(before) / 1_024;
    println!("the edge grew by {grown} MB during uploads of 170 MB");
    drop(stalled);

    unknown_keys(system, &warm).await?;
    readiness(system).await
}

async fn unknown_keys(system: &System, warm: &Link) -> Result<()> {
    let guess = async |key: &str| {
        let request = system.other_edge.request(Method::GET, "/api/v1/links").bearer_auth(key);
        send(request.header("cf-connecting-ip", ATTACKER)).await
    };
    let mut refusal = None;
    eventually("the caller who guesses keys is refused", async || {
        let answers = try_join_all((0..50).map(|_| guess(UNKNOWN_KEY))).await?;
        ensure!(answers.iter().all(|answer| matches!(answer.status, 401 | 429)), "{answers:?}");
        refusal = answers.into_iter().find(|answer| answer.status == 429);
        Ok(refusal.is_some())
    })
    .await?;
    let refusal = refusal.context("no refusal")?;
    ensure!(problem(&refusal, 429) == "rate_limited", "{refusal:?}");
    ensure!(refusal.header("retry-after").is_some(), "{refusal:?}");
    ensure!(system.other_edge.get_from("192.0.2.9", &format!("/{}", warm.code)).await?.status == 302);
    ensure!(system.other_edge.api_get("/api/v1/links?limit=1").await?.status == 200);
    Ok(())
}

async fn readiness(system: &System) -> Result<()> {
    let origin = system.stack.origins.first().context("no origin")?;
    let log = system.stack.logs.join(format!("{}.log", origin.part.name()));
    let checks = || anyhow::Ok(std::fs::read_to_string(&log)?.matches("\"route\":\"/readyz\"").count());
    let (before, started) = (checks()?, std::time::Instant::now());
    for round in 0..10 {
        let addresses: Vec<String> = (0..50).map(|number| format!("198.51.{round}.{number}")).collect();
        for answer in
            try_join_all(addresses.iter().map(|from| system.other_edge.get_from(from, "/readyz"))).await?
        {
            ensure!(answer.status == 200, "{answer:?}");
        }
    }
    let (checks, seconds) = (checks()? - before, started.elapsed().as_secs());
    ensure!(u64::try_from(checks)? <= seconds + 2, "{checks} readiness checks in {seconds} s");
    Ok(())
}

async fn plain_http(system: &System) -> Result<()> {
    let answer = system.client.get("/some/link?a=b").await?;
    ensure!(answer.status == 308, "{answer:?}");
    ensure!(answer.header("location") == Some("https://127.0.0.1/some/link?a=b"), "{answer:?}");
    ensure!(answer.header("strict-transport-security").is_none(), "{answer:?}");
    let answer = system.client.api_post("/api/v1/links", &json!({ "url": "https://example.com/" })).await?;
    ensure!(problem(&answer, 403) == "https_required", "{answer:?}");
    let form = system.client.request(Method::POST, "/some/link").form(&[("password", "secret")]);
    let answer = send(form).await?;
    ensure!(answer.status == 403 && answer.header("location").is_none(), "{answer:?}");
    Ok(())
}

async fn create(system: &System, count: usize) -> Result<Vec<Link>> {
    let mut links = Vec::with_capacity(count);
    for number in 0..count {
        links.push(system.client.create(json!({ "url": format!("https://example.com/{number}") })).await?);
    }
    Ok(links)
}

/// This edge asks the origin for a link that it has not seen yet.
async fn follow_uncached(system: &System, link: &Link) -> Result<()> {
    let answer = system.other_edge.follow(link).await?;
    ensure!((answer.status, answer.tier()) == (302, "origin"), "{answer:?}");
    Ok(())
}

/// The problem's code, or empty if the answer is no problem document with this status.
fn problem(answer: &Answer, status: u16) -> String {
    let is_problem = answer.header("content-type") == Some("application/problem+json")
        && answer.header("cache-control") == Some("no-store")
        && answer.header("x-content-type-options") == Some("nosniff");
    let body = answer.json().ok().filter(|_| is_problem && answer.status == status);
    let code = body.and_then(|body| body.get("code").and_then(Value::as_str).map(str::to_owned));
    code.unwrap_or_default()
}

/// Starts an upload from its own address and sends half of it.
async fn upload(system: &System, path: &str, key: &str, length: usize, number: usize) -> Result<TcpStream> {
    let edge = system.stack.other_edges.last().context("no other edge")?.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(edge).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         cf-connecting-ip: 198.18.{}.{number}\r\ncontent-length: {length}\r\n\r\n",
        length % 200
    );
    stream.write_all(head.as_bytes()).await?;
    // Sends what the edge accepts within 50 ms; it need not read the body.
    let half = vec![b' '; length / 2];
    let _ = tokio::time::timeout(Duration::from_millis(50), stream.write_all(&half)).await;
    Ok(stream)
}

async fn status(stream: &mut TcpStream) -> Result<u16> {
    let mut answer = Vec::new();
    while answer.len() < "HTTP/1.1 200".len() {
        let read = stream.read_buf(&mut answer).await?;
        ensure!(read > 0, "closed without an answer");
    }
    let status = answer.get(9..12).and_then(|status| str::from_utf8(status).ok()?.parse().ok());
    status.with_context(|| format!("no status: {}", String::from_utf8_lossy(&answer)))
}

fn resident_kilobytes(system: &System) -> Result<u64> {
    let pid = system.stack.other_edges.last().and_then(|edge| edge.part.pid()).context("no edge")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
