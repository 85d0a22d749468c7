//! `POST /api/v1/blocked-hosts`: no link may lead there from now on, and those that do are blocked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::BlockedHostJson;
use crate::app::App;
use crate::fields::Fields;
use crate::json_body::JsonBody;
use crate::limits::MAX_REASON_CHARACTERS;
use crate::problem::{Problem, ProblemCode};
use crate::store::blocked_hosts::BlockedHost;
use crate::{host_input, link_input, sweep};

#[derive(Debug, Serialize)]
struct NewlyBlockedJson {
    #[serde(flatten)]
    blocked: BlockedHostJson,
    /// Whether every link that leads there has been blocked by now; otherwise that goes on.
    applied: bool,
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut fields = Fields::of_body(body);
    let host = fields.required("host", ProblemCode::InvalidHost, |value| host_input::host(&value));
    let subdomains = fields.optional("subdomains", ProblemCode::InvalidSubdomains, flag).unwrap_or(true);
    let reason = fields.optional("reason", ProblemCode::InvalidReason, reason).flatten();
    let created_at = app.clock.now();
    let new = fields.finish(host.map(|host| BlockedHost { host, subdomains, reason, created_at }))?;
    if !app.links.block_host(&new).await? {
        let detail = "this host is blocked already; delete the entry to make another one";
        return Err(Problem::new(ProblemCode::HostTaken, detail));
    }
    let blocked = NewlyBlockedJson { blocked: new.into(), applied: sweep::sweep(&app).await };
    Ok((StatusCode::CREATED, Json(blocked)).into_response())
}

fn flag(value: Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("must be true or false")
}

fn reason(value: Value) -> Result<Option<String>, String> {
    link_input::line(value, MAX_REASON_CHARACTERS)
}
