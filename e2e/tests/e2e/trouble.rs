//! An origin in trouble, and a crowd at a link that no edge has yet.

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
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

/// From many addresses, so that no visitor is over a limit of its own.
async fn flood(system: &System) -> Result<()> {
    const NAMES: u32 = 6_000;
    let link = system.client.create(json!({ "url": "https://example.com/real" })).await?;
    let before = questions(system)?;
    let mut seed = 1u64;
    for round in 0..NAMES / 100 {
        let visits = (0..100).map(|number| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let name = if number % 2 == 0 {
                format!("{:07}", (seed >> 20) % 10_000_000)
            } else {
                format!("offer-{}", seed >> 40)
            };
            let address = format!("198.51.{}.{}", round % 250, number);
            let request = system.far.request(Method::GET, &format!("/{name}"));
            send(request.header("cf-connecting-ip", address))
        });
        for answer in try_join_all(visits).await? {
            // 503 where the origin has all the questions that it can take: nobody knows then.
            ensure!(matches!(answer.status, 404 | 503), "{answer:?}");
        }
        let visitor = system.far.request(Method::GET, &format!("/{}", link.code));
        let answer = send(visitor.header("cf-connecting-ip", "192.0.2.1")).await?;
        ensure!(answer.status == 302, "a visitor in the flood: {answer:?}");
    }
    let asked = questions(system)? - before;
    println!("{asked} questions for {NAMES} names");
    // The budget, what time gave back during the flood, and the few names that arithmetic cannot tell from issued ones.
    ensure!(asked < 600, "{asked} questions");
    let alias =
        system.client.create(json!({ "url": "https://example.com/new", "alias": "new-offer" })).await?;
    for client in [&system.client, &system.far] {
        ensure!(client.follow(&alias).await?.status == 302);
    }
    Ok(())
}
