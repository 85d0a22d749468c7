//! The origin's binary behind a Runtime API, as Lambda starts it: events of a function URL and of an HTTP API, and the
//! format of the answers, which the emulator does not distinguish.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use local_stack::artifacts::Artifacts;
use local_stack::checkout::Checkout;
use local_stack::{DEFAULT_DOMAIN, FAILOVER_DOMAIN, StackOptions};
use serde_json::{Value, json};

use crate::shared::{System, on_own_stack};

const ORIGIN: &str = "origin.lambda-url.example";

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("function_url_streams_and_http_api_buffers", StackOptions::default, answers)]
}

async fn answers(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/function" })).await?;
    let binary = Artifacts::in_place(&Checkout::here()).origin_lambda;

    let streaming = system.stack.start_origin_function(&binary, &[("RESPONSE_STREAM", "true")]).await?;
    let mut event =
        local_stack::http_event(ORIGIN, &format!("/internal/v1/links/{DEFAULT_DOMAIN}/{}", link.code));
    let answer = streaming.invoke(&event).await?;
    let (head, body) = split_stream(&answer.body)?;
    ensure!(head.get("statusCode") == Some(&json!(404)), "without the edge's secret: {head}");
    if let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut) {
        headers.insert("x-shortline-edge-secret".into(), json!(system.stack.edge_secret()));
    }
    let answer = streaming.invoke(&event).await?;
    let (head, found) = split_stream(&answer.body)?;
    ensure!(head.get("statusCode") == Some(&json!(200)), "{head} {found}, without the secret {body}");
    ensure!(found.contains("https://example.com/function"), "{found}");
    streaming.stop().await;

    let failover = [("FAILOVER_DOMAIN", FAILOVER_DOMAIN), ("RESPONSE_STREAM", "")];
    let buffered = system.stack.start_origin_function(&binary, &failover).await?;
    let answer =
        buffered.invoke(&local_stack::http_event(FAILOVER_DOMAIN, &format!("/{}", link.code))).await?;
    let whole: Value = serde_json::from_slice(&answer.body).context("not an HTTP API response")?;
    ensure!(whole.get("statusCode") == Some(&json!(302)), "{whole}");
    ensure!(whole.pointer("/headers/location") == Some(&json!("https://example.com/function")), "{whole}");
    let answer = buffered.invoke(&local_stack::http_event(FAILOVER_DOMAIN, "/api/v1/links")).await?;
    let whole: Value = serde_json::from_slice(&answer.body)?;
    ensure!(whole.get("statusCode") == Some(&json!(404)), "the failover serves the API: {whole}");
    buffered.stop().await;
    system.client.wait_for_clicks(&link, 1).await
}

/// Splits a streamed answer into status and headers (JSON) and the body.
fn split_stream(answer: &[u8]) -> Result<(Value, String)> {
    let at = answer.windows(8).position(|window| window == [0; 8]).context("the head has no end")?;
    let (head, body) = answer.split_at(at);
    let body = body.get(8..).unwrap_or_default();
    Ok((serde_json::from_slice(head)?, String::from_utf8_lossy(body).into_owned()))
}
