//! Protection of the origin: concurrent misses, a hanging origin, and floods of unknown names.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::eventually;
use futures_util::future::{try_join, try_join_all};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use serde_json::json;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("a_thousand_concurrent_misses_share_a_lookup", two_edges, concurrent_misses),
        on_own_stack("breaker_opens_and_links_redirect_while_the_origin_hangs", two_edges, hanging),
        on_own_stack("flood_of_random_names_barely_reaches_the_origin", trusting_client_address, flood),
    ]
}

/// The edge believes the address that a test sends, as it believes Cloudflare's.
fn trusting_client_address() -> StackOptions {
    StackOptions { client_address: None, ..two_edges() }
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

/// The number of lookups that reached the origin.
fn origin_lookups(system: &System) -> Result<usize> {
    let origin = system.stack.origins.first().context("no origin")?;
    let log = std::fs::read_to_string(system.stack.logs.join(format!("{}.log", origin.part.name())))?;
    Ok(log.matches("/internal/v1/links/").count())
}

/// A follower takes over from a lookup that is silent for half a second, and a copy is in memory for as long. So a machine that
/// needs seconds for the crowd asks once for each half of a second, and a fast one asks once.
async fn concurrent_misses(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/crowd" })).await?;
    let before = origin_lookups(system)?;
    let started = Instant::now();
    for answer in try_join_all((0..1_000).map(|_| system.other_edge.follow(&link))).await? {
        ensure!(answer.header("location") == Some("https://example.com/crowd"), "{answer:?}");
    }
    let half_seconds = usize::try_from(started.elapsed().as_millis() / 500)?;
    let lookups = origin_lookups(system)? - before;
    ensure!((1..=1 + half_seconds).contains(&lookups), "{lookups} lookups, {half_seconds} half seconds");
    Ok(())
}

async fn hanging(system: &System) -> Result<()> {
    let mut cold = Vec::new();
    for number in 0..30 {
        cold.push(system.client.create(json!({ "url": format!("https://example.com/{number}") })).await?);
    }
    let origin = &system.stack.origins.first().context("no origin")?.part;
    origin.pause();
    for link in &cold {
        let answer = system.other_edge.follow(link).await?;
        ensure!((answer.status, answer.tier()) == (302, "replica"), "{answer:?}");
    }
    // The first few visitors waited for the timeout; then the breaker opened, and only probes wait.
    let log = std::fs::read_to_string(system.stack.logs.join("edge-1.log"))?;
    let waited = log.matches("origin cannot answer").count();
    ensure!((5..20).contains(&waited), "{waited} visitors waited");
    ensure!(system.other_edge.get("/never-heard-of").await?.status == 503);
    origin.resume();
    let unseen = system.client.create(json!({ "url": "https://example.com/back" }));
    let unseen = unseen.await;
    ensure!(unseen.is_ok(), "{unseen:?}");
    eventually("the edge asks the origin again", async || {
        Ok(system.other_edge.get("/never-heard-of").await?.status == 404)
    })
    .await
}

/// From many addresses, each within its limits, and then from one.
async fn flood(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/real" })).await?;
    let mut baseline = Vec::new();
    for _ in 0..200 {
        baseline.push(real_visitor(system, &link).await?);
    }
    println!("p99 of real visitors without load: {:?}", percentile(&mut baseline));
    for (who, seed) in [("many", 1), ("one", 2)] {
        let address = |round, number| match who {
            "many" => format!("198.51.{round}.{number}"),
            _ => "203.0.113.7".to_owned(),
        };
        flood_from(system, &link, who, seed, address).await?;
    }
    Ok(())
}

/// Half of the names have the format of a code. During the flood links are created and real visitors arrive.
async fn flood_from(
    system: &System,
    link: &e2e::Link,
    who: &str,
    mut seed: u64,
    address: impl Fn(u64, u64) -> String,
) -> Result<()> {
    const ROUNDS: u64 = 60;
    const CONCURRENCY: u64 = 100;
    let alias = format!("new-offer-{who}");
    ensure!(system.other_edge.get_from("192.0.2.2", &format!("/{alias}")).await?.status == 404);
    let (lookups_before, started) = (origin_lookups(system)?, Instant::now());
    let mut latencies = Vec::new();
    for round in 0..ROUNDS {
        let visits = (0..CONCURRENCY).map(|number| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let name = match number % 2 {
                0 => format!("{:07}", (seed >> 20) % 10_000_000),
                _ => format!("offer-{}", seed >> 40),
            };
            let address = address(round, number);
            async move { system.other_edge.get_from(&address, &format!("/{name}")).await }
        });
        let flood = async {
            for answer in try_join_all(visits).await? {
                // 503 where the origin is at its concurrency limit: whether the name exists is unknown.
                ensure!(matches!(answer.status, 404 | 429 | 503), "{answer:?}");
            }
            Ok(())
        };
        let ((), latency) = try_join(flood, real_visitor(system, link)).await?;
        latencies.push(latency);
        if round == ROUNDS / 2 {
            let create = |body| async move { system.client.create(body).await };
            let code = create(json!({ "url": "https://example.com/new" })).await?;
            let alias = create(json!({ "url": "https://example.com/new", "alias": alias })).await?;
            for (link, client) in [&code, &alias]
                .into_iter()
                .flat_map(|link| [(link, &system.client), (link, &system.other_edge)])
            {
                let path = format!("/{}", link.code);
                // An untried name works immediately; a cached 404 ends within a second.
                eventually("a link made in the flood works", async || {
                    Ok(client.get_from("192.0.2.3", &path).await?.status == 302)
                })
                .await?;
            }
        }
    }
    let (names, lookups) = (ROUNDS * CONCURRENCY, origin_lookups(system)? - lookups_before);
    println!("p99 of real visitors in the flood from {who}: {:?}", percentile(&mut latencies));
    println!("{lookups} lookups for {names} names in {:?}", started.elapsed());
    // A burst of twenty and five a second; about two codes that arithmetic cannot tell from issued ones; and the links
    // of this test.
    let budget = 20 + 5 * (started.elapsed().as_secs() + 1) + 20;
    ensure!(u64::try_from(lookups)? <= budget, "{lookups} lookups, {budget} at most");
    Ok(())
}

async fn real_visitor(system: &System, link: &e2e::Link) -> Result<Duration> {
    let started = Instant::now();
    let answer = system.other_edge.get_from("192.0.2.1", &format!("/{}", link.code)).await?;
    ensure!(answer.status == 302, "a real visitor: {answer:?}");
    Ok(started.elapsed())
}

fn percentile(latencies: &mut [Duration]) -> Option<Duration> {
    latencies.sort();
    latencies.get(latencies.len() * 99 / 100).copied()
}
