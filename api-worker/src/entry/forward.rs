//! Forwards an API call to the origin. The edge changes of a write are published before its client gets the answer.

use std::rc::Rc;

use edge_runtime::bindings::fetch::Reply;
use edge_runtime::bindings::origin::SignedOrigin;
use edge_runtime::bindings::runtime;
use edge_runtime::origins::sigv4::canonical_query;
use edge_runtime::request_target::RequestTarget;
use edge_runtime::traces::RequestTrace;
use link_core::edge_origin::{BATCHES, CLIENT_BYTES, REQUEST_ID};
use link_core::publication::ChangeList;
use link_core::redirect::Answer;
use link_core::time::UnixMillis;
use link_core::webhooks::DUE;
use worker::{Context, Env, Request, Response, ResponseBuilder, Result};

use super::api_checks::check_lengths;
use super::publication;
use super::upload::{ReceiveError, Received, receive};
use super::webhooks;
use crate::bindings::body;
use crate::bindings::origin_calls::{self, ApiRequest, forwarded_headers};
use crate::imported_visits;
use crate::isolate::Isolate;
use crate::publishing::Propagation;
use crate::requests::limits::{BodyLimit, MAX_TARGET_BYTES};
use crate::responses::problem;

/// The origin's headers that reach the client; the others are internal.
const CLIENT_HEADERS: [&str; 16] = [
    "age",
    "allow",
    "cache-control",
    "content-disposition",
    "content-security-policy",
    "content-type",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-content-type-options",
];
const PROPAGATION: &str = "shortline-propagation";

pub(super) async fn forward(
    isolate: &Rc<Isolate>,
    mut request: Request,
    runtime: (&Env, &Context),
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Result<Response> {
    let url = request.inner().url();
    let origin = isolate.origin(request_id, trace.map(Rc::as_ref));
    match exchange(isolate, &origin, &RequestTarget::of(&url), &mut request).await {
        Ok((mut reply, asked_at)) => {
            if reply.headers.has(DUE)? {
                webhooks::send_later(isolate, runtime.1, request_id);
            }
            let has_batches = reply.headers.has(BATCHES)?;
            let propagation = match take_changes(&mut reply, request_id) {
                list if has_batches => {
                    let batches = list.unwrap_or_default().batches;
                    // Without any, the answer was damaged.
                    let is_sent = !batches.is_empty()
                        && imported_visits::send(&batches, &isolate.queue(), request_id).await;
                    if !is_sent {
                        return respond(problem::visits_not_sent());
                    }
                    None
                }
                Some(list) => {
                    let changes = (list, asked_at);
                    Some(publication::publish(isolate, changes, runtime, request_id, trace).await)
                }
                None => None,
            };
            to_client(reply, propagation, request_id)
        }
        Err(refusal) => {
            if body::has_body(&request) {
                body::discard(&mut request).await;
            }
            match refusal {
                ReceiveError::Reply(reply) => to_client(reply, None, request_id),
                ReceiveError::Answer(answer) => respond(answer),
            }
        }
    }
}

/// The origin's answer, and when it was asked. Refuses a target that is too long before reading anything.
async fn exchange(
    isolate: &Rc<Isolate>,
    origin: &SignedOrigin<'_>,
    target: &RequestTarget<'_>,
    request: &mut Request,
) -> Result<(Reply, UnixMillis), ReceiveError> {
    if target.query.len() > MAX_TARGET_BYTES {
        return Err(ReceiveError::Answer(problem::target_too_long()));
    }
    let (query, headers) = (canonical_query(target.query), forwarded_headers(request.headers(), target.host));
    let lengths = headers.iter().map(|(name, value)| (*name, value.as_str()));
    check_lengths(target.path, &query, lengths).map_err(ReceiveError::Answer)?;
    let limit = BodyLimit::of(target.path);
    let received = receive(origin, isolate, request, target.path, &headers).await?;
    let Received { body, _reservation } = received;
    let request = ApiRequest { method: request.method(), path: target.path, query, headers, body };
    let asked_at = runtime::now();
    let reply = origin_calls::forward(origin, &request).await;
    reply
        .map(|reply| (reply, asked_at))
        .map_err(|error| ReceiveError::Answer(problem::not_answered(&error, limit)))
}

/// Splits the list of edge changes off a write's answer.
fn take_changes(reply: &mut Reply, request_id: &str) -> Option<ChangeList> {
    let client_bytes = reply.headers.get(CLIENT_BYTES).ok().flatten()?.parse().ok()?;
    let list = reply.body.split_off(reply.body.len().min(client_bytes));
    if reply.status == 200 && client_bytes == 0 {
        reply.status = 204;
    }
    match serde_json::from_slice(&list) {
        Ok(list) => Some(list),
        Err(error) => {
            tracing::error!(request_id, %error, "a list of edge changes is malformed; the schedule will publish them");
            Some(ChangeList { more: true, ..ChangeList::default() })
        }
    }
}

fn to_client(reply: Reply, propagation: Option<Propagation>, request_id: &str) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(reply.status);
    for name in CLIENT_HEADERS {
        if let Some(value) = reply.headers.get(name)? {
            response = response.with_header(name, &value)?;
        }
    }
    if let Some(propagation) = propagation {
        response = response.with_header(PROPAGATION, &propagation.header())?;
    }
    response = response.with_header(REQUEST_ID, request_id)?;
    Ok(match reply.stream {
        Some(body) => response.body(body),
        None if reply.body.is_empty() => response.empty(),
        None => response.fixed(reply.body),
    })
}

pub(super) fn respond(answer: Answer) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(answer.status);
    for (name, value) in &answer.headers {
        response = response.with_header(name, value)?;
    }
    Ok(response.fixed(answer.body.into_bytes()))
}
