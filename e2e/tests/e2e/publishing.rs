//! How a change reaches every data centre: two edges with caches and zones of their own, one replica, and an API for purges that
//! may refuse, delay and limit.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("a_change_shows_at_both_edges_under_load_and_stays", two_edges, changes_show),
        on_own_stack(
            "a_purge_that_is_refused_leaves_a_change_pending_until_the_schedule_runs",
            two_edges,
            refused,
        ),
        on_own_stack("a_limited_purge_is_not_asked_again_before_its_time", two_edges, limited),
        on_own_stack("a_bulk_is_purged_by_the_hundred", two_edges, bulk),
        on_own_stack("a_bulk_is_confirmed_though_the_replica_takes_its_time", two_edges, slow_replica),
        on_own_stack("a_silent_replica_keeps_no_change_from_being_purged", two_edges, silent_replica),
        on_own_stack("without_purging_a_change_shows_at_its_own_edge_at_once", unpurged, own_edge),
        on_own_stack(
            "cold_links_and_tombstones_come_from_the_replica_while_the_origin_is_dead",
            two_edges,
            replica,
        ),
    ]
}

fn two_edges() -> StackOptions {
    StackOptions { edges: 2, client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

fn unpurged() -> StackOptions {
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

/// Where a visitor is sent, or with which status there is no way on.
fn seen(answer: &Answer) -> String {
    answer.header("location").map_or_else(|| answer.status.to_string(), str::to_owned)
}

async fn changes_show(system: &System) -> Result<()> {
    let mut shown_after = Vec::new();
    for round in 0..4 {
        let alias = format!("offer-{round}");
        // Somebody tries the name before it exists, so that both edges remember that there is none.
        for client in [&system.client, &system.far] {
            ensure!(client.get(&format!("/{alias}")).await?.status == 404);
        }
        let url = |step: &str| format!("https://example.com/{round}/{step}");
        let create = json!({ "alias": alias, "url": url("new") });
        let created =
            change_under_load(system, &alias, "/api/v1/links", Method::POST, create, url("new")).await?;
        shown_after.push(created.shown_after);
        let link = format!("/api/v1/links/{}", e2e::link_of(&created.answer)?.id);
        for (method, body, expected) in [
            (Method::PATCH, json!({ "url": url("edited") }), url("edited")),
            (Method::PATCH, json!({ "state": "disabled" }), "410".to_owned()),
            (Method::PATCH, json!({ "state": "active" }), url("edited")),
            (Method::DELETE, json!({}), "410".to_owned()),
        ] {
            let changed = change_under_load(system, &alias, &link, method, body, expected).await?;
            shown_after.push(changed.shown_after);
        }
    }
    shown_after.sort();
    let slowest = shown_after.last().context("nothing was changed")?;
    println!(
        "{} changes under load: the last visitor with the old state came {slowest:?} after the answer",
        shown_after.len()
    );
    Ok(())
}

struct Changed {
    answer: Answer,
    /// From the answer of the write to the last visitor, at either edge, who still got the old state.
    shown_after: Duration,
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
    let loads = [&system.client, &system.far].map(|client| last_old_answer(client, &visit, &expected));
    let write = async {
        let answer = change(system, method, path, body).await?;
        anyhow::Ok((answer, Instant::now()))
    };
    let ((answer, answered), loads) = futures_util::future::try_join(write, try_join_all(loads)).await?;
    ensure!(propagation(&answer) == PUBLISHED, "{answer:?}");
    let last_old = loads.into_iter().max().unwrap_or(answered);
    Ok(Changed { answer, shown_after: last_old.saturating_duration_since(answered) })
}

/// Visits as fast as it goes until all see what is expected, and then goes on: nobody may see the old state again.
async fn last_old_answer(client: &Client, path: &str, expected: &str) -> Result<Instant> {
    const AT_A_TIME: usize = 10;
    let mut last_old = Instant::now();
    eventually("a change shows", async || {
        let answers = try_join_all((0..AT_A_TIME).map(|_| client.get(path))).await?;
        let all_new = answers.iter().all(|answer| seen(answer) == expected);
        if !all_new {
            last_old = Instant::now();
        }
        Ok(all_new)
    })
    .await?;
    for _ in 0..30 {
        for answer in try_join_all((0..AT_A_TIME).map(|_| client.get(path))).await? {
            ensure!(seen(&answer) == expected, "went back from {expected}: {answer:?}");
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
    ensure!(seen(&system.far.follow(&link).await?) == "https://example.com/old");
    system.cloudflare_behaves(json!({ "status": 500 })).await?;
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{answer:?}");
    // Whoever made the change sees it, and the other data centre still has its copy.
    ensure!(seen(&system.client.follow(&link).await?) == "https://example.com/new");
    eventually("the second purge was refused too", async || {
        Ok(system.cloudflare_calls("refused").await? >= 2)
    })
    .await?;
    ensure!(seen(&system.far.follow(&link).await?) == "https://example.com/old");
    ensure!(!is_confirmed(system, &link).await?);
    system.cloudflare_behaves(json!({})).await?;
    system.stack.edge.run_schedule().await?;
    ensure!(is_confirmed(system, &link).await?);
    eventually("memory lets go of the old copy", async || {
        Ok(seen(&system.far.follow(&link).await?) == "https://example.com/new")
    })
    .await
}

async fn limited(system: &System) -> Result<()> {
    // One for each zone.
    system.cloudflare_behaves(json!({ "per_minute": 2 })).await?;
    let mut links = Vec::new();
    for number in 0..6 {
        let body = json!({ "url": format!("https://example.com/{number}") });
        let answer = change(system, Method::POST, "/api/v1/links", body).await?;
        let expected = if number == 0 { PUBLISHED } else { Some("pending") };
        ensure!(propagation(&answer) == expected, "{number}: {answer:?}");
        links.push(e2e::link_of(&answer)?);
    }
    // The refusal named a time to wait, and the writes after it did not ask.
    ensure!(system.cloudflare_calls("refused").await? < 5);
    system.cloudflare_behaves(json!({})).await?;
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

/// In both zones, since nobody can tell which one's caches have a copy.
async fn bulk(system: &System) -> Result<()> {
    system.cloudflare_behaves(json!({})).await?;
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
    system.cloudflare_behaves(json!({ "kv_delay_ms": 200 })).await?;
    let links: Vec<_> =
        (0..100).map(|number| json!({ "url": format!("https://example.com/{number}") })).collect();
    let answer = change(system, Method::POST, "/api/v1/links/bulk", json!({ "links": links })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{}: more than fits into two seconds", answer.status);
    let answered = Instant::now();
    eventually("the write's own invocation confirms all", async || {
        let made = system.client.api_get("/api/v1/links?limit=100").await?.json()?;
        let made = made.get("data").and_then(Value::as_array).context("no list")?;
        let is_confirmed = |link: &Value| link.get("published_revision") == link.get("revision");
        Ok(made.len() == 100 && made.iter().all(is_confirmed))
    })
    .await?;
    println!("100 links, 200 ms a write to the replica: confirmed {:?} after the answer", answered.elapsed());
    Ok(())
}

async fn silent_replica(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/old" })).await?;
    ensure!(seen(&system.far.follow(&link).await?) == "https://example.com/old");
    system.cloudflare_behaves(json!({ "status": 500 })).await?;
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("pending"), "{answer:?}");
    eventually("the second purge was refused too", async || {
        Ok(system.cloudflare_calls("refused").await? >= 2)
    })
    .await?;
    system.cloudflare_behaves(json!({ "kv_silent": true })).await?;
    system.stack.edge.run_schedule().await?;
    eventually("memory lets go of the old copy", async || {
        Ok(seen(&system.far.follow(&link).await?) == "https://example.com/new")
    })
    .await?;
    ensure!(!is_confirmed(system, &link).await?, "the replica has the old state");
    Ok(())
}

async fn own_edge(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/old" })).await?;
    for client in [&system.client, &system.far] {
        ensure!(seen(&client.follow(&link).await?) == "https://example.com/old");
    }
    let path = format!("/api/v1/links/{}", link.id);
    let answer = change(system, Method::PATCH, &path, json!({ "url": "https://example.com/new" })).await?;
    ensure!(propagation(&answer) == Some("published; within=60"), "{answer:?}");
    ensure!(seen(&system.client.follow(&link).await?) == "https://example.com/new");
    Ok(())
}

async fn replica(system: &System) -> Result<()> {
    let cold = system.client.create(json!({ "url": "https://example.com/cold" })).await?;
    let deleted = system.client.create(json!({ "url": "https://example.com/deleted" })).await?;
    change(system, Method::DELETE, &format!("/api/v1/links/{}", deleted.id), json!({})).await?;
    for origin in &system.stack.origins {
        origin.part.kill().await;
    }
    let answer = system.far.follow(&cold).await?;
    ensure!((seen(&answer).as_str(), answer.tier()) == ("https://example.com/cold", "replica"), "{answer:?}");
    let answer = system.far.follow(&deleted).await?;
    ensure!((answer.status, answer.tier()) == (410, "replica"), "{answer:?}");
    // What the replica does not know may exist all the same.
    let answer = system.far.get("/never-heard-of").await?;
    ensure!(answer.status == 503 && answer.header("retry-after").is_some(), "{answer:?}");
    Ok(())
}
