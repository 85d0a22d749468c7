//! wasm that traps inside an isolate: what that costs, and that the next visitor does not notice.

use anyhow::{Result, ensure};
use e2e::{Link, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("an_isolate_that_traps_serves_the_next_visitor_and_counts_on", trapping, traps)]
}

fn trapping() -> StackOptions {
    StackOptions {
        client_address: Some("127.0.0.1".to_owned()),
        worker_entry: Some(include_str!("trapping-entry.js")),
        ..StackOptions::default()
    }
}

async fn trap(system: &System, place: &str, path: &str) -> Result<u16> {
    let request = system.client.request(Method::GET, path).header("x-trap", place);
    Ok(send(request).await?.status)
}

async fn traps(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let path = format!("/{}", link.code);
    let mut made = 0;
    for round in 0..3 {
        warm(system, &link, &mut made).await?;
        // Where nothing waits: the long way answers the same request.
        ensure!(trap(system, "now", &path).await? == 302);
        made += 1;
        warm(system, &link, &mut made).await?;
        // Amid a question to the origin; that visitor is lost.
        ensure!(trap(system, "random", &format!("/no-such-name-{round}")).await? == 500);
        for _ in 0..3 {
            for answer in try_join_all((0..20).map(|_| system.client.follow(&link))).await? {
                ensure!(answer.status == 302, "{answer:?}");
            }
            made += 20;
        }
        ensure!(system.client.get(&format!("/no-such-name-{round}")).await?.status == 404);
    }
    system.client.wait_for_clicks(&link, made).await?;
    let log = std::fs::read_to_string(system.stack.logs.join("edge.log"))?;
    ensure!(!log.contains("Rust panic"), "it started anew on broken memory: {log}");
    let books = system.client.api_get("/api/v1/pipeline").await?.json()?;
    let total = |name: &str| books.pointer(&format!("/total/{name}")).and_then(serde_json::Value::as_u64);
    ensure!((total("produced"), total("stored")) == (Some(made), Some(made)), "{books}");
    Ok(())
}

/// Until memory serves the link, and all clicks have left the isolate: what is in it when it traps is lost.
async fn warm(system: &System, link: &Link, made: &mut u64) -> Result<()> {
    eventually("memory serves the link", async || {
        let answer = system.client.follow(link).await?;
        *made += u64::from(answer.status == 302);
        Ok(answer.tier() == "memory")
    })
    .await?;
    system.client.wait_for_clicks(link, *made).await
}
