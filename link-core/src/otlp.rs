//! Spans in OTLP's JSON encoding, for the Worker. Origin and consumer export with OpenTelemetry's own library, which would not fit
//! into the Worker's bundle.
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

use crate::time::UnixMillis;
use crate::trace_context::{SpanId, TraceContext, TraceId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    pub key: &'static str,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    StringValue(String),
    BoolValue(bool),
    /// 64-bit numbers are text in JSON.
    #[serde(serialize_with = "as_text")]
    IntValue(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Status {
    code: u8,
}

impl Status {
    pub const UNSET: Self = Self { code: 0 };
    pub const ERROR: Self = Self { code: 2 };
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    #[serde(serialize_with = "as_text")]
    pub trace_id: TraceId,
    #[serde(serialize_with = "as_text")]
    pub span_id: SpanId,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub parent_span_id: Option<SpanId>,
    pub name: String,
    pub kind: Kind,
    #[serde(serialize_with = "as_nanos")]
    pub start_time_unix_nano: UnixMillis,
    #[serde(serialize_with = "as_nanos")]
    pub end_time_unix_nano: UnixMillis,
    pub attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    pub status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    #[serde(serialize_with = "as_text")]
    pub trace_id: TraceId,
    #[serde(serialize_with = "as_text")]
    pub span_id: SpanId,
}

impl From<TraceContext> for Link {
    fn from(context: TraceContext) -> Self {
        Self { trace_id: context.trace_id, span_id: context.span_id }
    }
}

/// The body of `POST …/v1/traces` with the content type `application/json`.
///
/// `inline` here and below: compiled with the Worker, for size.
#[inline]
pub fn export_request(resource: &[Attribute], scope: &str, spans: &[Span]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Request<'a> {
        resource_spans: [ResourceSpans<'a>; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct ResourceSpans<'a> {
        resource: Resource<'a>,
        scope_spans: [ScopeSpans<'a>; 1],
    }
    #[derive(Serialize)]
    struct Resource<'a> {
        attributes: &'a [Attribute],
    }
    #[derive(Serialize)]
    struct ScopeSpans<'a> {
        scope: Scope<'a>,
        spans: &'a [Span],
    }
    #[derive(Serialize)]
    struct Scope<'a> {
        name: &'a str,
    }
    let scope_spans = [ScopeSpans { scope: Scope { name: scope }, spans }];
    let resource_spans = [ResourceSpans { resource: Resource { attributes: resource }, scope_spans }];
    // Writing plain strings and numbers into memory cannot fail.
    serde_json::to_string(&Request { resource_spans }).unwrap_or_default()
}

/// Headers and attributes in OpenTelemetry's variables: `a=b,c=d`, with percent-encoded values (W3C Baggage).
#[inline]
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?.into_owned();
            Some((name.trim().to_owned(), value)).filter(|(name, _)| !name.is_empty())
        })
        .collect()
}

#[inline]
fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

fn as_optional_text<T: ToString, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_text(value, serializer),
        None => serializer.serialize_none(),
    }
}

fn as_nanos<S: Serializer>(time: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    as_text(&(i128::from(time.0) * 1_000_000), serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let two = vec![pair("authorization", "Basic abc"), pair("x-tenant", "a=b")];
        assert_eq!(pairs("authorization=Basic%20abc, x-tenant = a=b,"), Some(two));
        assert_eq!(pairs(""), Some(Vec::new()));
        for malformed in ["a", "=b", "a=%ff"] {
            assert_eq!(pairs(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn request_has_the_names_of_the_protocol() {
        let context: TraceContext =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let text = |key, value: &str| Attribute { key, value: Value::StringValue(value.into()) };
        let span = Span {
            trace_id: context.trace_id,
            span_id: SpanId::from_random([1; 8]),
            parent_span_id: Some(context.span_id),
            name: "GET /{code}".into(),
            kind: Kind::Server,
            start_time_unix_nano: UnixMillis(1_795_478_400_000),
            end_time_unix_nano: UnixMillis(1_795_478_400_012),
            attributes: vec![
                text("http.request.method", "GET"),
                Attribute { key: "http.response.status_code", value: Value::IntValue(503) },
                Attribute { key: "shortline.example", value: Value::BoolValue(true) },
            ],
            links: vec![context.into()],
            status: Status::ERROR,
        };
        let body = export_request(&[text("service.name", "shortline-edge")], "edge-worker", &[span]);
        insta::assert_snapshot!(body);
    }
}
