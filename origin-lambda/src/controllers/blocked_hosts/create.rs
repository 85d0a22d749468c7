//! `POST /api/v1/blocked-hosts`: blocks a host as a destination, and the links that point there.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::Value;

use super::BlockedHostJson;
use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::Fields;
use crate::http::host_input;
use crate::http::json_body::JsonBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_REASON_CHARACTERS;
use crate::links::{host_sweep, input};
use crate::store::audit::Author;
use crate::store::blocked_hosts::BlockedHost;

#[derive(Debug, Serialize)]
struct NewlyBlockedJson {
    #[serde(flatten)]
    blocked: BlockedHostJson,
    /// Whether every link to this host is already blocked; if not, that continues.
    applied: bool,
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut fields = Fields::from_body(body);
    let host = fields.required("host", ProblemCode::InvalidHost, |value| host_input::host(&value));
    let subdomains = fields.optional("subdomains", ProblemCode::InvalidSubdomains, flag).unwrap_or(true);
    let reason = fields.optional("reason", ProblemCode::InvalidReason, reason).flatten();
    let created_at = app.clock.now();
    let new = fields.finish(host.map(|host| BlockedHost { host, subdomains, reason, created_at }))?;
    if !app.links.block_host(&new, &Author::of(principal)).await? {
        let detail = "this host is already blocked; to change its entry, delete it first";
        return Err(Problem::new(ProblemCode::HostTaken, detail));
    }
    let blocked = NewlyBlockedJson {
        blocked: new.into(),
        applied: host_sweep::run(&app.links, &app.site.own_hosts, &app.clock).await,
    };
    Ok((StatusCode::CREATED, Json(blocked)).into_response())
}

fn flag(value: Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("must be true or false")
}

fn reason(value: Value) -> Result<Option<String>, String> {
    input::single_line(value, MAX_REASON_CHARACTERS)
}
