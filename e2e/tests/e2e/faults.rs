//! Outages of every part: visitors notice nothing while a copy of the link is left.

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::load::Load;
use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("links_redirect_without_origin_database_and_queue", two_edges, all_down),
        on_own_stack("no_redirect_fails_while_parts_stop_in_turn", short_visibility_two_edges, in_turn),
        on_own_stack("clicks_arrive_once_a_hanging_queue_is_back", allow_listed, hanging_queue),
        on_own_stack("failing_api_worker_leaves_redirects_alone", failing_api, api_worker_fails),
        on_own_stack("unreadable_cache_counts_as_a_miss", failing_cache, unreadable_cache),
        on_own_stack("stale_copy_redirects_while_origin_and_replica_hang", two_edges, all_hanging),
        on_own_stack("links_and_queued_clicks_survive_a_restart", short_visibility, restart),
    ]
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, ..allow_listed() }
}

fn allow_listed() -> StackOptions {
    StackOptions { client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

/// A stopped consumer's messages return after the visibility timeout; a short one keeps the test short.
fn short_visibility() -> StackOptions {
    StackOptions { visibility_timeout_seconds: 6, ..allow_listed() }
}

fn short_visibility_two_edges() -> StackOptions {
    StackOptions { edges: 2, ..short_visibility() }
}

async fn in_turn(system: &System) -> Result<()> {
    let load = Load::prepare(system, 9).await?;
    let origin = &system.stack.origins.first().context("no origin")?.part;
    let (postgres, aws) = (&system.stack.postgres.part, &system.stack.aws.part);
    let faults = async {
        load.run_phase("everything works").await?;
        origin.pause();
        load.run_phase("the origin hangs").await?;
        origin.resume();
        load.run_phase("the origin is back").await?;
        origin.kill().await;
        load.run_phase("the origin is dead").await?;
        origin.up().await?;
        postgres.kill().await;
        load.run_phase("Postgres is dead").await?;
        postgres.up().await?;
        aws.pause();
        load.run_phase("the queue hangs").await?;
        aws.resume();
        aws.stop().await;
        load.run_phase("the queue is down").await?;
        system.stack.restart_aws().await?;
        load.run_phase("everything works again").await?;
        // A batch that the queue refused is sent with the next one that it accepts.
        let made = load.visits();
        eventually("the clicks made until now are stored", async || {
            Ok(stored(&accounting(system).await?) >= made)
        })
        .await
    };
    let visits = load.during(faults).await?;
    println!("{visits} visits, all redirected");
    eventually("all of them are stored", async || Ok(stored(&accounting(system).await?) >= visits)).await?;
    let accounting = accounting(system).await?;
    let total = accounting.get("total").context("no total")?;
    for (what, clicks) in [("produced", visits), ("stored", visits), ("missing", 0), ("dead_lettered", 0)] {
        ensure!(total.get(what) == Some(&json!(clicks)), "{what}: {accounting}");
    }
    let counted = system.client.api_get("/api/v1/stats").await?.json()?;
    ensure!(counted.get("total") == Some(&json!(visits)), "{counted}");
    Ok(())
}

async fn accounting(system: &System) -> Result<Value> {
    system.client.api_get("/api/v1/pipeline").await?.json()
}

fn stored(accounting: &Value) -> u64 {
    accounting.pointer("/total/stored").and_then(Value::as_u64).unwrap_or_default()
}

async fn all_down(system: &System) -> Result<()> {
    let warm = system.client.create(json!({ "url": "https://example.com/warm" })).await?;
    let cold = system.client.create(json!({ "url": "https://example.com/cold" })).await?;
    ensure!(system.other_edge.follow(&warm).await?.tier() == "origin");
    eventually("the colo has the link", async || Ok(system.other_edge.follow(&warm).await?.tier() == "colo"))
        .await?;
    system.stack.origins.first().context("no origin")?.part.kill().await;
    system.stack.postgres.part.kill().await;
    system.stack.aws.part.kill().await;
    for _ in 0..50 {
        for link in [&warm, &cold] {
            let answer = system.other_edge.follow(link).await?;
            ensure!(answer.status == 302, "{answer:?}");
        }
    }
    let answer = system.client.api_get("/api/v1/links/x").await?;
    let code = answer.json()?.get("code").cloned();
    ensure!(answer.status == 503 && code == Some("origin_unavailable".into()), "{answer:?}");
    ensure!(system.client.get("/readyz").await?.status == 503);
    Ok(())
}

fn failing_api() -> StackOptions {
    StackOptions {
        worker_entry: Some(include_str!("unbound-api-entry.js")),
        api_worker_entry: Some(include_str!("failing-api-entry.js")),
        ..allow_listed()
    }
}

async fn api_worker_fails(system: &System) -> Result<()> {
    let client = &system.client;
    let old = client.create(json!({ "url": "https://example.com/old" })).await?;
    for fault in ["throws", "traps", "is not bound"] {
        for (method, path) in [(Method::GET, "/api/v1/links"), (Method::POST, "/api/v1/links")] {
            let body = json!({ "url": "https://example.com/" });
            let request = client.request(method, path).bearer_auth(&system.stack.admin_key).json(&body);
            let answer = send(request.header("x-api-fault", fault)).await?;
            let code = answer.json()?.get("code").cloned();
            ensure!(answer.status == 503 && code == Some("api_unavailable".into()), "{fault}: {answer:?}");
            ensure!(answer.header("retry-after").is_some(), "{fault}: {answer:?}");
        }
        // The next call finds the API again, and no redirect has noticed.
        let new = client.create(json!({ "url": "https://example.com/new" })).await?;
        for link in [&old, &new] {
            ensure!(client.follow(link).await?.status == 302, "{fault}");
        }
    }
    system.stack.edge.run_schedule().await
}

fn failing_cache() -> StackOptions {
    StackOptions { worker_entry: Some(include_str!("failing-cache-entry.js")), ..two_edges() }
}

async fn unreadable_cache(system: &System) -> Result<()> {
    // The first visitor of the day takes the slow path, whichever link they follow.
    let first = system.client.create(json!({ "url": "https://example.com/first" })).await?;
    system.other_edge.follow(&first).await?;
    for fault in ["refuses", "is cut off", "hangs"] {
        let with_fault =
            |method, path: &str| system.other_edge.request(method, path).header("x-cache-fault", fault);
        // A single name takes the fast path to the cache, a path with several candidates the slow path.
        for rest in ["", "/more"] {
            let body = json!({ "url": "https://example.com/base", "forward_path": true });
            let link = system.client.create(body).await?;
            let answer = send(with_fault(Method::GET, &format!("/{}{rest}", link.code))).await?;
            ensure!((answer.status, answer.tier()) == (302, "origin"), "{fault}: {answer:?}");
        }
        let write = with_fault(Method::POST, "/api/v1/links").bearer_auth(&system.stack.admin_key);
        let answer = send(write.json(&json!({ "url": "https://example.com/" }))).await?;
        ensure!(answer.status == 201, "{fault}: {answer:?}");
    }
    Ok(())
}

async fn all_hanging(system: &System) -> Result<()> {
    // With `max_clicks`, copies are fresh for seconds only.
    let body = json!({ "url": "https://example.com/warm", "max_clicks": 1_000_000 });
    let link = system.client.create(body).await?;
    eventually("the colo has the link", async || Ok(system.other_edge.follow(&link).await?.tier() == "colo"))
        .await?;
    system.stack.origins.first().context("no origin")?.part.pause();
    system.stack.cloudflare.part.pause();
    let mut lookups = 0;
    // The breaker opens during this: first the edge waits for both, then for the replica alone.
    eventually("stale copies were served five times", async || {
        let answers = try_join_all((0..10).map(|_| system.other_edge.follow(&link))).await?;
        let failed = answers.iter().find(|answer| answer.status != 302);
        ensure!(failed.is_none(), "{failed:?}");
        lookups += u32::from(answers.iter().any(|answer| answer.tier() == "stale"));
        Ok(lookups >= 5)
    })
    .await?;
    system.stack.cloudflare.part.resume();
    Ok(())
}

async fn hanging_queue(system: &System) -> Result<()> {
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
    // The database is down, so the click stays in the queue.
    system.stack.postgres.part.stop().await;
    ensure!(system.client.follow(&link).await?.status == 302);
    eventually("the click is queued", async || Ok(system.messages_waiting().await? > 0)).await?;
    system.stack.aws.part.stop().await;
    system.stack.postgres.part.up().await?;
    system.stack.restart_aws().await?;
    system.stack.origins.first().context("no origin")?.part.restart().await?;
    system.stack.edge.part.restart().await?;
    let answer = system.client.follow(&link).await?;
    ensure!(answer.header("location") == Some("https://example.com/kept"), "{answer:?}");
    system.client.wait_for_clicks(&link, 3).await?;
    Ok(())
}
