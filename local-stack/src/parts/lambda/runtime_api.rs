//! Lambda's Runtime API for one consumer instance, and the SQS actions that it calls, on one loopback address.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::parts::lambda::click_feed::{ClickFeed, ConsumerInstance, failed_ids};

/// As in production; limits how long a consumer waits for its database.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Function {
    feed: Arc<ClickFeed>,
    instance: ConsumerInstance,
}

#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl RuntimeApi {
    pub(crate) async fn start(feed: Arc<ClickFeed>, instance: ConsumerInstance) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the Runtime API")?;
        let address = listener.local_addr()?;
        let invocation = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{number}}/response"), post(response))
            .route(&format!("{invocation}/{{number}}/error"), post(error))
            .route("/", post(sqs))
            .layer(DefaultBodyLimit::disable())
            .with_state(Function { feed, instance });
        // Ends only with the task.
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or(()) });
        Ok(Self { address, server })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(Function { feed, instance }): State<Function>) -> Response {
    let Some((invocation, event)) = feed.next(instance).await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + FUNCTION_TIMEOUT;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

async fn response(
    State(Function { feed, instance }): State<Function>,
    Path(number): Path<u64>,
    body: Bytes,
) -> StatusCode {
    let answer: Result<Value, _> = serde_json::from_slice(&body);
    match answer.context("not JSON").and_then(|answer| failed_ids(&answer)) {
        Ok(failed) => {
            feed.finish(instance, number, |id| failed.iter().any(|failed| failed == id));
            StatusCode::ACCEPTED
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// All messages of the invocation are redelivered.
async fn error(State(Function { feed, instance }): State<Function>, Path(number): Path<u64>) -> StatusCode {
    feed.finish(instance, number, |_| true);
    StatusCode::ACCEPTED
}

async fn sqs(State(Function { feed, .. }): State<Function>, headers: HeaderMap, body: Bytes) -> Response {
    let action = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = match action {
        "AmazonSQS.SendMessage" => {
            feed.add_dead_letter(serde_json::from_slice(&body).unwrap_or_default());
            json!({ "MessageId": "letter" })
        }
        "AmazonSQS.ReceiveMessage" => feed.receive_dead_letters(),
        // Visibility is ignored: returned messages are redelivered at a random time.
        "AmazonSQS.ChangeMessageVisibilityBatch" => json!({ "Successful": [], "Failed": [] }),
        "AmazonSQS.ChangeMessageVisibility" => json!({}),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    ([("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response()
}
