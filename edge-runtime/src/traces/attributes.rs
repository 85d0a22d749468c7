//! The attributes of spans, by OpenTelemetry's names. None of them holds an address, a query, a destination, a code, a key, a user
//! agent or a referrer: a path is the pattern of its route.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
//! <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>

use link_core::otlp::{Attribute, Value};

pub const CACHE: &str = "shortline.cache";
pub const CHANGES: &str = "shortline.changes";
pub const CLICKS: &str = "shortline.clicks";
pub const COLO: &str = "cloudflare.colo";
pub const DESTINATION: &str = "messaging.destination.name";
pub const ERROR_TYPE: &str = "error.type";
pub const HIT: &str = "shortline.hit";
pub const LEFT_OUT: &str = "shortline.left_out_spans";
pub const METHOD: &str = "http.request.method";
pub const OPERATION_NAME: &str = "messaging.operation.name";
pub const OPERATION_TYPE: &str = "messaging.operation.type";
pub const REQUEST_ID: &str = "shortline.request_id";
pub const RESEND_COUNT: &str = "http.request.resend_count";
pub const ROUTE: &str = "http.route";
pub const SCHEME: &str = "url.scheme";
pub const SERVER: &str = "server.address";
pub const STATUS: &str = "http.response.status_code";
pub const SYSTEM: &str = "messaging.system";
pub const TEMPLATE: &str = "url.template";
pub const URL_PATH: &str = "url.path";

/// Every attribute of a span; a test compares.
pub const ALL: [&str; 20] = [
    CACHE,
    CHANGES,
    CLICKS,
    COLO,
    DESTINATION,
    ERROR_TYPE,
    HIT,
    LEFT_OUT,
    METHOD,
    OPERATION_NAME,
    OPERATION_TYPE,
    REQUEST_ID,
    RESEND_COUNT,
    ROUTE,
    SCHEME,
    SERVER,
    STATUS,
    SYSTEM,
    TEMPLATE,
    URL_PATH,
];

pub fn text(key: &'static str, value: impl Into<String>) -> Attribute {
    Attribute { key, value: Value::StringValue(value.into()) }
}

pub fn number(key: &'static str, value: impl Into<i64>) -> Attribute {
    Attribute { key, value: Value::IntValue(value.into()) }
}

pub fn flag(key: &'static str, value: bool) -> Attribute {
    Attribute { key, value: Value::BoolValue(value) }
}

/// The methods that semantic conventions know.
pub fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("_OTHER")
}
