//! Tests of which spans are sent, and of what is in them.

use std::collections::HashSet;

use futures_executor::block_on;
use link_core::clicks::buffer::ClickBuffer;
use link_core::otlp::{Attribute, Kind, Value};
use link_core::record::Resolution;
use link_core::test_util::click;

use super::*;
use crate::lookup::fixtures::key;
use crate::lookup::{LinkKey, OriginError, Replica, ReplicaReadError, ReplicaWriteError};

const STRANGER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn traces(ratio: &str) -> Traces {
    let config = TracesConfig {
        endpoint: "http://collector.example/v1/traces".into(),
        headers: Vec::new(),
        ratio: ratio.parse().unwrap(),
        service_name: "shortline-edge".into(),
    };
    let draw = || {
        // No two chunks of eight bytes are alike.
        std::array::from_fn(|index| {
            u8::try_from(if index % 8 == 0 { index / 8 } else { 7 * index % 256 }).unwrap()
        })
    };
    Traces::new(config, draw, || UnixMillis(1_000))
}

fn waiting(traces: &Traces) -> Vec<Span> {
    let spans = traces.buffer.borrow_mut().begin(UnixMillis(1_000)).unwrap_or_default();
    for key in spans.iter().flat_map(|span| &span.attributes).map(|attribute| attribute.key) {
        assert!(attributes::ALL.contains(&key), "{key} is not on the list of attributes");
    }
    spans
}

fn text_of<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    span.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| match &attribute.value {
        Value::StringValue(text) => text.as_str(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn stranger_gives_the_trace_id_and_nothing_else() {
    for (ratio, sampled) in [("0.0", false), ("1.0", true)] {
        let start = traces(ratio).of_stranger(Some(STRANGER));
        assert_eq!((start.trace_id.to_string().as_str(), start.parent), (&STRANGER[3..35], None));
        assert_eq!(start.sampled, sampled, "the flag of a stranger is no decision");
    }
    for malformed in [None, Some(""), Some("00-canary")] {
        assert!(traces("1.0").of_stranger(malformed).sampled, "an id of our own");
    }
}

#[test]
fn visitors_worker_has_decided_for_the_api_worker() {
    for flag in ["01", "00"] {
        let traceparent = STRANGER.replace("-01", &format!("-{flag}"));
        let start = traces("0.5").of_edge(Some(&traceparent));
        assert_eq!(start.parent.map(|id| id.to_string()).as_deref(), Some(&STRANGER[36..52]));
        assert_eq!(start.sampled, flag == "01");
    }
    assert_eq!(traces("1.0").of_edge(None).parent, None);
}

#[test]
fn trace_is_sent_if_it_is_sampled_or_failed() {
    for (ratio, status, fails, is_sent) in [
        ("0.0", 302, false, false),
        ("0.0", 404, false, false),
        ("1.0", 302, false, true),
        ("0.0", 503, false, true),
        ("0.0", 302, true, true),
    ] {
        let traces = traces(ratio);
        let trace = traces.begin(traces.of_stranger(Some(STRANGER)), "GET");
        if fails {
            trace.fail();
        }
        assert_eq!(trace.context_if_kept().is_some(), is_sent && status < 500);
        traces.finish(&trace, status);
        let spans = waiting(&traces);
        assert_eq!(spans.len(), usize::from(is_sent), "{ratio} {status} {fails}");
        for span in spans {
            assert_eq!((span.kind, span.parent_span_id), (Kind::Server, None));
            assert_eq!(text_of(&span, "error.type"), (status >= 500).then_some("503"));
        }
    }
}

#[test]
fn failed_attempt_keeps_the_trace_and_says_why() {
    let limit = OriginError::LimitReached;
    let breaker = OriginError::Unavailable(String::new());
    for (end, failure) in [
        (AttemptEnd::Answered(200), None),
        (AttemptEnd::Answered(404), None),
        (AttemptEnd::Answered(500), Some("500")),
        (AttemptEnd::InFront(429), Some("throttled")),
        (AttemptEnd::InFront(403), Some("refused_before_origin")),
        (AttemptEnd::InFront(200), Some("answered_before_origin")),
        (AttemptEnd::Timeout, Some("timeout")),
        (AttemptEnd::Unconnected, Some("connection")),
        (AttemptEnd::NotSent(&limit), Some("limit_reached")),
        (AttemptEnd::NotSent(&breaker), Some("breaker_open")),
    ] {
        let traces = traces("0.0");
        let trace = traces.begin(traces.of_stranger(None), "GET");
        let path = "/internal/v1/links/go.example.com/canary";
        let attempt = Attempt::begin(&trace, "GET", path, "https://a.example:8443/canary", 1);
        assert!(attempt.traceparent().ends_with("-00"), "not sampled");
        attempt.end(end);
        traces.finish(&trace, 302);
        let spans = waiting(&traces);
        let Some(failure) = failure else {
            assert!(spans.is_empty());
            continue;
        };
        let [attempt, root] = spans.as_slice() else { panic!("{spans:?}") };
        assert_eq!((attempt.parent_span_id, attempt.kind), (Some(root.span_id), Kind::Client));
        assert_eq!(text_of(attempt, "error.type"), Some(failure));
        assert_eq!(text_of(attempt, "server.address"), Some("a.example"));
        assert_eq!(attempt.name, "GET /internal/v1/links/{domain}/{code}");
    }
}

struct Broken;

impl Replica for Broken {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        Err(ReplicaReadError)
    }

    async fn put(&self, _: &LinkKey, _: &Resolution) -> Result<(), ReplicaWriteError> {
        Ok(())
    }
}

#[test]
fn spans_of_a_request_are_bounded_and_late_ones_are_ignored() {
    let traces = traces("0.0");
    let trace = traces.begin(traces.of_stranger(None), "GET");
    let replica = Traced { system: Broken, trace: Some(Rc::clone(&trace)) };
    (0..70).for_each(|_| drop(block_on(replica.get(&key(1)))));
    traces.finish(&trace, 302);
    let late = block_on(replica.put(&key(1), &Resolution::NotFound));
    assert!(late.is_ok());
    traces.finish(&trace, 302);
    let spans = waiting(&traces);
    let root = spans.last().unwrap();
    let left_out = Attribute { key: attributes::LEFT_OUT, value: Value::IntValue(6) };
    assert_eq!((spans.len(), root.attributes.contains(&left_out)), (65, true));
    let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), spans.len());
}

