//! Propagation of changes to every data centre: two edges with their own caches and zones, one replica, and a purge API
//! that refuses, delays or limits on demand.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("change_is_visible_at_both_edges_under_load", two_edges, changes_visible),
        on_own_stack("refused_purge_stays_pending_until_the_schedule_runs", two_edges, refused),
        on_own_stack("rate_limited_purge_waits_for_retry_after", two_edges, limited),
        on_own_stack("bulk_change_is_purged_in_hundreds", two_edges, bulk),
        on_own_stack("bulk_change_is_confirmed_with_a_slow_replica", two_edges, slow_replica),
        on_own_stack("change_is_purged_while_the_replica_hangs", two_edges, hanging_replica),
        on_own_stack(
            "without_purging_a_change_is_visible_at_its_own_edge",
            without_purging,
            visible_at_own_edge,
        ),
        on_own_stack("replica_serves_cold_links_and_tombstones", two_edges, replica),
    ]
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

fn without_purging() -> StackOptions {
    StackOptions { purging: false, ..two_edges() }
}

const PUBLISHED: Option<&str> = Some("published; within=1");

fn propagation(answer: &Answer) -> Option<&str> {
    answer.header("shortline-propagation")
}

async fn change(system: &System, method: Method, path: &str, body: Value) -> Result<Answer> {
    let request = system.client.request(method, path).bearer_auth(&system.stack.admin_key).json(&body);
    let answer = send(request).await?;
    ensure!(answer.status < 300, "{answer:?}");
    Ok(answer)
}

/// The location, or the status if there is none.
fn location_or_status(answer: &Answer) -> String {
    answer.header("location").map_or_else(|| answer.status.to_string(), str::to_owned)
}

async fn changes_visible(system: &System) -> Result<()> {
    let mut visible_after = Vec::new();
    for round in 0..4 {
        let alias = format!("offer-{round}");
        // Both edges cache that the name does not exist yet.
        for client in [&system.client, &system.other_edge] {
            ensure!(client.get(&format!("/{alias}")).await?.status == 404);
        }
        let url = |step: &str| format!("https://example.com/{round}/{step}");
        let create = json!({ "alias": alias, "url": url("new") });
        let created =
            change_under_load(system, &alias, "/api/v1/links", Method::POST, create, url("new")).await?;
        visible_after.push(created.visible_after);
        let link = format!("/api/v1/links/{}", e2e::parse_link(&created.answer)?.id);
        for (method, body, expected) in [
            (Method::PATCH, json!({ "url": url("edited") }), url("edited")),
            (Method::PATCH, json!({ "state": "disabled" }), "410".to_owned()),
            (Method::PATCH, json!({ "state": "active" }), url("edited")),
            (Method::DELETE, json!({}), "410".to_owned()),
        ] {
            let changed = change_under_load(system, &alias, &link, method, body, expected).await?;
            visible_after.push(changed.visible_after);
        }
    }
    visible_after.sort();
    let slowest = visible_after.last().context("no changes")?;
    println!(
        "{} changes under load: the last old answer came {slowest:?} after the write was confirmed",
        visible_after.len()
    );
    Ok(())
}

struct Changed {
    answer: Answer,
    /// From the write's answer to the last old answer at either edge.
    visible_after: Duration,
}

async fn change_under_load(
    system: &System,
    alias: &str,
    path: &str,
    method: Method,
    body: Value,
    expected: String,
) -> Result<Changed> {
    let visit = format!("/{alias}");
    let loads = [&system.client, &system.other_edge].map(|client| last_old_answer(client, &visit, &expected));
    let write = async {
        let answer = change(system, method, path, body).await?;
        anyhow::Ok((answer, Instant::now()))
    };
    let ((answer, answered), loads) = futures_util::future::try_join(write, try_join_all(loads)).await?;
    ensure!(propagation(&answer) == PUBLISHED, "{answer:?}");
    let last_old = loads.into_iter().max().unwrap_or(answered);
    Ok(Changed { answer, visible_after: last_old.saturating_duration_since(answered) })
}

/// Visits as fast as possible until all answers are new, then a while longer: the old state must not return.
async fn last_old_answer(client: &Client, path: &str, expected: &str) -> Result<Instant> {
    const CONCURRENCY: usize = 10;
    let mut last_old = Instant::now();
    eventually("the change is visible", async || {
        let answers = try_join_all((0..CONCURRENCY).map(|_| client.get(path))).await?;
        let all_new = answers.iter().all(|answer| location_or_status(answer) == expected);
        if !all_new {
            last_old = Instant::now();
        }
        Ok(all_new)
    })
    .await?;
    for _ in 0..30 {
        for answer in try_join_all((0..CONCURRENCY).map(|_| client.get(path))).await? {
            ensure!(location_or_status(&answer) == expected, "reverted from {expected}: {answer:?}");
        }
    }
    Ok(last_old)
}

async fn is_confirmed(system: &System, link: &Link) -> Result<bool> {
    let link = system.client.api_get(&format!("/api/v1/links/{}", link.id)).await?.json()?;
    Ok(link.get("published_revision") == link.get("revision"))
}

