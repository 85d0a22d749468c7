//! Traces from the edge, as a collector gets them; and that redirects do not notice a collector that says nothing.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::{Client, eventually, send};
use libtest_mimic::Trial;
use local_stack::observe::{Observer, Span};
use local_stack::{DEFAULT_DOMAIN, StackOptions};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::shared::{System, on_no_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_no_stack("visit_is_followed_from_the_edge_to_its_batch", followed),
        on_no_stack("failing_origin_is_kept_though_one_in_a_thousand_is_sampled", failing),
        on_no_stack("silent_collector_delays_no_redirect", silent),
    ]
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// A ratio of 0.001 does not sample it.
const UNSAMPLED: &str = "4bf92f3577b34da6a3ffffffffffffff";

fn options(endpoint: &str, ratio: &str) -> StackOptions {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), endpoint.to_owned());
    let ratio = ("OTEL_TRACES_SAMPLER_ARG".to_owned(), ratio.to_owned());
    StackOptions {
        traces: BTreeMap::from([endpoint]),
        worker_bindings: BTreeMap::from([ratio, ("COMPATIBLE_APIS".to_owned(), "yourls".to_owned())]),
        client_address: Some("198.51.100.77".to_owned()),
        ..StackOptions::default()
    }
}

fn spans(observer: &Observer) -> Vec<Span> {
    observer.traces.all().into_iter().flat_map(|trace| trace.spans).collect()
}

fn find(observer: &Observer, service: &str, name: &str, wanted: impl Fn(&Span) -> bool) -> Option<Span> {
    let is_wanted = |span: &Span| span.service == service && span.name == name && wanted(span);
    spans(observer).into_iter().find(is_wanted)
}

async fn visit(client: &Client, path: &str, trace: &str) -> Result<u16> {
    let request = client.request(Method::GET, path);
    let request = request.header("host", DEFAULT_DOMAIN).header("user-agent", "canary-agent");
    let request = request.header("referer", "https://canary.example/");
    Ok(send(request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-00"))).await?.status)
}

async fn followed() -> Result<()> {
    let observer = Observer::start().await?;
    // The other data centre's cache does not have the new link.
    let system = System::start(StackOptions { edges: 2, ..options(&observer.url, "1") }).await?;
    let body = json!({ "url": "https://canary.example/?canary=1", "password": "canary-password" });
    system.client.create(body).await?;
    let link = system.client.create(json!({ "url": "https://canary.example/?canary=1" })).await?;
    ensure!(visit(&system.other_edge, &format!("/{}?canary=2", link.code), TRACE).await? == 302);
    system.client.wait_for_clicks(&link, 1).await?;

    let request = || find(&observer, "shortline-edge", "GET /{code}", |span| span.trace_id == TRACE);
    let sending = || find(&observer, "shortline-edge", "send clicks", |span| span.trace_id == TRACE);
    let batch = || {
        let (request, sending) = (request()?, sending()?);
        find(&observer, "shortline-consumer", "process clicks", |span| {
            let links_to = |other: &Span| span.links.iter().any(|link| link.span_id == other.span_id);
            links_to(&request) && links_to(&sending)
        })
    };
    eventually("the batch links to the visit", async || Ok(batch().is_some())).await?;
    let request = request().context("no request")?;
    ensure!(request.parent_span_id.is_empty(), "a stranger's span is no parent");
    ensure!(request.attributes.get("shortline.cache").is_some_and(|tier| tier == "origin"), "{request:?}");
    let route = "GET /internal/v1/links/{domain}/{code}";
    let call = find(&observer, "shortline-edge", route, |span| span.parent_span_id == request.span_id);
    let call = call.context("no call to the origin")?;
    let at_origin = || find(&observer, "shortline-origin", route, |span| span.parent_span_id == call.span_id);
    let is_statement = |span: &Span| span.trace_id == call.trace_id && span.name.contains("SELECT");
    eventually("the origin sends its span and its statement", async || {
        Ok(at_origin().is_some() && spans(&observer).iter().any(is_statement))
    })
    .await
    .with_context(|| format!("{:#?}", spans(&observer)))?;
    ensure!(sending().is_some_and(|span| span.parent_span_id == request.span_id));

    let yourls = "/yourls-api.php?signature=canary&action=shorturl&url=https://canary.example/3";
    ensure!(system.client.get(yourls).await?.status == 403);
    let refused = || find(&observer, "shortline-origin", "GET /yourls-api.php", |_| true);
    eventually("the origin sends its span of YOURLS' API", async || Ok(refused().is_some())).await?;

    let create = find(&observer, "shortline-edge", "POST /api/{path}", |_| true).context("no API call")?;
    let at_api =
        || find(&observer, "shortline-api", "POST /api/{path}", |span| span.trace_id == create.trace_id);
    eventually("the API's Worker sends its spans", async || Ok(at_api().is_some())).await?;
    let publish = |span: &Span| span.name == "publish" && span.trace_id == create.trace_id;
    ensure!(spans(&observer).iter().any(publish), "{:#?}", spans(&observer));
    let secrets = ["canary", "198.51.100.77", &system.stack.admin_key, link.code.as_str()];
    for span in spans(&observer) {
        let text = format!("{span:?}");
        let found = secrets.into_iter().find(|secret| text.contains(secret));
        ensure!(found.is_none(), "{found:?} is in {span:?}");
    }
    system.stack.stop().await;
    Ok(())
}

async fn failing() -> Result<()> {
    let observer = Observer::start().await?;
    let system = System::start(options(&observer.url, "0.001")).await?;
    for origin in &system.stack.origins {
        origin.part.kill().await;
    }
    visit(&system.client, "/never-made", UNSAMPLED).await?;
    let request = || find(&observer, "shortline-edge", "GET /{code}", |span| span.trace_id == UNSAMPLED);
    eventually("the failed visit is sent", async || Ok(request().is_some())).await?;
    let request = request().context("no request")?;
    ensure!(request.has_failed, "{request:?}");
    let call = |span: &Span| span.parent_span_id == request.span_id && span.has_failed;
    ensure!(spans(&observer).iter().any(call), "{:#?}", spans(&observer));
    system.stack.stop().await;
    Ok(())
}

/// Accepts connections and never answers.
async fn silent() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let system = System::start(options(&endpoint, "1")).await?;
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    for _ in 0..200 {
        ensure!(visit(&system.client, &format!("/{}", link.code), TRACE).await? == 302);
    }
    system.client.wait_for_clicks(&link, 200).await?;
    system.stack.stop().await;
    Ok(())
}