#[test]
fn sending_is_linked_with_the_clicks_that_are_traced() {
    let traces = traces("0.0");
    let mut buffer = ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap());
    let contexts = [STRANGER, &STRANGER.replace("00f067aa0ba902b7", "00f067aa0ba902b8")];
    for context in [None, Some(contexts[0]), Some(contexts[1])] {
        let trace = context.map(|context| context.parse().unwrap());
        buffer.record(&link_core::clicks::batch::Click { trace, ..click(UnixMillis(0)) }, UnixMillis(0));
    }
    let sending = Sending::begin(&traces, &buffer.flush().unwrap(), "clicks");
    let context = sending.context().unwrap();
    sending.end(None);
    let spans = waiting(&traces);
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((span.kind, span.span_id, context.sampled), (Kind::Producer, context.span_id, true));
    assert_eq!(span.parent_span_id.map(|id| id.to_string()).as_deref(), Some("00f067aa0ba902b7"));
    assert_eq!((span.trace_id.to_string().as_str(), span.links.len()), (&STRANGER[3..35], 2));
}

#[test]
fn sending_without_traced_clicks_is_sent_if_it_failed() {
    for (failure, is_sent) in [(None, false), (Some("503"), true)] {
        let traces = traces("1.0");
        let mut buffer = ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap());
        buffer.record(&click(UnixMillis(0)), UnixMillis(0));
        let sending = Sending::begin(&traces, &buffer.flush().unwrap(), "clicks");
        assert_eq!(sending.context(), None);
        sending.end(failure);
        assert_eq!(!waiting(&traces).is_empty(), is_sent);
    }
}

#[test]
fn batch_is_one_call_and_its_failure_is_counted() {
    let traces = traces("1.0");
    let trace = traces.begin(traces.of_stranger(None), "canary");
    traces.finish(&trace, 302);
    assert_eq!(traces.next_export(), Export::Later);
    let batch = traces.batch().unwrap();
    assert!(batch.body.contains("shortline-edge") && batch.body.contains("_OTHER"), "{}", batch.body);
    assert!(!batch.body.contains("canary"), "a method that nobody knows is no attribute");
    assert_eq!(traces.sent(&batch, false), Some(1));
}
