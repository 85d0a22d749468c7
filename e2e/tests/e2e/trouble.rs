//! An origin in trouble, and a crowd at a link that no edge has yet.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::eventually;
use futures_util::future::{try_join, try_join_all};
use libtest_mimic::Trial;
use serde_json::json;
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("a_thousand_visitors_at_once_ask_the_origin_once", two_edges, crowd),
        on_own_stack(
            "a_silent_origin_is_left_alone_and_missed_by_nobody_who_follows_a_link",
            two_edges,
            silent,
        ),
        on_own_stack("a_flood_of_random_names_hardly_reaches_the_origin", believing, flood),
    ]
}

/// Believes the address that a test sends, as the Worker believes Cloudflare.
fn believing() -> StackOptions {
    StackOptions { client_address: None, ..two_edges() }
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

/// How often the origin was asked what is behind a name.
fn questions(system: &System) -> Result<usize> {
    let origin = system.stack.origins.first().context("no origin")?;
    let log = std::fs::read_to_string(system.stack.logs.join(format!("{}.log", origin.part.name())))?;
    Ok(log.matches("/internal/v1/links/").count())
}

async fn crowd(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/crowd" })).await?;
    let before = questions(system)?;
    for answer in try_join_all((0..1_000).map(|_| system.far.follow(&link))).await? {
        ensure!(answer.header("location") == Some("https://example.com/crowd"), "{answer:?}");
    }
    ensure!(questions(system)? == before + 1, "{} questions", questions(system)? - before);
    Ok(())
}

async fn silent(system: &System) -> Result<()> {
    let mut cold = Vec::new();
    for number in 0..30 {
        cold.push(system.client.create(json!({ "url": format!("https://example.com/{number}") })).await?);
    }
    let origin = &system.stack.origins.first().context("no origin")?.part;
    origin.pause();
    for link in &cold {
        let answer = system.far.follow(link).await?;
        ensure!((answer.status, answer.tier()) == (302, "replica"), "{answer:?}");
    }
    // The first few waited for the timeout; then the breaker opened, and only probes wait.
    let log = std::fs::read_to_string(system.stack.logs.join("edge-1.log"))?;
    let waited = log.matches("origin cannot answer").count();
    ensure!((5..20).contains(&waited), "{waited} visitors waited");
    ensure!(system.far.get("/never-heard-of").await?.status == 503);
    origin.resume();
    let unseen = system.client.create(json!({ "url": "https://example.com/back" }));
    let unseen = unseen.await;
    ensure!(unseen.is_ok(), "{unseen:?}");
    eventually("the origin is asked again", async || {
        Ok(system.far.get("/never-heard-of").await?.status == 404)
    })
    .await
}

/// From many addresses, each within its own limits, and then from one.
async fn flood(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/real" })).await?;
    let mut quiet = Vec::new();
    for _ in 0..200 {
        quiet.push(real_visitor(system, &link).await?);
    }
    println!("99 of 100 real visitors, in peace: {:?}", percentile(&mut quiet));
    for (who, seed) in [("many", 1), ("one", 2)] {
        let address = |round, number| match who {
            "many" => format!("198.51.{round}.{number}"),
            _ => "203.0.113.7".to_owned(),
        };
        flood_from(system, &link, who, seed, address).await?;
    }
    Ok(())
}

/// Half of the names have the shape of a code. Amid them links are created, and real visitors come.
async fn flood_from(
    system: &System,
    link: &e2e::Link,
    who: &str,
    mut seed: u64,
    address: impl Fn(u64, u64) -> String,
) -> Result<()> {
    const ROUNDS: u64 = 60;
    const AT_ONCE: u64 = 100;
    let alias = format!("new-offer-{who}");
    ensure!(system.far.get_from("192.0.2.2", &format!("/{alias}")).await?.status == 404);
    let (asked_before, began) = (questions(system)?, Instant::now());
    let mut latencies = Vec::new();
    for round in 0..ROUNDS {
        let visits = (0..AT_ONCE).map(|number| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let name = match number % 2 {
                0 => format!("{:07}", (seed >> 20) % 10_000_000),
                _ => format!("offer-{}", seed >> 40),
            };
            let address = address(round, number);
            async move { system.far.get_from(&address, &format!("/{name}")).await }
        });
        let flood = async {
            for answer in try_join_all(visits).await? {
                // 503 where the origin has all the questions that it can take: nobody knows then.
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
            for (link, client) in
                [&code, &alias].into_iter().flat_map(|link| [(link, &system.client), (link, &system.far)])
            {
                let path = format!("/{}", link.code);
                // Where nobody tried the name it is there at once; a memory of its absence ends within the second.
                eventually("a link made in the flood works", async || {
                    Ok(client.get_from("192.0.2.3", &path).await?.status == 302)
                })
                .await?;
            }
        }
    }
    let (names, asked) = (ROUNDS * AT_ONCE, questions(system)? - asked_before);
    println!("99 of 100 real visitors, in the flood from {who}: {:?}", percentile(&mut latencies));
    println!("{asked} questions for {names} names in {:?}", began.elapsed());
    // Twenty at once and five a second; of the codes those that arithmetic cannot tell from issued ones, two on average; and
    // for the links of this test.
    let budget = 20 + 5 * (began.elapsed().as_secs() + 1) + 20;
    ensure!(u64::try_from(asked)? <= budget, "{asked} questions, {budget} at most");
    Ok(())
}

async fn real_visitor(system: &System, link: &e2e::Link) -> Result<Duration> {
    let began = Instant::now();
    let answer = system.far.get_from("192.0.2.1", &format!("/{}", link.code)).await?;
    ensure!(answer.status == 302, "a real visitor: {answer:?}");
    Ok(began.elapsed())
}

fn percentile(latencies: &mut [Duration]) -> Option<Duration> {
    latencies.sort();
    latencies.get(latencies.len() * 99 / 100).copied()
}
