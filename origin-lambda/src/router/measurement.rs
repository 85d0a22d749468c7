//! Middleware: measures each request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use telemetry::list::{REQUEST_DURATION, REQUEST_ERRORS};

use super::request_log::method_name;
use crate::app::App;
use crate::http::request_id::RequestId;
use crate::http::request_metrics::RouteClass;

pub(crate) async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let class = RouteClass::of(request.method(), route, request.uri().query());
    let method = method_name(request.method());
    let request_id = request.extensions().get::<RequestId>().cloned();
    // Only measures, so the clock is not injected.
    let started = Instant::now();
    let response = next.run(request).await;
    let now = Instant::now();
    let (took, status) = (now - started, response.status());
    let values = [method, route.unwrap_or("none"), status.as_str(), class.as_str()];
    let request_id = request_id.as_ref().map(|RequestId(id)| id.as_str());
    app.metrics.observe(&REQUEST_DURATION, &values, took.as_secs_f64(), request_id);
    let failed = status.is_server_error();
    // Zero as well: a rate needs the counter before the first failure.
    app.metrics.add(&REQUEST_ERRORS, &[class.as_str()], u64::from(failed));
    let embedded = app.embedded_metrics.as_ref();
    if let Some(lines) = embedded.and_then(|metrics| metrics.add(class, took, failed, now, app.clock.now())) {
        // CloudWatch reads metrics from the log; a line that cannot be written is lost.
        print!("{lines}");
    }
    response
}
