//! A collector in the test's process, and traces that are sent to it. Behind the feature `test-util`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "only tests use this module")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use link_core::hex::hex;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, status};
use prost::Message;
use tokio::net::TcpListener;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::Traces;
use crate::{Metrics, Program, list};

/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(120);

/// Decodes with OpenTelemetry's own types.
#[derive(Debug, Clone)]
pub struct Collector {
    pub endpoint: String,
    spans: Arc<Mutex<Vec<CollectedSpan>>>,
    status: Arc<Mutex<StatusCode>>,
}

/// Ids are in hexadecimal digits; an absent parent is empty.
#[derive(Debug, Clone)]
pub struct CollectedSpan {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: String,
    pub name: String,
    pub nanos: u64,
    pub has_failed: bool,
    pub attributes: BTreeMap<String, String>,
    /// Trace and span.
    pub links: Vec<(String, String)>,
    /// All that was sent.
    pub raw: String,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self { endpoint, spans: Arc::default(), status: Arc::default() };
        let router = Router::new().route("/v1/traces", post(Self::take)).with_state(collector.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        collector
    }

    async fn take(State(collector): State<Self>, body: bytes::Bytes) -> StatusCode {
        let request = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans).map(CollectedSpan::from);
        collector.spans.lock().unwrap().extend(spans);
        *collector.status.lock().unwrap()
    }

    /// What it answers from now on.
    pub fn answer(&self, status: StatusCode) {
        *self.status.lock().unwrap() = status;
    }

    pub fn spans(&self) -> Vec<CollectedSpan> {
        self.spans.lock().unwrap().clone()
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.spans().into_iter().map(|span| span.name).collect();
        names.sort_unstable();
        names
    }

    pub fn span(&self, name: &str) -> CollectedSpan {
        let found = self.spans().into_iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {:#?}", self.spans()))
    }

    /// The names of the span and of those that it is in, outwards.
    pub fn path(&self, name: &str) -> Vec<String> {
        let spans = self.spans();
        let mut path = vec![self.span(name)];
        while let Some(parent) = path.last().and_then(|last| {
            spans.iter().find(|span| span.trace_id == last.trace_id && span.span_id == last.parent_span_id)
        }) {
            path.push(parent.clone());
        }
        path.into_iter().map(|span| span.name).collect()
    }
}

impl From<SentSpan> for CollectedSpan {
    fn from(span: SentSpan) -> Self {
        let raw = format!("{span:?}");
        let text = |value: Option<Value>| match value {
            Some(Value::StringValue(text)) => text,
            Some(Value::IntValue(number)) => number.to_string(),
            Some(Value::BoolValue(value)) => value.to_string(),
            other => format!("{other:?}"),
        };
        Self {
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_span_id: hex(&span.parent_span_id),
            nanos: span.end_time_unix_nano - span.start_time_unix_nano,
            has_failed: span.status.is_some_and(|status| status.code == status::StatusCode::Error as i32),
            attributes: span
                .attributes
                .into_iter()
                .map(|attribute| (attribute.key, text(attribute.value.and_then(|value| value.value))))
                .collect(),
            links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
            name: span.name,
            raw,
        }
    }
}

/// While a process has one subscriber alone, tracing asks the thread that meets an event first whether it is wanted, and remembers
/// the answer for all threads: a test without a subscriber would hide sqlx's event from one that records. So there is a second one.
pub fn let_every_thread_ask_all_subscribers() {
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
}

/// Records the spans of this thread until it is dropped.
#[derive(Debug)]
pub struct Recording {
    pub traces: Traces,
    metrics: Arc<Metrics>,
    _subscriber: DefaultGuard,
}

impl Recording {
    pub fn start(endpoint: &str, ratio: &str) -> Self {
        let lookup = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
            "OTEL_TRACES_SAMPLER" => Some("parentbased_traceidratio".to_owned()),
            "OTEL_TRACES_SAMPLER_ARG" => Some(ratio.to_owned()),
            "OTEL_EXPORTER_OTLP_TIMEOUT" => Some("200".to_owned()),
            _ => None,
        };
        let metrics = Arc::new(Metrics::of(Program::Origin));
        let (traces, layer) = Traces::from_lookup(&lookup, Program::Origin, &metrics).unwrap().unwrap();
        let_every_thread_ask_all_subscribers();
        let subscriber = tracing_subscriber::registry().with(layer).set_default();
        Self { traces, metrics, _subscriber: subscriber }
    }

    /// Returns when the collector has all that ended, or did not take it.
    pub async fn flush(&self) {
        self.traces.flush(LONG).await;
    }

    /// The span, which may end after the answer: with work that goes on.
    pub async fn wait_for(&self, collector: &Collector, name: &str) -> CollectedSpan {
        for _ in 0..1_000 {
            self.flush().await;
            if collector.names().iter().any(|known| known == name) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        collector.span(name)
    }

    pub fn dropped(&self, reason: &str) -> u64 {
        let text = self.metrics.text();
        let line = format!("{}{{reason=\"{reason}\"}} ", list::DROPPED_SPANS.measurement().name);
        let count = text.lines().find_map(|found| found.strip_prefix(&line));
        count.map_or(0, |count| count.parse().unwrap())
    }
}
