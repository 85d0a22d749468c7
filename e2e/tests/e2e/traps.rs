//! Traps in wasm inside an isolate: at most one visitor is affected.

use anyhow::{Result, ensure};
use e2e::{Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("trapped_isolate_recovers_for_the_next_visitor", trapping, traps)]
}

fn trapping() -> StackOptions {
    StackOptions {
        client_address: Some("127.0.0.1".to_owned()),
        worker_entry: Some(include_str!("trapping-entry.js")),
        ..StackOptions::default()
    }
}

async fn trap(system: &System, function: &str, path: &str) -> Result<u16> {
    let request = system.client.request(Method::GET, path).header("x-trap", function);
    Ok(send(request).await?.status)
}

async fn traps(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let path = format!("/{}", link.code);
    let mut click_count = 0;
    for round in 0..3 {
        warm(system, &link, &mut click_count).await?;
        // On the fast path nothing is pending, so the slow path answers the same request.
        ensure!(trap(system, "now", &path).await? == 302);
        click_count += 1;
        warm(system, &link, &mut click_count).await?;
        // During a request to the origin; this visit fails.
        ensure!(trap(system, "random", &format!("/no-such-name-{round}")).await? == 500);
        for _ in 0..3 {
            for answer in try_join_all((0..20).map(|_| system.client.follow(&link))).await? {
                ensure!(answer.status == 302, "{answer:?}");
            }
            click_count += 20;
        }
        ensure!(system.client.get(&format!("/no-such-name-{round}")).await?.status == 404);
    }
    system.client.wait_for_clicks(&link, click_count).await?;
    let log = std::fs::read_to_string(system.stack.logs.join("edge.log"))?;
    ensure!(!log.contains("Rust panic"), "the isolate continued on broken memory: {log}");
    let accounting = system.client.api_get("/api/v1/pipeline").await?.json()?;
    let total =
        |name: &str| accounting.pointer(&format!("/total/{name}")).and_then(serde_json::Value::as_u64);
    ensure!((total("produced"), total("stored")) == (Some(click_count), Some(click_count)), "{accounting}");
    Ok(())
}

/// Returns once memory serves the link and all clicks are stored: a trap loses what is in the isolate.
async fn warm(system: &System, link: &Link, click_count: &mut u64) -> Result<()> {
    eventually("memory serves the link", async || {
        let answer = system.client.follow(link).await?;
        *click_count += u64::from(answer.status == 302);
        Ok(answer.tier() == "memory")
    })
    .await?;
    system.client.wait_for_clicks(link, *click_count).await
}
