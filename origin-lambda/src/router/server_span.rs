//! The span of a request in its trace. Has the route's pattern and never a path, a query or anything else that tells of a visitor, a
//! key or a destination.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use link_core::names::domain::Domain;
use link_core::trace_context::TRACEPARENT;
use telemetry::traces::{TARGET, context_of};
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::app::App;

/// Every path that is not the API's is a link's.
const LINK_ROUTE: &str = "/{code}";

#[derive(Debug)]
pub(super) struct ServerSpan {
    pub(super) span: Span,
    /// If the trace is sampled.
    pub(super) trace_id: Option<String>,
}

impl ServerSpan {
    pub(super) fn start(
        app: &App,
        request: &Request,
        method: &'static str,
        route: Option<&str>,
        request_id: &str,
    ) -> Self {
        if !app.traces.are_on() {
            return Self { span: Span::none(), trace_id: None };
        }
        let method = if method == "other" { "_OTHER" } else { method };
        let route = route.unwrap_or(LINK_ROUTE);
        let span = info_span!(
            target: TARGET,
            "request",
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method,
            http.route = route,
            http.response.status_code = Empty,
            error.type = Empty,
            server.address = server_address(request),
            shortline.request_id = request_id,
        );
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(traceparent) = header(TRACEPARENT) {
            app.traces.take_over(&span, Some(traceparent), app.access.is_edge(request.headers()));
        }
        let trace_id = context_of(&span).filter(|context| context.sampled);
        Self { span, trace_id: trace_id.map(|context| context.trace_id.to_string()) }
    }

    /// A server's failure keeps the trace; what the caller did wrong does not.
    pub(super) fn record(&self, status: StatusCode) {
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("error.type", status.as_str());
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// The host of a link or of the API. Anything else that a caller puts there is left out.
fn server_address(request: &Request) -> Option<String> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host.parse::<Domain>().ok().map(|domain| domain.as_str().to_owned())
}
