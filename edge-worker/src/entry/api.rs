//! The API's way through the edge: forwards a request to the origin, publishes what a write changed before its client
//! hears of it, and settles publications later. Decides nothing about either.

use std::rc::Rc;

use link_core::edge_origin::{CLIENT_BYTES, REQUEST_ID};
use link_core::publication::{Change, ChangeList, Confirmation};
use link_core::time::UnixMillis;
use worker::{Context, Env, Request, Response, ResponseBuilder, Result};

use super::upload::{NotReceived, Received, receive};
use super::{admission, follow};
use crate::answer::Answer;
use crate::api_request::{BodyLimit, MAX_TARGET_BYTES, check_lengths};
use crate::bindings::cache::ColoCache;
use crate::bindings::fetch::Reply;
use crate::bindings::origin::{ApiRequest, SignedOrigin, forwarded_headers};
use crate::bindings::purge::CloudflarePurge;
use crate::bindings::replica::KvReplica;
use crate::bindings::runtime;
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::publishing::{MAX_CHANGES, Propagation, Publisher, Settling};
use crate::route::Target;
use crate::sigv4::canonical_query;
use crate::timeouts::{SETTLING, millis};

/// What of the origin's answer reaches the client; the rest is between edge and origin.
const RETURNED: [&str; 14] = [
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

/// An answer of the edge's own, or the origin's on its way to the client.
pub(super) enum Outcome {
    Own(Answer),
    Origins(Response),
}

pub(super) async fn forward(
    isolate: &Rc<Isolate>,
    target: &Target<'_>,
    facts: &Facts<'_>,
    mut request: Request,
    env: &Env,
    context: &Context,
    request_id: String,
) -> Result<Outcome> {
    if let Err(refusal) = admission::admit(isolate, facts, runtime::now()) {
        return Ok(Outcome::Own(refusal));
    }
    let outcome = match exchange(isolate, target, &mut request, &request_id).await {
        Ok((reply, asked_at)) => {
            admission::answered(isolate, facts, reply.status, runtime::now());
            Outcome::Origins(published(isolate, reply, asked_at, env, context, &request_id).await?)
        }
        Err(NotReceived::Reply(reply)) => {
            admission::answered(isolate, facts, reply.status, runtime::now());
            Outcome::Origins(pass_on(reply, None, &request_id)?)
        }
        Err(NotReceived::Answer(answer)) => {
            admission::answered(isolate, facts, answer.status, runtime::now());
            Outcome::Own(answer)
        }
    };
    follow::report(isolate, facts.address, env, context);
    Ok(outcome)
}

/// The origin's answer, and when it was asked. What is too long by itself is refused before anything is read.
async fn exchange(
    isolate: &Rc<Isolate>,
    target: &Target<'_>,
    request: &mut Request,
    request_id: &str,
) -> Result<(Reply, UnixMillis), NotReceived> {
    if target.query.len() > MAX_TARGET_BYTES {
        return Err(NotReceived::Answer(Answer::target_too_long()));
    }
    let (query, headers) = (canonical_query(target.query), forwarded_headers(request.headers()));
    let lengths = headers.iter().map(|(name, value)| (*name, value.as_str()));
    check_lengths(target.path, &query, lengths).map_err(NotReceived::Answer)?;
    let (origin, limit) = (SignedOrigin { isolate, request_id }, BodyLimit::of(target.path));
    let received = receive(&origin, isolate, request, &headers, limit).await?;
    let Received { body, _room } = received;
    let request = ApiRequest { method: request.method(), path: target.path, query, headers, body };
    let asked_at = runtime::now();
    let reply = origin.forward(&request).await;
    reply
        .map(|reply| (reply, asked_at))
        .map_err(|error| NotReceived::Answer(Answer::not_answered(&error, limit)))
}

/// A write is published before its client hears of it.
async fn published(
    isolate: &Rc<Isolate>,
    mut reply: Reply,
    asked_at: UnixMillis,
    env: &Env,
    context: &Context,
    request_id: &str,
) -> Result<Response> {
    let mut propagation = None;
    if let Some(list) = changes_in(&mut reply, request_id) {
        let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
        propagation = Some(publisher(isolate, &replica, purge.as_ref()).publish(&list, asked_at).await);
        let confirmations = list.changes.iter().take(MAX_CHANGES).map(Change::confirmation);
        let now = runtime::now();
        let is_scarce = isolate.purge_rate.borrow().is_scarce(now);
        let gathering = if is_scarce { Settling::GATHERING_WHEN_SCARCE } else { Settling::GATHERING };
        let batch = isolate.settling.borrow_mut().add(confirmations, gathering, now);
        if let Some(batch) = batch {
            let (isolate, env, request_id) = (Rc::clone(isolate), env.clone(), request_id.to_owned());
            context.wait_until(async move {
                runtime::sleep(gathering).await;
                settle(&isolate, &env, batch.take(), now.plus_millis(millis(SETTLING)), &request_id).await;
            });
        }
    }
    pass_on(reply, propagation, request_id)
}

/// Publishes what is left over.
pub async fn publish_waiting(isolate: &Isolate, env: &Env) {
    let request_id = isolate.next_request_id();
    let origin = SignedOrigin { isolate, request_id: &request_id };
    let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
    let publisher = publisher(isolate, &replica, purge.as_ref());
    if let Err(error) = publisher.publish_waiting(&origin, &runtime::sleep).await {
        tracing::error!(request_id, %error, "changes cannot be published");
    }
}

/// Cuts the list of changes off a write's answer.
fn changes_in(reply: &mut Reply, request_id: &str) -> Option<ChangeList> {
    let client_bytes = reply.headers.get(CLIENT_BYTES).ok().flatten()?.parse().ok()?;
    let list = reply.body.split_off(reply.body.len().min(client_bytes));
    if reply.status == 200 && client_bytes == 0 {
        reply.status = 204;
    }
    match serde_json::from_slice(&list) {
        Ok(list) => Some(list),
        Err(error) => {
            tracing::error!(request_id, %error, "a list of changes cannot be read; the schedule will publish them");
            Some(ChangeList { changes: Vec::new(), more: true })
        }
    }
}

async fn settle(
    isolate: &Isolate,
    env: &Env,
    changed: Vec<Confirmation>,
    until: UnixMillis,
    request_id: &str,
) {
    let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
    let publisher = publisher(isolate, &replica, purge.as_ref());
    let origin = SignedOrigin { isolate, request_id };
    if let Err(error) = publisher.settle(&origin, &changed, until, &runtime::sleep).await {
        tracing::warn!(request_id, %error, "publications are not confirmed yet");
    }
}

fn purge(isolate: &Isolate) -> Option<CloudflarePurge<'_>> {
    isolate.config.purge.as_ref().map(|config| CloudflarePurge { isolate, config })
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
        lifetimes: isolate.lifetimes,
        clock: &runtime::now,
        random: &runtime::random,
    }
}

fn pass_on(reply: Reply, propagation: Option<Propagation>, request_id: &str) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(reply.status);
    for name in RETURNED {
        if let Some(value) = reply.headers.get(name)? {
            response = response.with_header(name, &value)?;
        }
    }
    if let Some(propagation) = propagation {
        response = response.with_header(PROPAGATION, &propagation.header())?;
    }
    response = response.with_header(REQUEST_ID, request_id)?;
    Ok(match reply.on_its_way {
        Some(body) => response.body(body),
        None if reply.body.is_empty() => response.empty(),
        None => response.fixed(reply.body),
    })
}
