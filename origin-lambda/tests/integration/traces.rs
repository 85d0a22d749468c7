//! Tests of what a collector gets of the origin's requests, and what it must not get.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use link_core::trace_context::TraceContext;
use serde_json::{Value, json};
use sqlx::PgPool;
use telemetry::traces::test_util::{CollectedSpan, Collector, Recording};
use tokio::net::TcpListener;

use crate::harness::{ADMIN_KEY, DOMAIN, EDGE_SECRET, Origin, SHORT_TIMEOUT_POOL, link_path};
use crate::outages::unreachable_database;
use crate::redirects::{RecordingQueue, visit_with};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const CALLERS_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLERS_SPAN: &str = "00f067aa0ba902b7";
const FROM_EDGE: [(&str, &str); 2] = [("traceparent", CALLER), ("x-shortline-edge-secret", EDGE_SECRET)];

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_is_followed_from_the_edge_to_its_statement_and_click(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let queue = Arc::new(RecordingQueue::default());
    let builder = Origin::builder(&database).traces(&recording.traces).click_queue(queue.clone());
    let origin = builder.start().await;
    let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    let path = format!("/{}", link["code"].as_str().unwrap());
    assert_eq!(visit_with(&origin, Method::GET, &path, &FROM_EDGE).await.status, 302);
    recording.flush().await;

    let request = collector.span("GET /{code}");
    assert_eq!((request.trace_id.as_str(), request.parent_span_id.as_str()), (CALLERS_TRACE, CALLERS_SPAN));
    assert_eq!(request.attributes["http.response.status_code"], "302");
    assert_eq!(request.attributes["server.address"], "go.example.com");
    let statement = "SELECT links SELECT link_names SELECT publications";
    let path = ["links database", "shared statement", "wait for a shared statement", "GET /{code}"];
    assert_eq!(collector.path(statement)[1..], path);
    assert_eq!(collector.span(statement).attributes["db.system.name"], "postgresql");
    assert!(collector.spans().iter().all(|span| span.trace_id == CALLERS_TRACE), "the create is not sampled");

    let batches = queue.0.lock().unwrap();
    let click: TraceContext = batches[0].clicks[0].trace.unwrap();
    assert_eq!(click.to_string(), format!("00-{CALLERS_TRACE}-{}-01", request.span_id));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn caller_without_the_secret_gives_the_trace_id_only(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let origin = Origin::builder(&database).traces(&recording.traces).start().await;
    for secret in ["", "a-guess"] {
        let headers = [("traceparent", CALLER), ("x-shortline-edge-secret", secret)];
        visit_with(&origin, Method::GET, "/no-such-link", &headers).await;
    }
    recording.flush().await;
    let requests: Vec<CollectedSpan> =
        collector.spans().into_iter().filter(|span| span.name == "GET /{code}").collect();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!((request.trace_id.as_str(), request.parent_span_id.as_str()), (CALLERS_TRACE, ""));
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn failing_request_is_kept_though_one_in_a_thousand_is_sampled(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0.001");
    let queue = Arc::new(RecordingQueue::default());
    let builder = || Origin::builder(&database).traces(&recording.traces).click_queue(queue.clone());
    // Not among the sampled thousandth.
    let unsampled = [("traceparent", "00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-01")];
    let works = builder().start().await;
    let link = works.create_link_with(json!({"url": "https://example.com/"})).await;
    let path = format!("/{}", link["code"].as_str().unwrap());
    assert_eq!(visit_with(&works, Method::GET, &path, &unsampled).await.status, 302);
    assert_eq!(queue.0.lock().unwrap()[0].clicks[0].trace, None, "a click of an unsampled trace has none");
    recording.flush().await;
    assert_eq!(collector.names(), Vec::<String>::new());

    let fails = builder().links_at(unreachable_database()).links_pool(SHORT_TIMEOUT_POOL).start().await;
    assert_eq!(visit_with(&fails, Method::GET, &path, &unsampled).await.status, 503);
    let request = recording.wait_for(&collector, "GET /{code}").await;
    assert!(request.has_failed);
    assert_eq!(request.attributes["error.type"], "503");
    assert_eq!(fails.call(Method::GET, "/api/v1/tags", Value::Null).await.status, 503);
    recording.flush().await;
    assert_eq!(collector.span("links database").attributes["error.type"], "unavailable");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn no_span_has_what_a_visitor_or_a_client_sent(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let queue = Arc::new(RecordingQueue::default());
    let apis = [("COMPATIBLE_APIS", "yourls,shlink")];
    let builder = Origin::builder(&database).config(&apis).traces(&recording.traces).click_queue(queue);
    let origin = builder.start().await;
    let link = json!({
        "url": "https://canary.example/destination?secret=canary",
        "alias": "canary-alias",
        "password": "canary-password",
        "title": "canary-title",
        "tags": ["canary-tag"],
    });
    let link = origin.create_link_with(link).await;
    let headers = [
        ("user-agent", "canary-agent"),
        ("referer", "https://canary-referrer.example/"),
        ("cookie", "a=canary-cookie"),
        ("x-forwarded-for", "203.0.113.77"),
        ("authorization", "Bearer canary-key"),
        ("x-shortline-authorization", "Bearer canary-key"),
        ("tracestate", "canary=1"),
        ("baggage", "canary=1"),
    ];
    for path in ["/canary-alias?canary=query", "/canary-alias+", "/canary/none?x=canary"] {
        visit_with(&origin, Method::GET, path, &headers).await;
    }
    visit_with(&origin, Method::POST, "/canary-alias", &headers).await;
    visit_with(&origin, "CANARY".parse().unwrap(), "/canary-alias", &headers).await;
    visit_with(&origin, Method::GET, "/canary-alias", &[("host", "canary@x")]).await;
    origin.get("/api/v1/links?search=canary").await;
    for path in [
        "/yourls-api.php?signature=canary&url=https://canary.test/",
        "/rest/v3/short-urls/canary?apiKey=canary",
    ] {
        let call = Request::get(path).header("host", DOMAIN).header("x-api-key", "canary-key");
        origin.send_unread(call.body(Body::empty()).unwrap()).await;
    }
    origin.call(Method::PATCH, &link_path(&link), json!({"url": "https://canary.example/2"})).await;
    origin.call(Method::PATCH, "/api/v1/links/canary", json!({"canary": 1})).await;
    let body = json!({"password": "canary-password"});
    let unlock = "/internal/v1/links/go.example.com/canary-alias/unlock";
    assert_eq!(origin.call_through_edge(Method::POST, unlock, body).await.status, 204);
    recording.flush().await;

    assert_eq!(recording.dropped("queue_full"), 0);
    assert!(collector.path("hash a password").len() > 1, "{:?}", collector.names());
    for span in collector.spans() {
        let text = span.raw.to_lowercase();
        for secret in ["canary", "203.0.113.77", "198.51.100.7", ADMIN_KEY, EDGE_SECRET] {
            assert!(!text.contains(secret), "{secret} is in {}", span.raw);
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn requests_are_answered_whatever_the_collector_does(database: PgPool) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refusing = Collector::start().await;
    refusing.answer(axum::http::StatusCode::SERVICE_UNAVAILABLE);
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for endpoint in [silent.as_str(), "http://127.0.0.1:1", &refusing.endpoint] {
        let recording = Recording::start(endpoint, "1");
        recording.traces.send_in_background();
        let origin = Origin::builder(&database).traces(&recording.traces).start().await;
        let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
        let path = format!("/{}", link["code"].as_str().unwrap());
        let answer = visit_with(&origin, Method::GET, &path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "https://example.com/"));
        recording.flush().await;
        assert!(recording.dropped("not_sent") > 0, "{endpoint}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn requests_that_share_a_statement_are_linked(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let origin = Origin::builder(&database).traces(&recording.traces).start().await;
    let visits = (0..40).map(|_| visit_with(&origin, Method::GET, "/no-such-link", &[]));
    futures_util::future::join_all(visits).await;
    recording.flush().await;

    let spans = collector.spans();
    let statements = spans.iter().filter(|span| span.name == "shared statement");
    let largest = statements.max_by_key(|span| span.links.len()).unwrap();
    assert!(!largest.links.is_empty(), "no statement was shared");
    assert_eq!(largest.attributes["shortline.requests"], (largest.links.len() + 1).to_string());
    for (_, waiting) in &largest.links {
        let waiting = spans.iter().find(|span| span.span_id == *waiting).unwrap();
        assert_eq!(waiting.name, "wait for a shared statement");
        assert_eq!(waiting.links, [(largest.trace_id.clone(), largest.span_id.clone())]);
    }
}
