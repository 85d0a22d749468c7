//! Origin modes: several servers behind one edge, the same binary as a Lambda behind a function URL, and no edge.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::Client;
use libtest_mimic::Trial;
use local_stack::{OriginMode, StackOptions};
use serde_json::json;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("origin_works_as_a_lambda_behind_a_function_url", function_url, as_lambda),
        on_own_stack("wrongly_signed_calls_are_refused", wrongly_signed, refused),
        on_own_stack("edge_balances_origins_and_survives_the_loss_of_one", three_origins, one_dies),
        on_own_stack(
            "origin_alone_redirects_and_counts_clicks_once",
            StackOptions::default,
            without_the_edge,
        ),
    ]
}

fn function_url() -> StackOptions {
    StackOptions { origins: OriginMode::FunctionUrl, edges: 2, ..StackOptions::default() }
}

async fn as_lambda(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/lambda?q=ü" })).await?;
    let first = system.other_edge.follow(&link).await?;
    ensure!((first.status, first.tier()) == (302, "origin"), "{first:?}");
    ensure!(first.header("location") == Some("https://example.com/lambda?q=%C3%BC"), "{first:?}");
    // A query string and an answer other than 200 pass through the signed call too.
    system.client.wait_for_clicks(&link, 1).await?;
    let hourly = system.client.api_get(&format!("/api/v1/links/{}/stats?interval=hour", link.id)).await?;
    ensure!(hourly.status == 200, "{hourly:?}");
    ensure!(system.client.api_post("/api/v1/links", &json!({})).await?.status == 422);
    Ok(())
}

fn wrongly_signed() -> StackOptions {
    let secret = "a secret that belongs to no key".to_owned();
    StackOptions {
        worker_bindings: BTreeMap::from([("AWS_SECRET_ACCESS_KEY".to_owned(), secret)]),
        ..function_url()
    }
}

async fn refused(system: &System) -> Result<()> {
    let answer = system.client.api_post("/api/v1/links", &json!({ "url": "https://example.com/" })).await?;
    ensure!(answer.status == 503, "{answer:?}");
    let ready = system.client.get("/readyz").await?;
    ensure!(ready.status == 503, "{ready:?}");
    ensure!(
        ready.json()? == json!({ "checks": { "origin": "unavailable", "queue": "unavailable" } }),
        "{ready:?}"
    );
    // A refused signature is an origin failure, never "no such link".
    ensure!(system.client.get("/zzzzzzz").await?.status == 503);
    Ok(())
}

fn three_origins() -> StackOptions {
    StackOptions {
        origins: OriginMode::Servers(3),
        edges: 2,
        client_address: Some("127.0.0.1".to_owned()),
        ..StackOptions::default()
    }
}

async fn one_dies(system: &System) -> Result<()> {
    let links = create(system, 30).await?;
    for link in &links {
        ensure!(system.other_edge.follow(link).await?.tier() == "origin");
    }
    for origin in &system.stack.origins {
        let log = std::fs::read_to_string(system.stack.logs.join(format!("{}.log", origin.part.name())))?;
        ensure!(log.contains("/internal/v1/links/"), "{} received no request", origin.part.name());
    }
    let unseen = create(system, 30).await?;
    system.stack.origins.first().context("no origin")?.part.kill().await;
    for link in &unseen {
        let answer = system.other_edge.follow(link).await?;
        ensure!((answer.status, answer.tier()) == (302, "origin"), "{answer:?}");
    }
    Ok(())
}

async fn without_the_edge(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/kept" })).await?;
    let body = json!({ "url": "https://example.com/deep", "alias": "a/deep/name", "forward_path": true });
    let deep = system.client.create(body).await?;
    ensure!(system.client.follow(&link).await?.status == 302);
    system.client.wait_for_clicks(&link, 1).await?;
    system.stack.edge.part.stop().await;

    let origin = system.stack.origins.first().context("no origin")?;
    let direct = Client::new(&origin.url, &system.stack.admin_key)?;
    for _ in 0..250 {
        let answer = direct.follow(&link).await?;
        ensure!((answer.status, answer.tier()) == (302, "origin"), "{answer:?}");
        ensure!(answer.header("location") == Some("https://example.com/kept"), "{answer:?}");
    }
    let answer = direct.get("/a/deep/name/and/more").await?;
    ensure!(answer.header("location") == Some("https://example.com/deep/and/more"), "{answer:?}");
    direct.wait_for_clicks(&link, 251).await?;
    direct.wait_for_clicks(&deep, 1).await?;

    // Clicks that the queue did not accept wait, and the origin flushes its buffer when it stops.
    system.stack.aws.part.pause();
    ensure!(direct.follow(&link).await?.status == 302);
    system.stack.aws.part.resume();
    ensure!(direct.follow(&link).await?.status == 302);
    origin.part.restart().await?;
    direct.wait_for_clicks(&link, 253).await?;
    ensure!(system.click_rows(&link).await? == 253);
    let accounting = direct.api_get("/api/v1/pipeline").await?.json()?;
    let total = accounting.get("total").context("no total")?;
    ensure!(
        total.get("produced") == Some(&json!(254)) && total.get("stored") == Some(&json!(254)),
        "{accounting}"
    );
    ensure!(total.get("missing") == Some(&json!(0)), "{accounting}");
    Ok(())
}

async fn create(system: &System, count: usize) -> Result<Vec<e2e::Link>> {
    let mut links = Vec::with_capacity(count);
    for number in 0..count {
        links.push(system.client.create(json!({ "url": format!("https://example.com/{number}") })).await?);
    }
    Ok(links)
}
