//! Middleware: writes one log line per request, with its id. Logs no address, key, query, path or destination: only the route's
//! pattern.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use link_core::edge_origin::REQUEST_ID;
use tracing::field::Empty;
use tracing::{Instrument, Span, error, info, info_span, warn};

use super::server_span::ServerSpan;
use crate::app::App;
use crate::http::problem::ProblemTrace;
use crate::http::request_id::{RequestId, request_id};

pub(crate) async fn log(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    // Only measures; this clock is not injected.
    let started = Instant::now();
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let method = method_name(request.method());
    let server = ServerSpan::start(&app, &request, method, route, &id);
    let (route, trace_id) = (route.unwrap_or("none"), server.trace_id.as_deref());
    let span =
        info_span!("request", request_id = %id, trace_id, method, route, status = Empty, duration_ms = Empty);
    request.extensions_mut().insert(RequestId(id.clone()));
    let answer = next.run(request).instrument(server.span.clone());
    let mut response = answer.instrument(span.clone()).await;
    server.record(response.status());
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

/// A client may invent methods; logs and metrics do not repeat them.
pub(super) fn method_name(method: &Method) -> &'static str {
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
