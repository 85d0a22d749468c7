//! What a collector gets, and what happens without one.

use tokio::net::TcpListener;
use tracing::{Instrument, info_span};

use super::test_util::{Collector, Recording};
use super::*;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const CALLERS_SPAN: &str = "00f067aa0ba902b7";

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

#[tokio::test]
async fn statement_is_a_child_of_its_request() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let request = info_span!(target: TARGET, "GET", otel.kind = "server");
    recording.traces.take_over(&request, Some(CALLER), true);
    async { log_statement("SELECT url FROM links WHERE code = 'CANARY'") }.instrument(request).await;
    recording.flush().await;

    let (request, statement) = (collector.span("GET"), collector.span("SELECT links"));
    assert_eq!(request.trace_id, statement.trace_id);
    assert_eq!(statement.parent_span_id, request.span_id);
    assert_eq!(statement.nanos, 250_000_000);
    assert_eq!(statement.attributes["db.query.summary"], "SELECT links");
    assert!(!statement.raw.contains("CANARY"));
}

/// Fails without the second subscriber where no other test records at the time.
#[tokio::test]
async fn statement_that_a_thread_without_a_recording_met_first_is_recorded() {
    fn statement() {
        tracing::debug!(target: "sqlx::query", summary = "SELECT 1", elapsed_secs = 0.001);
    }
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    std::thread::spawn(statement).join().unwrap();
    info_span!(target: TARGET, "request").in_scope(statement);
    recording.flush().await;
    assert_eq!(collector.path("SELECT"), ["SELECT", "request"]);
}

#[tokio::test]
async fn only_the_edge_is_a_parent_and_decides() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    for (name, is_from_edge) in [("edge", true), ("stranger", false)] {
        let span = info_span!(target: TARGET, "request", otel.name = name);
        recording.traces.take_over(&span, Some(CALLER), is_from_edge);
        let context = context_of(&span).unwrap();
        assert_eq!(context.trace_id, CALLER.parse::<TraceContext>().unwrap().trace_id);
        assert_eq!(context.sampled, is_from_edge);
    }
    recording.flush().await;
    assert_eq!(collector.names(), ["edge"]);
    assert_eq!(collector.span("edge").parent_span_id, CALLERS_SPAN);
}

#[tokio::test]
async fn trace_of_a_stranger_has_no_parent() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let span = info_span!(target: TARGET, "request");
    recording.traces.take_over(&span, Some(CALLER), false);
    drop(span);
    recording.flush().await;
    assert_eq!(collector.span("request").parent_span_id, "");
}

#[tokio::test]
async fn failed_trace_is_sent_whole_though_it_is_not_sampled() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0.001");
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
    recording.flush().await;
    assert_eq!(collector.names(), ["SELECT", "fails"]);
    assert!(collector.span("fails").has_failed);
}

#[tokio::test]
async fn work_after_a_failed_answer_is_sent_too() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let request = info_span!(target: TARGET, "request", otel.status_code = "ERROR");
    let later = info_span!(target: TARGET, parent: &request, "later");
    drop(request);
    recording.flush().await;
    assert_eq!(collector.names(), Vec::<String>::new(), "a span is open as long as its children");
    drop(later);
    recording.flush().await;
    assert_eq!(collector.names(), ["later", "request"]);
}

#[tokio::test]
async fn span_links_to_those_of_another_part() {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let span = info_span!(target: TARGET, "process clicks");
    link(&span, CALLER.parse().unwrap());
    drop(span);
    recording.flush().await;
    let [link] = &collector.span("process clicks").links[..] else { panic!("not one link") };
    assert_eq!(link.1, CALLERS_SPAN);
}

#[tokio::test]
async fn spans_that_a_collector_refuses_are_counted() {
    let collector = Collector::start().await;
    collector.answer(axum::http::StatusCode::SERVICE_UNAVAILABLE);
    let recording = Recording::start(&collector.endpoint, "1");
    drop(info_span!(target: TARGET, "refused"));
    recording.flush().await;
    assert_eq!(recording.dropped("not_sent"), 1);
    collector.answer(axum::http::StatusCode::OK);
    drop(info_span!(target: TARGET, "taken"));
    recording.flush().await;
    assert_eq!(recording.dropped("not_sent"), 1);
    assert!(collector.names().contains(&"taken".to_owned()));
}

#[tokio::test]
async fn silent_collector_costs_spans_and_ends_the_wait() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recording = Recording::start(&format!("http://{}", silent.local_addr().unwrap()), "1");
    drop(info_span!(target: TARGET, "timed out"));
    recording.flush().await;
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
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;

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
