//! Splits traffic between two origins as Lambda's alias `live` does: all requests go to one origin, or a tenth to a
//! canary.

use std::future::IntoFuture;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// The same canary share as in `cargo xtask deploy`.
const CANARY_TAKES_ONE_OF: u64 = 10;
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct TrafficSplitter {
    pub(super) url: String,
    routing: Arc<Routing>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

#[derive(Debug)]
pub(super) struct RoutedOrigin {
    url: String,
    served: AtomicU64,
}

#[derive(Debug)]
struct Routing {
    http: reqwest::Client,
    weights: Mutex<Weights>,
    count: AtomicU64,
}

#[derive(Debug)]
struct Weights {
    live: Arc<RoutedOrigin>,
    canary: Option<Arc<RoutedOrigin>>,
}

impl RoutedOrigin {
    pub(super) fn at(url: &str) -> Arc<Self> {
        Arc::new(Self { url: url.to_owned(), served: AtomicU64::new(0) })
    }

    /// Waits until this origin has answered this many more requests.
    pub(super) async fn wait_for_answers(&self, more: u64) -> Result<()> {
        let goal = self.served.load(Ordering::Relaxed) + more;
        until("an origin gets no requests", || self.served.load(Ordering::Relaxed) >= goal).await
    }

    /// Waits until none of its requests is in flight. The caller must have removed it from the routing.
    pub(super) async fn wait_until_idle(self: &Arc<Self>) -> Result<()> {
        until("a request does not end", || Arc::strong_count(self) == 1).await
    }
}

async fn until(error: &str, condition: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !condition() {
        ensure!(started.elapsed() < TIMEOUT, "{error}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

impl TrafficSplitter {
    pub(super) async fn start(live: &Arc<RoutedOrigin>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let weights = Mutex::new(Weights { live: Arc::clone(live), canary: None });
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        let routing = Arc::new(Routing { http, weights, count: AtomicU64::new(0) });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&routing));
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { url, routing, server })
    }

    pub(super) fn split(&self, live: &Arc<RoutedOrigin>, canary: Option<&Arc<RoutedOrigin>>) {
        let mut weights = self.routing.weights.lock().unwrap_or_else(PoisonError::into_inner);
        *weights = Weights { live: Arc::clone(live), canary: canary.map(Arc::clone) };
    }
}

impl Drop for TrafficSplitter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Routing {
    fn next(&self) -> Arc<RoutedOrigin> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let weights = self.weights.lock().unwrap_or_else(PoisonError::into_inner);
        match &weights.canary {
            Some(canary) if number.is_multiple_of(CANARY_TAKES_ONE_OF) => Arc::clone(canary),
            _ => Arc::clone(&weights.live),
        }
    }

    async fn send(
        &self,
        origin: &RoutedOrigin,
        (method, uri, mut headers): (Method, Uri, HeaderMap),
        body: Bytes,
    ) -> Result<Response, reqwest::Error> {
        headers.remove(header::HOST);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.http.request(method, format!("{}{path}", origin.url)).headers(headers).body(body);
        let answer = request.send().await?;
        let status = answer.status();
        Ok((status, Body::from(answer.bytes().await?)).into_response())
    }
}

async fn forward(
    State(routing): State<Arc<Routing>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let origin = routing.next();
    let answer = routing.send(&origin, (method, uri, headers), body).await;
    origin.served.fetch_add(1, Ordering::Relaxed);
    // No retry: a client of the API would get none either.
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response())
}
