//! `GET /healthz`: the process answers. Asks nothing else, so that an outage elsewhere restarts nobody.

use axum::Json;
use serde_json::{Value, json};

pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}
