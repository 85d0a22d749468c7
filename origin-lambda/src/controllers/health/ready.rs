//! `GET /readyz`: whether links can be created and resolved. Ignores the analytics database, which redirects do not need.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::app::App;
use crate::limits;

pub(crate) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let reachable = matches!(timeout(limits::READINESS_TIMEOUT, app.links.ping()).await, Ok(Ok(())));
    let (status, overall, links) = if reachable {
        (StatusCode::OK, "ready", "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "unavailable")
    };
    (status, Json(json!({"status": overall, "checks": {"links_database": links}})))
}
