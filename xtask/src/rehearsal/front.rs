//! What stands before the origins while they change, as Lambda's alias `live` does: all requests go to one of them, or a
//! tenth to another. Decides who gets a request, and when nobody is left with an old one; answers nothing itself.

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

/// As `cargo xtask deploy` shares calls out.
const CANARY_TAKES_ONE_OF: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Front {
    pub(super) url: String,
    routing: Arc<Routing>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

#[derive(Debug)]
pub(super) struct Target {
    url: String,
    served: AtomicU64,
}

#[derive(Debug)]
struct Routing {
    http: reqwest::Client,
    targets: Mutex<Targets>,
    count: AtomicU64,
}

#[derive(Debug)]
struct Targets {
    live: Arc<Target>,
    canary: Option<Arc<Target>>,
}

impl Target {
    pub(super) fn at(url: &str) -> Arc<Self> {
        Arc::new(Self { url: url.to_owned(), served: AtomicU64::new(0) })
    }

    /// Until it has answered so many requests more.
    pub(super) async fn serves(&self, more: u64) -> Result<()> {
        let goal = self.served.load(Ordering::Relaxed) + more;
        until("an origin gets no requests", || self.served.load(Ordering::Relaxed) >= goal).await
    }

    /// Until no request is under way that was given to it. The caller has it taken out of the routing before.
    pub(super) async fn is_idle(self: &Arc<Self>) -> Result<()> {
        until("a request does not end", || Arc::strong_count(self) == 1).await
    }
}

async fn until(trouble: &str, condition: impl Fn() -> bool) -> Result<()> {
    let began = Instant::now();
    while !condition() {
        ensure!(began.elapsed() < PATIENCE, "{trouble}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

impl Front {
    pub(super) async fn open(live: &Arc<Target>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let targets = Mutex::new(Targets { live: Arc::clone(live), canary: None });
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let routing = Arc::new(Routing { http, targets, count: AtomicU64::new(0) });
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&routing));
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { url, routing, server })
    }

    pub(super) fn share(&self, live: &Arc<Target>, canary: Option<&Arc<Target>>) {
        let mut targets = self.routing.targets.lock().unwrap_or_else(PoisonError::into_inner);
        *targets = Targets { live: Arc::clone(live), canary: canary.map(Arc::clone) };
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Routing {
    fn next(&self) -> Arc<Target> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        match &targets.canary {
            Some(canary) if number.is_multiple_of(CANARY_TAKES_ONE_OF) => Arc::clone(canary),
            _ => Arc::clone(&targets.live),
        }
    }

    async fn send(
        &self,
        target: &Target,
        (method, uri, mut headers): (Method, Uri, HeaderMap),
        body: Bytes,
    ) -> Result<Response, reqwest::Error> {
        headers.remove(header::HOST);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self.http.request(method, format!("{}{path}", target.url)).headers(headers).body(body);
        let answer = request.send().await?;
        let status = answer.status();
        Ok((status, Body::from(answer.bytes().await?)).into_response())
    }
}

async fn pass_on(
    State(routing): State<Arc<Routing>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = routing.next();
    let answer = routing.send(&target, (method, uri, headers), body).await;
    target.served.fetch_add(1, Ordering::Relaxed);
    // No second try: a client of the API would get none either.
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response())
}
