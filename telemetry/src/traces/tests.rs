//! What a collector gets, and what happens without one.

use std::sync::Mutex;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, status::StatusCode as SpanStatus};
use prost::Message;
use tokio::net::TcpListener;
use tracing::subscriber::DefaultGuard;
use tracing::{Instrument, info_span};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::*;
use crate::list;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<SentSpan>>>,
    status: Arc<Mutex<StatusCode>>,
}

impl Collector {
    async fn start(&self) -> String {
        let take = async |State(collector): State<Self>, body: bytes::Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let spans = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            collector.spans.lock().unwrap().extend(spans.flat_map(|scope| scope.spans));
            *collector.status.lock().unwrap()
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    fn span(&self, name: &str) -> SentSpan {
        let spans = self.spans.lock().unwrap();
        spans
            .iter()
            .find(|span| span.name == name)
            .unwrap_or_else(|| panic!("no {name} in {spans:?}"))
            .clone()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.spans.lock().unwrap().iter().map(|span| span.name.clone()).collect();
        names.sort_unstable();
        names
    }
}

struct Recording {
    traces: Traces,
    metrics: Arc<Metrics>,
    _subscriber: DefaultGuard,
}

impl Recording {
    fn start(endpoint: &str, ratio: &str) -> Self {
        let lookup = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
            "OTEL_TRACES_SAMPLER" => Some("parentbased_traceidratio".to_owned()),
            "OTEL_TRACES_SAMPLER_ARG" => Some(ratio.to_owned()),
            "OTEL_EXPORTER_OTLP_TIMEOUT" => Some("200".to_owned()),
            _ => None,
        };
        let metrics = Arc::new(Metrics::of(Program::Origin));
        let (traces, layer) = Traces::from_lookup(&lookup, Program::Origin, &metrics).unwrap().unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).set_default();
        Self { traces, metrics, _subscriber: subscriber }
    }

    fn dropped(&self, reason: &str) -> u64 {
        let text = self.metrics.text();
        let line = format!("{}{{reason=\"{reason}\"}} ", list::DROPPED_SPANS.measurement().name);
        let count = text.lines().find_map(|found| found.strip_prefix(&line));
        count.map_or(0, |count| count.parse().unwrap())
    }
}

/// As sqlx logs a statement.
fn log_statement(sql: &str) {
    tracing::debug!(
        target: "sqlx::query",
        summary = sql,
        db.statement = "",
        rows_affected = 0_u64,
        rows_returned = 3_u64,
        elapsed_secs = 0.25_f64,
    );
}

fn attribute(span: &SentSpan, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    format!("{:?}", found.unwrap_or_else(|| panic!("no {key} in {span:?}")).value)
}

#[tokio::test]
async fn statement_is_a_child_of_its_request() {
    let collector = Collector::default();
    let recording = Recording::start(&collector.start().await, "1");
    let request = info_span!(target: TARGET, "GET", otel.kind = "server");
    recording.traces.take_over(&request, Some(CALLER), true);
    async { log_statement("SELECT url FROM links WHERE code = 'CANARY'") }.instrument(request).await;
    recording.traces.flush(LONG).await;

    let (request, statement) = (collector.span("GET"), collector.span("SELECT links"));
    assert_eq!(request.trace_id, statement.trace_id);
    assert_eq!(statement.parent_span_id, request.span_id);
    assert_eq!(statement.end_time_unix_nano - statement.start_time_unix_nano, 250_000_000);
    assert!(attribute(&statement, "db.query.summary").contains("SELECT links"));
    assert!(!format!("{statement:?}").contains("CANARY"));
}

