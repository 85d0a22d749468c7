//! Tests of what the log has and must not have.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use serde_json::Value;
use sqlx::PgPool;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{ADMIN_KEY, DOMAIN, EDGE_SECRET, Origin, SHORT_TIMEOUT_POOL, link_path, request};
use crate::outages::unreachable_database;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Records what this test's thread logs from now on, at every level.
    fn record(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(self.clone())
            .finish();
        telemetry::traces::test_util::let_every_thread_ask_all_subscribers();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn answers(&self) -> Vec<Value> {
        let lines: Vec<Value> = self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line["message"] == "answered").collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn request_is_logged_in_one_line(database: PgPool) {
    let origin = Origin::start(&database).await;
    let lines = Lines::default();
    let _recording = lines.record();
    let request = request(Method::GET, "/api/v1/links/no-id").header("x-request-id", "an-id-of-the-edge");
    origin.send(request.body(Body::empty()).unwrap()).await;
    let [answer] = lines.answers().try_into().unwrap();
    assert_eq!((&answer["level"], &answer["problem"]), (&"INFO".into(), &"link_not_found".into()));
    let span = &answer["span"];
    assert_eq!(span["request_id"], "an-id-of-the-edge");
    assert_eq!((&span["method"], &span["route"]), (&"GET".into(), &"/api/v1/links/{id}".into()));
    assert_eq!(span["status"], 404);
    assert!(span["duration_ms"].is_number(), "{answer}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn cause_of_a_failure_is_logged(database: PgPool) {
    let origin = Origin::builder(&database)
        .links_at(unreachable_database())
        .links_pool(SHORT_TIMEOUT_POOL)
        .start()
        .await;
    let lines = Lines::default();
    let _recording = lines.record();
    origin.resolve("0000000").await.assert_problem(503, "database_unavailable");
    let [answer] = lines.answers().try_into().unwrap();
    assert_eq!((&answer["level"], &answer["problem"]), (&"WARN".into(), &"database_unavailable".into()));
    assert!(answer["cause"].as_str().unwrap().starts_with("the links database is unavailable: "), "{answer}");
}

/// Calls of other shorteners' clients, whose queries hold keys and destinations.
const COMPATIBLE_PATHS: [&str; 2] = [
    "/yourls-api.php?signature=private&action=shorturl&url=https://private.example/",
    "/rest/v3/short-urls/private?apiKey=private&longUrl=https://private.example/",
];

#[sqlx::test(migrator = "crate::LINKS")]
async fn log_has_no_key_query_address_or_destination(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("COMPATIBLE_APIS", "yourls,shlink")]).start().await;
    let lines = Lines::default();
    let _recording = lines.record();
    let link = origin.create_link("https://private.example/destination").await;
    origin.resolve(link["code"].as_str().unwrap()).await;
    origin.get(&format!("{}/stats?from=private", link_path(&link))).await;
    origin.create(r#"{"url": "https://private.example:hunter2/", "private": 1}"#).await;
    let visit = Request::get(format!("/{}?private=query", link["code"].as_str().unwrap()))
        .header("host", DOMAIN)
        .header("referer", "https://private.example/")
        .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 7], 1))));
    let redirect = origin.send(visit.body(Body::empty()).unwrap()).await;
    assert_eq!(redirect.header("location"), "https://private.example/destination");
    let request = Request::builder()
        .method("PRIVATE")
        .uri("/private/path?private=query")
        .header("x-forwarded-for", "203.0.113.7")
        .header("authorization", "Bearer private-key");
    origin.send(request.body(Body::empty()).unwrap()).await;
    for path in COMPATIBLE_PATHS {
        let request = Request::get(path).header("x-api-key", "private-key").body(Body::empty());
        origin.send_unread(request.unwrap()).await;
    }
    assert_eq!(lines.answers().len(), 8);
    let text = lines.text();
    for secret in ["private", "PRIVATE", "203.0.113.7", ADMIN_KEY, EDGE_SECRET, "hunter2"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
