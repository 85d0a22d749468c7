//! `GET /rest/health`: needs no key.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::timeout;

use crate::app::App;
use crate::limits::READINESS_TIMEOUT;

/// The release whose shapes are answered. Clients show what it has: conditions by date, but none by browser, which are not ours.
const VERSION: &str = "5.0.0";

pub(super) async fn health(app: &App) -> Response {
    let reachable = matches!(timeout(READINESS_TIMEOUT, app.links.ping()).await, Ok(Ok(())));
    let (status, passes) =
        if reachable { (StatusCode::OK, "pass") } else { (StatusCode::SERVICE_UNAVAILABLE, "fail") };
    let body = json!({
        "status": passes,
        "version": VERSION,
        "links": {"about": "https://shlink.io", "project": "https://github.com/shlinkio/shlink"},
    });
    (status, [(CONTENT_TYPE, "application/health+json")], body.to_string()).into_response()
}
