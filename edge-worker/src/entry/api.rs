//! Forwards API requests to the origin, publishes the edge changes of a write before its client gets the answer, and runs
//! the second purge later.

use std::rc::Rc;

use link_core::edge_origin::{CLIENT_BYTES, REQUEST_ID};
use link_core::publication::{Change, ChangeList, Confirmation};
use link_core::redirect::Answer;
use link_core::time::UnixMillis;
use worker::{Context, Env, Request, Response, ResponseBuilder, Result};

use super::api_checks::check_lengths;
use super::upload::{ReceiveError, Received, receive};
use super::{admission, slow_path};
use crate::bindings::api_calls::{self, ApiRequest, forwarded_headers};
use crate::bindings::purge::CloudflareApi;
use crate::isolate::Isolate;
use crate::publishing::{MAX_CHANGES, PendingSecondPurge, Propagation, Publisher, ZonePurge};
use crate::requests::limits::{BodyLimit, MAX_TARGET_BYTES};
use crate::requests::request_info::RequestInfo;
use crate::responses::problem;
use edge_runtime::bindings::cache::ColoCache;
use edge_runtime::bindings::fetch::Reply;
use edge_runtime::bindings::replica::KvReplica;
use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::origins::sigv4::canonical_query;
use edge_runtime::request_target::RequestTarget;
use edge_runtime::timing::timeouts::{SECOND_PURGE_DEADLINE, millis};

/// The origin's headers that reach the client; the others are internal.
const CLIENT_HEADERS: [&str; 14] = [
    "age",
    "allow",
    "cache-control",
    "content-disposition",
    "content-security-policy",
    "content-type",
    "etag",
    "idempotency-replayed",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-content-type-options",
];
const PROPAGATION: &str = "shortline-propagation";

/// The edge's own answer, or the origin's.
pub(super) enum Forwarded {
    Own(Answer),
    Origins(Response),
}

pub(super) async fn forward(
    isolate: &Rc<Isolate>,
    target: &RequestTarget<'_>,
    info: &RequestInfo<'_>,
    mut request: Request,
    env: &Env,
    context: &Context,
    request_id: String,
) -> Result<Forwarded> {
    if let Err(seconds) = admission::admit_call(isolate, info.address, runtime::now()) {
        return Ok(Forwarded::Own(problem::too_many_calls(seconds)));
    }
    let outcome = match exchange(isolate, target, &mut request, &request_id).await {
        Ok((reply, asked_at)) => {
            admission::call_answered(isolate, info.address, reply.status, runtime::now());
            Forwarded::Origins(publish_changes(isolate, reply, asked_at, env, context, &request_id).await?)
        }
        Err(ReceiveError::Reply(reply)) => {
            admission::call_answered(isolate, info.address, reply.status, runtime::now());
            Forwarded::Origins(to_client(reply, None, &request_id)?)
        }
        Err(ReceiveError::Answer(answer)) => {
            admission::call_answered(isolate, info.address, answer.status, runtime::now());
            Forwarded::Own(answer)
        }
    };
    slow_path::report(isolate, info.address, env, context);
    Ok(outcome)
}

/// The origin's answer, and when it was asked. Refuses a target that is too long before reading anything.
async fn exchange(
    isolate: &Rc<Isolate>,
    target: &RequestTarget<'_>,
    request: &mut Request,
    request_id: &str,
) -> Result<(Reply, UnixMillis), ReceiveError> {
    if target.query.len() > MAX_TARGET_BYTES {
        return Err(ReceiveError::Answer(problem::target_too_long()));
    }
    let (query, headers) = (canonical_query(target.query), forwarded_headers(request.headers()));
    let lengths = headers.iter().map(|(name, value)| (*name, value.as_str()));
    check_lengths(target.path, &query, lengths).map_err(ReceiveError::Answer)?;
    let (origin, limit) = (isolate.origin(request_id), BodyLimit::of(target.path));
    let received = receive(&origin, isolate, request, &headers, limit).await?;
    let Received { body, _reservation } = received;
    let request = ApiRequest { method: request.method(), path: target.path, query, headers, body };
    let asked_at = runtime::now();
    let reply = api_calls::forward(&origin, &request).await;
    reply
        .map(|reply| (reply, asked_at))
        .map_err(|error| ReceiveError::Answer(problem::not_answered(&error, limit)))
}

