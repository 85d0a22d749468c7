//! Sends spans to a collector by OTLP over HTTP, in protobuf. Whatever the collector does, nobody waits for it: what it does not
//! take is dropped and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::config::TracesConfig;
use super::queue::SpanQueue;
use super::signer::Signer;

/// As OpenTelemetry's batch processor.
const MAX_BATCH: usize = 512;
/// For spans to come together. A trace is visible a second after it ended.
const BATCHING_DELAY: Duration = Duration::from_secs(1);
/// The client keeps no more connections than it has calls, and calls are made one after the other.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

#[derive(Debug)]
pub(super) struct Exporter {
    config: TracesConfig,
    resource: ResourceAttributesWithSchema,
    queue: Arc<SpanQueue>,
    signer: Option<Signer>,
    /// Made with the first call, since reading the trusted certificates takes longer than the rest of a Lambda's start. One call at
    /// a time: a collector that is slow gets no second one.
    client: Mutex<Option<HttpClient>>,
    is_failing: AtomicBool,
}

#[derive(Debug, Error)]
enum SendError {
    #[error("the trusted certificates cannot be read: {0}")]
    Certificates(std::io::Error),
    #[error("the call cannot be made: {0}")]
    Request(#[from] http::Error),
    #[error("the call cannot be signed: {0}")]
    Signing(String),
    #[error("the collector cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("the collector answered {0}")]
    Refused(StatusCode),
    #[error("the collector did not answer within {0:?}")]
    TimedOut(Duration),
}

impl Exporter {
    pub(super) fn new(
        config: TracesConfig,
        resource: &Resource,
        queue: Arc<SpanQueue>,
        signer: Option<Signer>,
    ) -> Self {
        let (client, is_failing) = (Mutex::default(), AtomicBool::default());
        Self { config, resource: resource.into(), queue, signer, client, is_failing }
    }

    /// Sends what comes, for as long as the process lives.
    pub(super) async fn run(&self) {
        loop {
            self.queue.filled.notified().await;
            sleep(BATCHING_DELAY).await;
            self.send_all().await;
        }
    }

    /// Returns when everything that was queued has been sent or dropped.
    pub(super) async fn send_all(&self) {
        let mut client = self.client.lock().await;
        loop {
            let spans = self.queue.take(MAX_BATCH);
            if spans.is_empty() {
                return;
            }
            let count = spans.len() as u64;
            // What a caller no longer waits for is lost too.
            let unsent = Unsent { queue: &self.queue, count };
            match self.send(&mut client, spans).await {
                Ok(()) => {
                    std::mem::forget(unsent);
                    if self.is_failing.swap(false, Ordering::Relaxed) {
                        info!("traces are sent again");
                    }
                }
                Err(error) => {
                    drop(unsent);
                    if !self.is_failing.swap(true, Ordering::Relaxed) {
                        warn!(%error, "traces cannot be sent; they are dropped until the collector takes them");
                    }
                }
            }
        }
    }

    async fn send(&self, client: &mut Option<HttpClient>, spans: Vec<SpanData>) -> Result<(), SendError> {
        let client = match client {
            Some(client) => client,
            None => client.insert(http_client().map_err(SendError::Certificates)?),
        };
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        let mut request = Request::post(self.config.endpoint.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(Full::new(body.clone()))?;
        for (name, value) in &self.config.headers {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, &body).map_err(SendError::Signing)?;
        }
        let answer = timeout(self.config.timeout, client.request(request)).await;
        let status = answer.map_err(|_| SendError::TimedOut(self.config.timeout))??.status();
        if status.is_success() { Ok(()) } else { Err(SendError::Refused(status)) }
    }
}

/// Counts its spans as dropped unless it is forgotten.
struct Unsent<'a> {
    queue: &'a SpanQueue,
    count: u64,
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        self.queue.count_dropped("not_sent", self.count);
    }
}

fn http_client() -> std::io::Result<HttpClient> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}
