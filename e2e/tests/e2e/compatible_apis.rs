//! Other shorteners' APIs, through the edge, as their clients call them.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, eventually, send};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use local_stack::checkout::Checkout;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("other_client_of_yourls_shortens_and_counts", with_apis, yourls),
        on_own_stack("other_client_of_shlink_works_unchanged", with_apis, shlink),
        on_shared_stack("other_client_gets_404_where_its_api_is_off", off),
    ]
}

fn with_apis() -> StackOptions {
    let bindings = [("COMPATIBLE_APIS".to_owned(), "shlink,yourls".to_owned())];
    StackOptions { worker_bindings: BTreeMap::from(bindings), ..StackOptions::default() }
}

const YOURLS: &str = "/yourls-api.php";

/// Creates an editor's key; returns its id and text.
async fn editor(system: &System) -> Result<(String, String)> {
    let body = json!({ "name": "client", "role": "editor" });
    let created = system.client.api_post("/api/v1/keys", &body).await?.json()?;
    let text = |name: &str| created.get(name).and_then(Value::as_str).map(str::to_owned).context("no key");
    Ok((text("id")?, text("key")?))
}

async fn yourls_get(system: &System, parameters: &[(&str, &str)]) -> Result<Answer> {
    send(system.client.request(Method::GET, YOURLS).query(parameters)).await
}

fn text<'a>(answer: &'a Value, pointer: &str) -> &'a str {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

async fn yourls(system: &System) -> Result<()> {
    let (id, key) = editor(system).await?;
    let shown = system.client.api_get(&format!("/api/v1/keys/{id}/yourls-secret")).await?.json()?;
    let secret = text(&shown, "/secret").to_owned();
    let destination = "https://canary.example/destination?a=b&c=d";
    let asked = [
        ("signature", secret.as_str()),
        ("action", "shorturl"),
        ("format", "json"),
        ("url", destination),
        ("keyword", "from-yourls"),
        ("title", "A title"),
    ];
    let created = yourls_get(system, &asked).await?;
    ensure!(
        created.status == 200 && created.header("access-control-allow-origin") == Some("*"),
        "{created:?}"
    );
    ensure!(
        created.header("shortline-propagation").is_some(),
        "a call that writes by GET is published: {created:?}"
    );
    let short_url = text(&created.json()?, "/shorturl").to_owned();
    let path = "/from-yourls";
    ensure!(short_url.ends_with(path), "{short_url}");
    let followed = system.client.get(path).await?;
    ensure!(followed.header("location") == Some(destination), "{followed:?}");

    let form = [&asked[..5], &[("title", "A title")]].concat();
    let again = send(system.client.request(Method::POST, YOURLS).form(&form)).await?;
    ensure!(again.status == 400 && text(&again.json()?, "/shorturl") == short_url, "{again:?}");
    let expand =
        [("signature", key.as_str()), ("action", "expand"), ("shorturl", &short_url), ("format", "simple")];
    let expanded = yourls_get(system, &expand).await?;
    ensure!(expanded.body == destination, "{expanded:?}");
    let counted =
        [("signature", key.as_str()), ("action", "url-stats"), ("shorturl", path), ("format", "json")];
    eventually("the click is counted", async || {
        Ok(text(&yourls_get(system, &counted).await?.json()?, "/link/clicks") == "1")
    })
    .await?;
    let refused = yourls_get(system, &[("signature", "0123456789abcdef0123456789abcdef")]).await?;
    ensure!(refused.status == 403 && refused.body.contains("<errorCode>403</errorCode>"), "{refused:?}");
    nothing_is_logged(system, &["canary", &secret, &key])
}

async fn shlink(system: &System) -> Result<()> {
    let key = &system.stack.admin_key;
    run_library(system, key, "write")?;
    let followed = |path: &'static str| {
        send(system.client.request(Method::GET, path).header("user-agent", "journey/1.0"))
    };
    let ruled = followed("/from/shlink?ref=x").await?;
    // As at Shlink, queries are forwarded unless the link says otherwise.
    ensure!(ruled.header("location") == Some("https://canary.example/ruled?ref=x"), "{ruled:?}");
    let edited = followed("/from/shlink").await?;
    ensure!(edited.header("location") == Some("https://canary.example/edited"), "{edited:?}");
    ensure!(followed("/typo-of-shlink").await?.status == 404);
    let preflight = system.client.request(Method::OPTIONS, "/rest/v3/short-urls");
    let preflight = send(preflight.header("access-control-request-headers", "x-api-key")).await?;
    let allowed = preflight.header("access-control-allow-headers").unwrap_or_default();
    ensure!(preflight.status == 204 && allowed.contains("x-api-key"), "{preflight:?}");
    eventually("visits and orphan visits are counted", async || {
        let visits = system.client.request(Method::GET, "/rest/v3/visits").header("x-api-key", key);
        let visits = send(visits).await?.json()?;
        let total = |kind: &str| visits.pointer(&format!("/visits/{kind}/total")).and_then(Value::as_u64);
        Ok(total("nonOrphanVisits") == Some(2) && total("orphanVisits") >= Some(1))
    })
    .await?;
    run_library(system, key, "visits")?;
    nothing_is_logged(system, &["canary", key])
}

fn run_library(system: &System, key: &str, phase: &str) -> Result<()> {
    let script = Checkout::here().root().join("e2e/tests/e2e/shlink-journey.mjs");
    let mut node = Command::new("node");
    let output = node.arg(script).args([&system.stack.edge_url, key, phase]).output()?;
    ensure!(output.status.success(), "{phase}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Queries hold keys and destinations.
fn nothing_is_logged(system: &System, secrets: &[&str]) -> Result<()> {
    for log in std::fs::read_dir(&system.stack.logs)? {
        let path = log?.path();
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        let found = secrets.iter().find(|secret| text.contains(**secret));
        ensure!(found.is_none(), "{found:?} is in {}", path.display());
    }
    Ok(())
}

async fn off(system: &System) -> Result<()> {
    for path in ["/yourls-api.php?signature=canary&action=version", "/rest/v3/health"] {
        let answer = system.client.get(path).await?;
        ensure!(answer.status == 404, "{answer:?}");
    }
    let orphans = system.client.api_get("/api/v1/orphans").await?;
    ensure!(!orphans.body.contains("yourls") && !orphans.body.contains("rest/"), "{orphans:?}");
    Ok(())
}
