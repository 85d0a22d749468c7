//! Writes one log line per request, and assigns the id that ties it to the edge's and the client's log. Logs no address, key,
//! query, path or destination: only the route's pattern.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use link_core::edge_origin::REQUEST_ID;
use tracing::field::Empty;
use tracing::{Instrument, Span, error, info, info_span, warn};
use uuid::Uuid;

use crate::problem::ProblemTrace;

/// The request id; travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) async fn log(mut request: Request, next: Next) -> Response {
    // Only measures; this clock is not injected.
    let started = Instant::now();
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let span = info_span!("request", request_id = %id, method, route, status = Empty, duration_ms = Empty);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    span.record("duration_ms", (started.elapsed().as_secs_f64() * 1e6).round() / 1e3);
    report(&span, &response);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn report(span: &Span, response: &Response) {
    let _entered = span.enter();
    let trace = response.extensions().get::<ProblemTrace>();
    let problem = trace.map(|trace| trace.code.as_str());
    let cause = trace.and_then(|trace| trace.cause.as_deref());
    match response.status().as_u16() {
        503 => warn!(problem, cause, "answered"),
        500.. => error!(problem, cause, "answered"),
        _ => info!(problem, "answered"),
    }
}

/// The client's id if it is well-formed; anything else could forge log lines.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_well_formed(id) => id.to_owned(),
        _ => Uuid::new_v4().to_string(),
    }
}

fn is_well_formed(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A client may invent methods; the log does not repeat them.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(id: &str) -> String {
        request_id(&[(REQUEST_ID.parse().unwrap(), id.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn well_formed_id_is_kept() {
        for id in ["a", "8f0c3a2e-FF", &"x".repeat(64)] {
            assert_eq!(given(id), id);
        }
    }

    #[test]
    fn malformed_id_is_replaced() {
        for id in ["", " ", "a b", "a_b", "{}", "a\"", &"x".repeat(65)] {
            assert!(is_well_formed(&given(id)) && given(id) != id, "{id:?}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
