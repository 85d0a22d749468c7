//! What visitors notice when a part is gone: nothing, for a link that a copy is left of.

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::StackOptions;

use crate::load::Load;
use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack(
            "warm_and_cold_links_redirect_while_origin_database_and_queue_are_gone",
            two_edges,
            all_gone,
        ),
        on_own_stack("parts_stop_one_after_the_other_under_load_and_no_redirect_fails", hasty_edges, in_turn),
        on_own_stack("clicks_made_while_the_queue_is_silent_arrive_when_it_is_back", allowed, silent_queue),
        on_own_stack("a_cache_that_cannot_be_read_is_one_that_has_nothing", failing_cache, unreadable_cache),
        on_own_stack("a_stale_copy_redirects_while_origin_and_replica_are_silent", two_edges, all_silent),
        on_own_stack("links_and_unread_clicks_survive_a_restart_of_every_part", hasty, restart),
    ]
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, ..allowed() }
}

fn allowed() -> StackOptions {
    StackOptions { client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

/// What the consumer had in hand when it went comes back after this time, so a short one keeps the test short.
fn hasty() -> StackOptions {
    StackOptions { visibility_timeout_seconds: 6, ..allowed() }
}

fn hasty_edges() -> StackOptions {
    StackOptions { edges: 2, ..hasty() }
}

async fn in_turn(system: &System) -> Result<()> {
    let load = Load::prepare(system, 9).await?;
    let origin = &system.stack.origins.first().context("no origin")?.part;
    let (postgres, aws) = (&system.stack.postgres.part, &system.stack.aws.part);
    let faults = async {
        load.go_on("all is well").await?;
        origin.pause();
        load.go_on("the origin is silent").await?;
        origin.resume();
        load.go_on("the origin is back").await?;
        origin.kill().await;
        load.go_on("the origin is dead").await?;
        origin.up().await?;
        postgres.kill().await;
        load.go_on("Postgres is dead").await?;
        postgres.up().await?;
        aws.pause();
        load.go_on("the queue is silent").await?;
        aws.resume();
        aws.stop().await;
        load.go_on("the queue is gone").await?;
        system.stack.bring_aws_up().await?;
        load.go_on("all is well again").await?;
        // A batch that the queue did not take goes with the next one that it takes.
        let made = load.visits();
        eventually("the clicks so far are stored", async || Ok(stored(&books(system).await?) >= made)).await
    };
    let visits = load.during(faults).await?;
    println!("{visits} visits, each redirected");
    eventually("all of them are stored", async || Ok(stored(&books(system).await?) >= visits)).await?;
    let books = books(system).await?;
    let total = books.get("total").context("no total")?;
    for (what, clicks) in [("produced", visits), ("stored", visits), ("missing", 0), ("dead_lettered", 0)] {
        ensure!(total.get(what) == Some(&json!(clicks)), "{what}: {books}");
    }
    let counted = system.client.api_get("/api/v1/stats").await?.json()?;
    ensure!(counted.get("total") == Some(&json!(visits)), "{counted}");
    Ok(())
}

async fn books(system: &System) -> Result<Value> {
    system.client.api_get("/api/v1/pipeline").await?.json()
}

fn stored(books: &Value) -> u64 {
    books.pointer("/total/stored").and_then(Value::as_u64).unwrap_or_default()
}

async fn all_gone(system: &System) -> Result<()> {
    let warm = system.client.create(json!({ "url": "https://example.com/warm" })).await?;
    let cold = system.client.create(json!({ "url": "https://example.com/cold" })).await?;
    ensure!(system.far.follow(&warm).await?.tier() == "origin");
    eventually("the colo has the link", async || Ok(system.far.follow(&warm).await?.tier() == "colo"))
        .await?;
    system.stack.origins.first().context("no origin")?.part.kill().await;
    system.stack.postgres.part.kill().await;
    system.stack.aws.part.kill().await;
    for _ in 0..50 {
        for link in [&warm, &cold] {
            let answer = system.far.follow(link).await?;
            ensure!(answer.status == 302, "{answer:?}");
        }
    }
    let answer = system.client.api_get("/api/v1/links/x").await?;
    let code = answer.json()?.get("code").cloned();
    ensure!(answer.status == 503 && code == Some("origin_unavailable".into()), "{answer:?}");
    ensure!(system.client.get("/readyz").await?.status == 503);
    Ok(())
}

fn failing_cache() -> StackOptions {
    StackOptions { worker_entry: Some(include_str!("failing-cache-entry.js")), ..two_edges() }
}

async fn unreadable_cache(system: &System) -> Result<()> {
    // Who is the first of the day takes the long way, whatever he follows.
    let first = system.client.create(json!({ "url": "https://example.com/first" })).await?;
    system.far.follow(&first).await?;
    for fault in ["refuses", "breaks off", "is silent"] {
        let met = |method, path: &str| system.far.request(method, path).header("x-cache-fault", fault);
        // A single name takes the short way to the cache, and one of several the long way.
        for rest in ["", "/more"] {
            let body = json!({ "url": "https://example.com/base", "forward_path": true });
            let link = system.client.create(body).await?;
            let answer = send(met(Method::GET, &format!("/{}{rest}", link.code))).await?;
            ensure!((answer.status, answer.tier()) == (302, "origin"), "{fault}: {answer:?}");
        }
        let write = met(Method::POST, "/api/v1/links").bearer_auth(&system.stack.admin_key);
        let answer = send(write.json(&json!({ "url": "https://example.com/" }))).await?;
        ensure!(answer.status == 201, "{fault}: {answer:?}");
    }
    Ok(())
}

async fn all_silent(system: &System) -> Result<()> {
    // With a maximum of clicks, copies are fresh for seconds only.
    let body = json!({ "url": "https://example.com/warm", "max_clicks": 1_000_000 });
    let link = system.client.create(body).await?;
    eventually("the colo has the link", async || Ok(system.far.follow(&link).await?.tier() == "colo"))
        .await?;
    system.stack.origins.first().context("no origin")?.part.pause();
    system.stack.cloudflare.part.pause();
    let mut lookups = 0;
    // The breaker opens meanwhile: first both are waited for, and then the replica alone.
    eventually("stale copies have stood in again and again", async || {
        let answers = try_join_all((0..10).map(|_| system.far.follow(&link))).await?;
        let failed = answers.iter().find(|answer| answer.status != 302);
        ensure!(failed.is_none(), "{failed:?}");
        lookups += u32::from(answers.iter().any(|answer| answer.tier() == "stale"));
        Ok(lookups >= 5)
    })
    .await?;
    system.stack.cloudflare.part.resume();
    Ok(())
}

async fn silent_queue(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    system.stack.aws.part.pause();
    for _ in 0..10 {
        for answer in try_join_all((0..25).map(|_| system.client.follow(&link))).await? {
            ensure!(answer.status == 302, "{answer:?}");
        }
    }
    system.stack.aws.part.resume();
    system.client.wait_for_clicks(&link, 250).await?;
    ensure!(system.click_rows(&link).await? == 250);
    Ok(())
}

async fn restart(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/kept" })).await?;
    system.client.follow(&link).await?;
    system.client.wait_for_clicks(&link, 1).await?;
    // The database is away, so the click stays in the queue.
    system.stack.postgres.part.stop().await;
    ensure!(system.client.follow(&link).await?.status == 302);
    eventually("the click is queued", async || Ok(system.messages_waiting().await? > 0)).await?;
    system.stack.aws.part.stop().await;
    system.stack.postgres.part.up().await?;
    system.stack.bring_aws_up().await?;
    system.stack.origins.first().context("no origin")?.part.restart().await?;
    system.stack.edge.part.restart().await?;
    let answer = system.client.follow(&link).await?;
    ensure!(answer.header("location") == Some("https://example.com/kept"), "{answer:?}");
    system.client.wait_for_clicks(&link, 3).await?;
    Ok(())
}
