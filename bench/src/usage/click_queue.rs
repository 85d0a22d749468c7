//! A metering SQS stand-in for the edge: accepts every message, keeps it, and counts what SQS would bill. Delivers
//! nothing and checks no signatures.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// SQS bills each 64 KB of a payload as one request.
const CHUNK_BYTES: u64 = 65_536;

#[derive(Debug)]
pub(super) struct ClickQueue {
    pub(super) url: String,
    received: Arc<Mutex<ReceivedMessages>>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedMessages {
    pub(super) sends: u64,
    pub(super) chunks: u64,
    pub(super) clicks: u64,
    pub(super) bytes: u64,
    /// In the form of event source mapping records.
    pub(super) records: Vec<Value>,
}

impl ClickQueue {
    pub(super) async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for the queue")?;
        let url = format!("http://{}/000000000000/metered", listener.local_addr()?);
        let received = Arc::new(Mutex::new(ReceivedMessages::default()));
        // SQS's JSON protocol names the action in a header and the queue in the body.
        let router = Router::new().route("/", post(receive)).with_state(Arc::clone(&received));
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { url, received, server })
    }

    pub(super) fn received(&self) -> ReceivedMessages {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ClickQueue {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(received): State<Arc<Mutex<ReceivedMessages>>>,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    if headers.get("x-amz-target").is_some_and(|action| action == "AmazonSQS.SendMessage") {
        let message = serde_json::from_slice(&body).unwrap_or(Value::Null);
        received.lock().unwrap_or_else(PoisonError::into_inner).add(&message);
    }
    json!({ "MessageId": "metered" }).to_string()
}

impl ReceivedMessages {
    fn add(&mut self, message: &Value) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let body = text(message.get("MessageBody"));
        let mut attributes = Map::new();
        let mut bytes = body.len();
        for (name, attribute) in
            message.get("MessageAttributes").and_then(Value::as_object).into_iter().flatten()
        {
            let (kind, value) = (text(attribute.get("DataType")), text(attribute.get("StringValue")));
            // Attributes count as payload: name, type and value.
            bytes += name.len() + kind.len() + value.len();
            if name == "clicks" {
                self.clicks += value.parse::<u64>().unwrap_or_default();
            }
            attributes.insert(name.clone(), json!({ "dataType": kind, "stringValue": value }));
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.sends += 1;
        self.bytes += bytes;
        self.chunks += bytes.div_ceil(CHUNK_BYTES);
        self.records.push(json!({
            "messageId": format!("metered-{}", self.sends),
            "receiptHandle": "metered",
            "body": body,
            "attributes": { "ApproximateReceiveCount": "1" },
            "messageAttributes": attributes,
            "eventSource": "aws:sqs",
            "awsRegion": "us-east-1",
        }));
    }
}