async fn refused(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/old" })).await?;
    ensure!(location_or_status(&system.other_edge.follow(&link).await?) == "https://example.com/old");
    system.set_cloudflare_behaviour(json!({ "status": 500 })).await?;
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{answer:?}");
    // The edge that made the change serves it, and the other data centre still has its copy.
    ensure!(location_or_status(&system.client.follow(&link).await?) == "https://example.com/new");
    eventually("the second purge was refused too", async || {
        Ok(system.cloudflare_calls("refused").await? >= 2)
    })
    .await?;
    ensure!(location_or_status(&system.other_edge.follow(&link).await?) == "https://example.com/old");
    ensure!(!is_confirmed(system, &link).await?);
    system.set_cloudflare_behaviour(json!({})).await?;
    system.stack.edge.run_schedule().await?;
    ensure!(is_confirmed(system, &link).await?);
    eventually("the memory copy expires", async || {
        Ok(location_or_status(&system.other_edge.follow(&link).await?) == "https://example.com/new")
    })
    .await
}

async fn limited(system: &System) -> Result<()> {
    // One purge per zone.
    system.set_cloudflare_behaviour(json!({ "per_minute": 2 })).await?;
    let mut links = Vec::new();
    for number in 0..6 {
        let body = json!({ "url": format!("https://example.com/{number}") });
        let answer = change(system, Method::POST, "/api/v1/links", body).await?;
        let expected = if number == 0 { PUBLISHED } else { Some("pending") };
        ensure!(propagation(&answer) == expected, "{number}: {answer:?}");
        links.push(e2e::parse_link(&answer)?);
    }
    // The refusal said how long to wait, and later writes did not try a purge.
    ensure!(system.cloudflare_calls("refused").await? < 5);
    system.set_cloudflare_behaviour(json!({})).await?;
    eventually("all are confirmed", async || {
        system.stack.edge.run_schedule().await?;
        for link in &links {
            if !is_confirmed(system, link).await? {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await
}

/// In both zones, since any cache may hold a copy.
async fn bulk(system: &System) -> Result<()> {
    system.set_cloudflare_behaviour(json!({})).await?;
    let links: Vec<_> =
        (0..250).map(|number| json!({ "url": format!("https://example.com/{number}") })).collect();
    let answer = change(system, Method::POST, "/api/v1/links/bulk", json!({ "links": links })).await?;
    ensure!(propagation(&answer) == PUBLISHED, "{}", answer.status);
    ensure!((system.cloudflare_calls("purges").await?, system.cloudflare_calls("tags").await?) == (6, 500));
    eventually("they are purged a second time", async || Ok(system.cloudflare_calls("tags").await? == 1_000))
        .await?;
    ensure!(system.cloudflare_calls("purges").await? == 12);
    Ok(())
}

async fn slow_replica(system: &System) -> Result<()> {
    system.set_cloudflare_behaviour(json!({ "kv_delay_ms": 200 })).await?;
    let links: Vec<_> =
        (0..100).map(|number| json!({ "url": format!("https://example.com/{number}") })).collect();
    let answer = change(system, Method::POST, "/api/v1/links/bulk", json!({ "links": links })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{}: confirmed within two seconds", answer.status);
    let answered = Instant::now();
    eventually("the write's own invocation confirms all links", async || {
        let made = system.client.api_get("/api/v1/links?limit=100").await?.json()?;
        let made = made.get("data").and_then(Value::as_array).context("no list")?;
        let is_confirmed = |link: &Value| link.get("published_revision") == link.get("revision");
        Ok(made.len() == 100 && made.iter().all(is_confirmed))
    })
    .await?;
    println!("100 links, 200 ms a write to the replica: confirmed {:?} after the answer", answered.elapsed());
    Ok(())
}

async fn hanging_replica(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/old" })).await?;
    ensure!(location_or_status(&system.other_edge.follow(&link).await?) == "https://example.com/old");
    system.set_cloudflare_behaviour(json!({ "status": 500 })).await?;
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{answer:?}");
    eventually("the second purge was refused too", async || {
        Ok(system.cloudflare_calls("refused").await? >= 2)
    })
    .await?;
    system.set_cloudflare_behaviour(json!({ "kv_silent": true })).await?;
    system.stack.edge.run_schedule().await?;
    eventually("the memory copy expires", async || {
        Ok(location_or_status(&system.other_edge.follow(&link).await?) == "https://example.com/new")
    })
    .await?;
    ensure!(!is_confirmed(system, &link).await?, "the replica has the old state");
    Ok(())
}

async fn visible_at_own_edge(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/old" })).await?;
    for client in [&system.client, &system.other_edge] {
        ensure!(location_or_status(&client.follow(&link).await?) == "https://example.com/old");
    }
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("published; within=60"), "{answer:?}");
    // Its memory keeps a copy for half a second; another data centre's cache keeps one for a minute.
    eventually("the edge shows the change", async || {
        Ok(location_or_status(&system.client.follow(&link).await?) == "https://example.com/new")
    })
    .await
}

async fn replica(system: &System) -> Result<()> {
    let cold = system.client.create(json!({ "url": "https://example.com/cold" })).await?;
    let deleted = system.client.create(json!({ "url": "https://example.com/deleted" })).await?;
    change(system, Method::DELETE, &format!("/api/v1/links/{}", deleted.id), json!({})).await?;
    for origin in &system.stack.origins {
        origin.part.kill().await;
    }
    let answer = system.other_edge.follow(&cold).await?;
    ensure!(
        (location_or_status(&answer).as_str(), answer.tier()) == ("https://example.com/cold", "replica"),
        "{answer:?}"
    );
    let answer = system.other_edge.follow(&deleted).await?;
    ensure!((answer.status, answer.tier()) == (410, "replica"), "{answer:?}");
    // A name that the replica does not know may still exist.
    let answer = system.other_edge.get("/never-heard-of").await?;
    ensure!(answer.status == 503 && answer.header("retry-after").is_some(), "{answer:?}");
    Ok(())
}
