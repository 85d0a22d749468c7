//! Middleware: measures each request for the metrics.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::http::request_metrics::RouteClass;

pub(crate) async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(metrics) = &app.request_metrics else { return next.run(request).await };
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let class = RouteClass::of(request.method(), route, request.uri().query());
    // Only measures, so the clock is not injected.
    let started = Instant::now();
    let response = next.run(request).await;
    let now = Instant::now();
    let failed = response.status().is_server_error();
    if let Some(lines) = metrics.add(class, now - started, failed, now, app.clock.now()) {
        // CloudWatch reads metrics from the log; a line that cannot be written is lost.
        print!("{lines}");
    }
    response
}
