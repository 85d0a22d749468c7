//! An origin with the test's own database, and requests to it. Asserts what every response must have.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use link_core::names::code::CodeCipher;
use link_core::time::UnixMillis;
use origin_lambda::app::App;
use origin_lambda::clock::Clock;
use origin_lambda::config::Config;
use origin_lambda::controllers::metrics::MetricsCollector;
use origin_lambda::limits::{LinksPools, PoolLimits};
use origin_lambda::openapi;
use origin_lambda::redirect::shipping::{ClickQueue, Shipping};
use origin_lambda::router::router;
use origin_lambda::store::AnalyticsDatabase;
use serde_json::Value;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use telemetry::endpoint::Collect;
use telemetry::traces::Traces;
use telemetry::{Metrics, Program};
use tower::ServiceExt;

pub const ADMIN_KEY: &str = "the-admin-key-of-the-tests";
pub const EDGE_SECRET: &str = "the-edge-secret-of-the-tests";
pub const PREVIOUS_EDGE_SECRET: &str = "the-secret-before-that-one";
pub const CODE_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";
pub const DOMAIN: &str = "go.example.com";
/// 2026-11-24T00:00:00Z
pub const NOW: UnixMillis = UnixMillis(1_795_478_400_000);

/// Generous timeouts, since the machine that runs the tests is busy.
pub const POOL: PoolLimits = PoolLimits {
    max_connections: 4,
    max_waiting: 1_000,
    acquire: Duration::from_secs(30),
    operation: Duration::from_secs(30),
};
/// For databases that cannot be reached.
pub const SHORT_TIMEOUT_POOL: PoolLimits = PoolLimits {
    max_connections: 4,
    max_waiting: 1_000,
    acquire: Duration::from_millis(50),
    operation: Duration::from_millis(100),
};

/// A cipher with the tests' key.
pub fn cipher() -> CodeCipher {
    CodeCipher::new(&CODE_KEY.parse().unwrap())
}

