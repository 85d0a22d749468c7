//! `GET /healthz`: the process answers. Checks nothing else, so that an outage elsewhere restarts no process.

use axum::Json;
use serde_json::{Value, json};

pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