#[tokio::test]
async fn only_the_edge_is_a_parent_and_decides() {
    let collector = Collector::default();
    let recording = Recording::start(&collector.start().await, "0");
    for (name, is_from_edge) in [("edge", true), ("stranger", false)] {
        let span = info_span!(target: TARGET, "request", otel.name = name);
        recording.traces.take_over(&span, Some(CALLER), is_from_edge);
        let context = context_of(&span).unwrap();
        assert_eq!(context.trace_id, CALLER.parse::<TraceContext>().unwrap().trace_id);
        assert_eq!(context.sampled, is_from_edge);
    }
    recording.traces.flush(LONG).await;
    assert_eq!(collector.names(), ["edge"]);
    assert_eq!(collector.span("edge").parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
}

#[tokio::test]
async fn trace_of_a_stranger_has_no_parent() {
    let collector = Collector::default();
    let recording = Recording::start(&collector.start().await, "1");
    let span = info_span!(target: TARGET, "request");
    recording.traces.take_over(&span, Some(CALLER), false);
    drop(span);
    recording.traces.flush(LONG).await;
    assert_eq!(collector.span("request").parent_span_id, Vec::<u8>::new());
}

#[tokio::test]
async fn failed_trace_is_sent_whole_though_it_is_not_sampled() {
    let collector = Collector::default();
    let recording = Recording::start(&collector.start().await, "0.001");
    for (name, code) in [("fails", "ERROR"), ("works", "OK")] {
        // Above the ratio.
        let id = if code == "OK" { "f" } else { "e" }.repeat(32);
        let request =
            info_span!(target: TARGET, "request", otel.name = name, otel.status_code = tracing::field::Empty);
        recording.traces.take_over(&request, Some(&format!("00-{id}-00f067aa0ba902b7-01")), false);
        async {
            log_statement("SELECT 1");
            Span::current().record("otel.status_code", code);
        }
        .instrument(request)
        .await;
    }
    recording.traces.flush(LONG).await;
    assert_eq!(collector.names(), ["SELECT", "fails"]);
    assert_eq!(collector.span("fails").status.unwrap().code, SpanStatus::Error as i32);
}

#[tokio::test]
async fn span_links_to_those_of_another_part() {
    let collector = Collector::default();
    let recording = Recording::start(&collector.start().await, "0");
    let span = info_span!(target: TARGET, "process clicks");
    link(&span, CALLER.parse().unwrap());
    drop(span);
    recording.traces.flush(LONG).await;
    let [link] = &collector.span("process clicks").links[..] else { panic!("not one link") };
    assert_eq!(link.span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
}

#[tokio::test]
async fn spans_that_a_collector_refuses_are_counted() {
    let collector = Collector::default();
    *collector.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    let recording = Recording::start(&collector.start().await, "1");
    drop(info_span!(target: TARGET, "refused"));
    recording.traces.flush(LONG).await;
    assert_eq!(recording.dropped("not_sent"), 1);
    *collector.status.lock().unwrap() = StatusCode::OK;
    drop(info_span!(target: TARGET, "taken"));
    recording.traces.flush(LONG).await;
    assert_eq!(recording.dropped("not_sent"), 1);
    assert!(collector.names().contains(&"taken".to_owned()));
}

#[tokio::test]
async fn silent_collector_costs_spans_and_ends_the_wait() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recording = Recording::start(&format!("http://{}", silent.local_addr().unwrap()), "1");
    drop(info_span!(target: TARGET, "timed out"));
    recording.traces.flush(LONG).await;
    assert_eq!(recording.dropped("not_sent"), 1);
    drop(info_span!(target: TARGET, "given up"));
    recording.traces.flush(Duration::ZERO).await;
    assert_eq!(recording.dropped("not_sent"), 2);
}

#[tokio::test]
async fn full_queue_drops_and_counts() {
    let recording = Recording::start("http://127.0.0.1:9", "1");
    for _ in 0..4_100 {
        drop(info_span!(target: TARGET, "many"));
    }
    assert_eq!(recording.dropped("queue_full"), 4);
}

#[test]
fn without_a_collector_a_span_has_no_context() {
    let traces = Traces::default();
    let span = info_span!(target: TARGET, "request");
    traces.take_over(&span, Some(CALLER), true);
    assert_eq!((traces.are_on(), context_of(&span)), (false, None));
}

/// The edge writes its spans without OpenTelemetry's library.
#[test]
fn json_of_the_edge_is_read_by_opentelemetry() {
    use link_core::otlp::{Attribute, Kind, Span, Status, Value, export_request};
    use link_core::time::UnixMillis;

    let context: TraceContext = CALLER.parse().unwrap();
    let attribute = |key, value| Attribute { key, value };
    let span = Span {
        trace_id: context.trace_id,
        span_id: SpanId::from_random([7; 8]),
        parent_span_id: Some(context.span_id),
        name: "GET /{code}".into(),
        kind: Kind::Server,
        start_time_unix_nano: UnixMillis(1_795_478_400_000),
        end_time_unix_nano: UnixMillis(1_795_478_400_012),
        attributes: vec![
            attribute("http.response.status_code", Value::IntValue(503)),
            attribute("shortline.cache", Value::StringValue("memory".into())),
        ],
        links: vec![context.into()],
        status: Status::ERROR,
    };
    let resource = [attribute("service.name", Value::StringValue("shortline-edge".into()))];
    let body = export_request(&resource, "edge-worker", &[span]);
    let request: ExportTraceServiceRequest = serde_json::from_str(&body).unwrap();
    let span = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!(span.trace_id, context.trace_id.to_bytes());
    assert_eq!(span.parent_span_id, context.span_id.to_bytes());
    assert_eq!(span.span_id, [7; 8]);
    assert_eq!((span.kind, span.attributes.len(), span.links.len()), (2, 2, 1));
    assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 12_000_000);
    assert_eq!(span.status.as_ref().unwrap().code, SpanStatus::Error as i32);
}