/// Publishes a write's edge changes before its client gets the answer.
async fn publish_changes(
    isolate: &Rc<Isolate>,
    mut reply: Reply,
    asked_at: UnixMillis,
    env: &Env,
    context: &Context,
    request_id: &str,
) -> Result<Response> {
    let mut propagation = None;
    if let Some(list) = take_changes(&mut reply, request_id) {
        let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
        propagation = Some(publisher(isolate, &replica, purge.as_ref()).publish(&list, asked_at).await);
        let confirmations = list.changes.iter().take(MAX_CHANGES).map(Change::confirmation);
        let now = runtime::now();
        let is_scarce = isolate.purge_rate.borrow().is_scarce(now);
        let debounce =
            if is_scarce { PendingSecondPurge::DEBOUNCE_WHEN_SCARCE } else { PendingSecondPurge::DEBOUNCE };
        let batch = isolate.pending_second_purge.borrow_mut().add(confirmations, debounce, now);
        if let Some(batch) = batch {
            let (isolate, env, request_id) = (Rc::clone(isolate), env.clone(), request_id.to_owned());
            context.wait_until(async move {
                runtime::sleep(debounce).await;
                purge_again_and_confirm(
                    &isolate,
                    &env,
                    batch.take(),
                    now.plus_millis(millis(SECOND_PURGE_DEADLINE)),
                    &request_id,
                )
                .await;
            });
        }
    }
    to_client(reply, propagation, request_id)
}

/// Publishes the changes that are not confirmed yet.
pub async fn publish_backlog(isolate: &Isolate, env: &Env) {
    let request_id = isolate.request_ids.next();
    let origin = isolate.origin(&request_id);
    let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
    let publisher = publisher(isolate, &replica, purge.as_ref());
    if let Err(error) = publisher.publish_backlog(&origin, &runtime::sleep).await {
        tracing::error!(request_id, %error, "changes cannot be published");
    }
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
            Some(ChangeList { changes: Vec::new(), more: true })
        }
    }
}

async fn purge_again_and_confirm(
    isolate: &Isolate,
    env: &Env,
    changed: Vec<Confirmation>,
    until: UnixMillis,
    request_id: &str,
) {
    let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
    let publisher = publisher(isolate, &replica, purge.as_ref());
    let origin = isolate.origin(request_id);
    if let Err(error) = publisher.purge_again_and_confirm(&origin, &changed, until, &runtime::sleep).await {
        tracing::warn!(request_id, %error, "publications are not confirmed yet");
    }
}

type CloudflarePurge<'a> = ZonePurge<'a, CloudflareApi<'a>>;

fn purge(isolate: &Isolate) -> Option<CloudflarePurge<'_>> {
    let Isolate { config, purge_rate: rate, .. } = isolate;
    config.purge.as_ref().map(|purge| ZonePurge {
        zone_ids: &purge.zone_ids,
        rate,
        clock: &RuntimeClock,
        api: CloudflareApi { config, purge },
    })
}

fn publisher<'a>(
    isolate: &'a Isolate,
    replica: &'a KvReplica,
    purge: Option<&'a CloudflarePurge<'a>>,
) -> Publisher<'a, ColoCache, KvReplica, CloudflarePurge<'a>> {
    Publisher {
        memory: &isolate.memory,
        colo: &ColoCache,
        replica,
        purge,
        freshness: isolate.freshness,
        clock: &RuntimeClock,
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
