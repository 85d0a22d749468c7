//! Runs a function's binary behind a Runtime API that measures its start and its invocations, which the emulator's does
//! not.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::processes::process::{Process, ProcessSpec};

/// The invocation deadline passed to the function. Longer than any invocation here.
const DEADLINE: Duration = Duration::from_secs(60);
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// Dropping it ends the process.
#[derive(Debug)]
pub struct LambdaProcess {
    process: Process,
    invocations: mpsc::UnboundedSender<PendingInvocation>,
    _api: ServerTask,
    /// From the start of the process to its first request for an invocation.
    pub started_in: Duration,
}

#[derive(Debug)]
pub struct InvocationResult {
    /// The raw body: for a streaming function URL JSON, eight zero bytes, and the body.
    pub body: Bytes,
    pub is_error: bool,
    /// From the event to the end of the answer, which Lambda bills.
    pub duration: Duration,
}

#[derive(Debug)]
struct PendingInvocation {
    event: String,
    answer: oneshot::Sender<InvocationResult>,
}

#[derive(Debug)]
struct Api {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<PendingInvocation>>,
    first_request: Mutex<Option<oneshot::Sender<Instant>>>,
    /// One at a time, as in Lambda.
    current: Mutex<Option<(Instant, oneshot::Sender<InvocationResult>)>>,
}

impl LambdaProcess {
    /// Returns when the function waits for its first invocation.
    pub async fn start(binary: &Path, environment: &BTreeMap<String, String>, log: &Path) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for the Runtime API")?;
        let address = listener.local_addr()?;
        let (invocations, waiting) = mpsc::unbounded_channel();
        let (first_request, asked) = oneshot::channel();
        let api = Arc::new(Api {
            waiting: tokio::sync::Mutex::new(waiting),
            first_request: Mutex::new(Some(first_request)),
            current: Mutex::new(None),
        });
        let server = ServerTask(tokio::spawn(axum::serve(listener, router(api)).into_future()));

        let name = binary.file_name().context("a binary without a name")?.to_string_lossy().into_owned();
        let mut command = Command::new(binary);
        command.env_clear().envs(environment).envs([
            ("AWS_LAMBDA_RUNTIME_API", address.to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", &name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ]);
        let spec = ProcessSpec {
            name,
            command,
            log: log.to_path_buf(),
            stop: Signal::SIGTERM,
            grace: Duration::from_secs(2),
        };
        let started = Instant::now();
        let process = Process::start(spec)?;
        let first = tokio::select! {
            first = tokio::time::timeout(STARTS_WITHIN, asked) => first,
            () = process.exited() => bail!("the function did not start: {}", process.exit_report()),
        };
        let first = first.ok().and_then(Result::ok);
        let first = first
            .with_context(|| format!("the function requests no invocation: {}", process.exit_report()))?;
        Ok(Self { process, invocations, _api: server, started_in: first - started })
    }

    pub async fn invoke(&self, event: &Value) -> Result<InvocationResult> {
        let (answer, answered) = oneshot::channel();
        let invocation = PendingInvocation { event: event.to_string(), answer };
        self.invocations.send(invocation).ok().context("the Runtime API is gone")?;
        let answer = tokio::select! {
            answer = tokio::time::timeout(DEADLINE, answered) => answer,
            () = self.process.exited() => bail!("the function died: {}", self.process.exit_report()),
        };
        let answer = answer.ok().and_then(Result::ok);
        answer.with_context(|| format!("no answer from the function: {}", self.process.exit_report()))
    }

    pub async fn stop(&self) {
        self.process.end().await;
    }
}

/// A GET event of a function URL or HTTP API in payload format 2.0.
pub fn http_event(host: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": { "host": host, "x-forwarded-proto": "https" },
        "requestContext": {
            "accountId": "anonymous", "apiId": "api", "domainName": host, "domainPrefix": "api",
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1", "userAgent": "test" },
            "requestId": "id", "routeKey": "$default", "stage": "$default", "time": "24/Nov/2026:00:00:00 +0000",
            "timeEpoch": 1_795_478_400_000_u64,
        },
        "isBase64Encoded": false,
    })
}

#[derive(Debug)]
struct ServerTask(tokio::task::JoinHandle<std::io::Result<()>>);

impl Drop for ServerTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
        .with_state(api)
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    if let Some(first) = lock(&api.first_request).take() {
        let _ = first.send(Instant::now());
    }
    let Some(PendingInvocation { event, answer }) = api.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + DEADLINE;
    *lock(&api.current) = Some((Instant::now(), answer));
    let headers = [
        ("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:local".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

async fn respond(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    take_answer(&api, body, false)
}

async fn fail(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    take_answer(&api, body, true)
}

fn take_answer(api: &Api, body: Bytes, is_error: bool) -> StatusCode {
    let Some((started, answer)) = lock(&api.current).take() else { return StatusCode::BAD_REQUEST };
    // An error means that nobody waits for the answer any more.
    let _ = answer.send(InvocationResult { body, is_error, duration: started.elapsed() });
    StatusCode::ACCEPTED
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