pub fn config(changes: &[(&'static str, &str)]) -> Config {
    let mut variables = HashMap::from(
        [
            ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
            ("ANALYTICS_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
            ("DEFAULT_DOMAIN", DOMAIN),
            ("SHORTLINE_ADMIN_KEY", ADMIN_KEY),
            ("EDGE_SECRET", EDGE_SECRET),
            ("EDGE_SECRET_PREVIOUS", PREVIOUS_EDGE_SECRET),
            ("CODE_KEY", CODE_KEY),
            ("SIGNING_SECRET", "the-signing-secret-of-the-tests"),
        ]
        .map(|(name, value)| (name, value.to_owned())),
    );
    variables.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Config::from_lookup(&|name| variables.get(name).cloned()).unwrap()
}

#[derive(Clone)]
pub struct Origin {
    router: Router,
    app: Arc<App>,
    /// Direct access to the databases, to set up and inspect them.
    pub links: PgPool,
    pub analytics: PgPool,
}

/// An origin to start: by default with the test's database, the tests' clock and generous timeouts.
pub struct OriginBuilder {
    database: PgConnectOptions,
    config: Config,
    now: UnixMillis,
    links: Option<PgConnectOptions>,
    links_pool: PoolLimits,
    analytics: Option<PgConnectOptions>,
    click_queue: Option<Arc<dyn ClickQueue>>,
    export_timeout: Option<Duration>,
    traces: Traces,
}

impl OriginBuilder {
    pub fn at(self, now: UnixMillis) -> Self {
        Self { now, ..self }
    }

    /// Sets environment variables.
    pub fn config(self, changes: &[(&'static str, &str)]) -> Self {
        Self { config: config(changes), ..self }
    }

    /// Another links database, which may be unreachable.
    pub fn links_at(self, links: PgConnectOptions) -> Self {
        Self { links: Some(links), ..self }
    }

    pub fn links_pool(self, links_pool: PoolLimits) -> Self {
        Self { links_pool, ..self }
    }

    /// Another analytics database, which may be unreachable.
    pub fn analytics_at(self, analytics: PgConnectOptions) -> Self {
        Self { analytics: Some(analytics), ..self }
    }

    pub fn click_queue(self, queue: Arc<dyn ClickQueue>) -> Self {
        Self { click_queue: Some(queue), ..self }
    }

    pub fn export_timeout(self, timeout: Duration) -> Self {
        Self { export_timeout: Some(timeout), ..self }
    }

    pub fn traces(self, traces: &Traces) -> Self {
        Self { traces: traces.clone(), ..self }
    }

    pub async fn start(self) -> Origin {
        let own_analytics = analytics_options(&self.database).await;
        let mut config = self.config;
        config.databases.links = self.links.unwrap_or_else(|| self.database.clone());
        let pools = LinksPools { links: self.links_pool, lists: self.links_pool };
        let mut app = App::new(config, pools, Clock::fixed(self.now), Arc::new(Metrics::of(Program::Origin)));
        app.analytics = match self.analytics {
            None => AnalyticsDatabase::connect_lazily(own_analytics.clone(), POOL),
            Some(analytics) => AnalyticsDatabase::connect_lazily(analytics, SHORT_TIMEOUT_POOL),
        };
        app.traces = self.traces;
        if let Some(queue) = self.click_queue {
            app.click_queue = Some(Arc::clone(&queue));
            app.shipping = Shipping::synchronous(queue).unwrap();
        }
        if let Some(timeout) = self.export_timeout {
            app.export_timeout = timeout;
        }
        let app = Arc::new(app);
        Origin {
            router: router(app.clone(), openapi::DESCRIPTION),
            app,
            links: pool(self.database),
            analytics: pool(own_analytics),
        }
    }
}

impl Origin {
    pub async fn start(database: &PgPool) -> Self {
        Self::builder(database).start().await
    }

    pub fn builder(database: &PgPool) -> OriginBuilder {
        OriginBuilder {
            database: connect_options(database),
            config: config(&[]),
            now: NOW,
            links: None,
            links_pool: POOL,
            analytics: None,
            click_queue: None,
            export_timeout: None,
            traces: Traces::default(),
        }
    }

    /// The response without reading its body.
    pub async fn send_unread(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// What `/metrics` answers.
    pub async fn metrics(&self) -> String {
        MetricsCollector(Arc::clone(&self.app)).collect(&self.app.metrics).await;
        self.app.metrics.text()
    }

    /// Closes the connections to the analytics database.
    pub async fn close_analytics(&self) {
        self.app.analytics.close().await;
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let is_head = request.method() == Method::HEAD;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer { status: head.status, headers: head.headers, body };
        assert!(!answer.header("x-request-id").is_empty(), "{answer:?}");
        if !is_head && (answer.status.is_client_error() || answer.status.is_server_error()) {
            answer.assert_is_page_or_problem();
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// With the admin key.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        self.call_as(ADMIN_KEY, method, path, body).await
    }

    /// Sends no body if it is null.
    pub async fn call_as(&self, key: &str, method: Method, path: &str, body: Value) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.body(body).unwrap()).await
    }

    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let request = headers
            .iter()
            .fold(request(method, path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// As the edge forwards a client's request.
    pub async fn call_through_edge(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-shortline-edge-secret", EDGE_SECRET)
            .header("x-shortline-authorization", format!("Bearer {ADMIN_KEY}"));
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub async fn create(&self, body: impl Into<Body>) -> Answer {
        let request = request(Method::POST, "/api/v1/links").header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn create_link(&self, url: &str) -> Value {
        self.create_link_with(serde_json::json!({"url": url})).await
    }

    pub async fn create_link_with(&self, body: Value) -> Value {
        let answer = self.create(body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// The answer has the new key's `id` and `key`.
    pub async fn create_key(&self, body: Value) -> Value {
        let answer = self.call(Method::POST, "/api/v1/keys", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    /// Waits until `statements` statements wait for a lock or `done` returns true. Uses a separate connection: a transaction
    /// keeps seeing the activity that it has seen first.
    pub async fn wait_for_blocked_statements(&self, statements: i64, done: impl Fn() -> bool) {
        let options = (*self.links.connect_options()).clone();
        let observer = pool(options);
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&observer)
            .await
            .unwrap();
            if waiting >= statements || done() {
                return;
            }
        }
    }

    pub async fn link(&self, link: &Value) -> Value {
        self.get(&link_path(link)).await.json()
    }

    pub async fn resolve(&self, code: &str) -> Answer {
        let path = format!("/internal/v1/links/{DOMAIN}/{code}");
        let request = Request::get(path).header("x-shortline-edge-secret", EDGE_SECRET);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Inserts a link with the code, as an alias does, without using the counter.
    pub async fn take_code(&self, code: &str) {
        sqlx::query(
            "INSERT INTO links (domain, code, url, status, created_at, updated_at)
             VALUES ($1, $2, 'https://alias.example/', 302, now(), now())",
        )
        .bind(DOMAIN)
        .bind(code)
        .execute(&self.links)
        .await
        .unwrap();
    }

    pub async fn set_next_id(&self, id: u64) {
        let id = i64::try_from(id).unwrap();
        sqlx::query("UPDATE code_counter SET next_id = $1").bind(id).execute(&self.links).await.unwrap();
    }

    pub async fn next_id(&self) -> i64 {
        sqlx::query_scalar("SELECT next_id FROM code_counter").fetch_one(&self.links).await.unwrap()
    }
}

/// The path of a link in the API.
pub fn link_path(link: &Value) -> String {
    format!("/api/v1/links/{}", link["id"].as_str().unwrap())
}

/// With the admin key.
pub fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {ADMIN_KEY}"))
}

pub fn connect_options(database: &PgPool) -> PgConnectOptions {
    (*database.connect_options()).clone()
}

fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect_lazy_with(options)
}

/// The analytics database, as a schema in the test's database: it is dropped with it, and neither sees the other's tables.
async fn analytics_options(database: &PgConnectOptions) -> PgConnectOptions {
    let setup = pool(database.clone());
    sqlx::query("CREATE SCHEMA IF NOT EXISTS analytics").execute(&setup).await.unwrap();
    setup.close().await;
    let options = database.clone().options([("search_path", "analytics")]);
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/analytics");
    let analytics = pool(options.clone());
    Migrator::new(migrations).await.unwrap().run(&analytics).await.unwrap();
    analytics.close().await;
    options
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The client's part of a response to the edge, and the edge changes after it.
    pub fn parts(&self) -> (Value, Value) {
        let length: usize = self.header("x-shortline-client-bytes").parse().unwrap();
        let (client, edge) = self.body.split_at(length);
        let client = if client.is_empty() { Value::Null } else { serde_json::from_slice(client).unwrap() };
        (client, serde_json::from_slice(edge).unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.json()["code"].as_str()), (status, Some(code)), "{self:?}");
    }

    /// The invalid fields of the problem, in order.
    pub fn invalid_fields(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }

    fn assert_is_page_or_problem(&self) {
        // Pages for visitors must not load anything.
        if self.header("content-type") == "text/html; charset=utf-8" {
            assert!(self.header("content-security-policy").starts_with("default-src 'none'; "), "{self:?}");
            assert_eq!(self.header("cache-control"), "private, no-store", "{self:?}");
            assert_eq!(self.header("x-content-type-options"), "nosniff", "{self:?}");
            return;
        }
        // Probes only need the status.
        if self.header("content-type") == "application/json" && self.json()["checks"].is_object() {
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{self:?}");
        for field in ["type", "title", "code", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field} in {self:?}");
        }
    }
}
