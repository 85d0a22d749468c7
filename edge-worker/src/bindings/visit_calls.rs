//! Calls to the origin for a visitor beyond lookups: a password, the gate; and the readiness check.

use edge_runtime::bindings::fetch::{Body, OutgoingCall};
use edge_runtime::bindings::origin::{SignedOrigin, get, parse_json};
use edge_runtime::lookup::{LinkKey, OriginError};
use edge_runtime::origins::CallKind;
use edge_runtime::origins::answers::{PasswordCheck, password_check};
use edge_runtime::timing::timeouts::{GATE, READINESS, UNLOCK};
use link_core::edge_origin::{gate_path, unlock_path};
use link_core::record::LinkId;
use link_core::redirect::gate::{GateAnswer, GateRequest};
use serde::Serialize;
use worker::Method;

/// Checks a password against the link's current one.
pub async fn unlock(
    origin: &SignedOrigin<'_>,
    key: &LinkKey,
    password: &str,
) -> Result<PasswordCheck, OriginError> {
    #[derive(Serialize)]
    struct PasswordAttempt<'a> {
        password: &'a str,
    }
    let body = serde_json::to_vec(&PasswordAttempt { password });
    let body = body.map_err(|error| OriginError::Unavailable(error.to_string()))?;
    let path = unlock_path(&key.domain, &key.code);
    let headers = vec![("content-type", "application/json")];
    let request = OutgoingCall { method: Method::Post, headers, body: Body::Bytes(&body), ..get(&path, "") };
    let reply = origin.send(CallKind::Other, request, UNLOCK).await?;
    let retry_after = reply.headers.get("retry-after").ok().flatten();
    password_check(reply.status, retry_after.as_deref())
}

/// Asks the gate whether the visit is redirected. Without an answer, a click may have been counted.
pub async fn ask_gate(
    origin: &SignedOrigin<'_>,
    link: LinkId,
    visit: &GateRequest,
) -> Result<GateAnswer, OriginError> {
    let body = serde_json::to_vec(visit).map_err(|error| OriginError::Unavailable(error.to_string()))?;
    let path = gate_path(link);
    let headers = vec![("content-type", "application/json")];
    let request = OutgoingCall { method: Method::Post, headers, body: Body::Bytes(&body), ..get(&path, "") };
    parse_json(&origin.send(CallKind::Gate, request, GATE).await?)
}

pub async fn is_ready(origin: &SignedOrigin<'_>) -> bool {
    let reply = origin.send(CallKind::Other, get("/readyz", ""), READINESS).await;
    reply.is_ok_and(|reply| reply.status == 200)
}
