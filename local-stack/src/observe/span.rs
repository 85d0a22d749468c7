//! One span as it was received.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span as SentSpan, status::StatusCode};

use crate::format;

/// Ids are in hexadecimal digits; an absent parent is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: String,
    /// The program.
    pub service: String,
    pub name: String,
    /// Since 1970.
    pub start_nanos: u64,
    pub duration: Duration,
    pub has_failed: bool,
    pub attributes: BTreeMap<String, String>,
    pub links: Vec<SpanLink>,
}

/// Trace and span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanLink {
    pub trace_id: String,
    pub span_id: String,
}

/// All spans of a call of an exporter.
pub(super) fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource in request.resource_spans {
        let attributes =
            attributes(resource.resource.map(|resource| resource.attributes).unwrap_or_default());
        let service = attributes.get("service.name").cloned().unwrap_or_default();
        let sent = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(sent.map(|span| Span::received(span, &service)));
    }
    spans
}

impl Span {
    fn received(span: SentSpan, service: &str) -> Self {
        let link = |trace_id: &[u8], span_id: &[u8]| SpanLink {
            trace_id: format::hex(trace_id),
            span_id: format::hex(span_id),
        };
        Self {
            trace_id: format::hex(&span.trace_id),
            span_id: format::hex(&span.span_id),
            parent_span_id: format::hex(&span.parent_span_id),
            service: service.to_owned(),
            name: span.name,
            start_nanos: span.start_time_unix_nano,
            duration: Duration::from_nanos(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano)),
            has_failed: span.status.is_some_and(|status| status.code == StatusCode::Error as i32),
            attributes: attributes(span.attributes),
            links: span.links.iter().map(|other| link(&other.trace_id, &other.span_id)).collect(),
        }
    }

    /// What the span's name does not say: the status of an answer, or what failed.
    pub(super) fn outcome(&self) -> &str {
        let attribute = |name: &str| self.attributes.get(name).map(String::as_str);
        attribute("http.response.status_code").or(attribute("error.type")).unwrap_or_default()
    }
}

fn attributes(sent: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    sent.into_iter().map(|pair| (pair.key, text(pair.value.and_then(|value| value.value)))).collect()
}
