//! The API's way through the edge: forwards a request to the origin, publishes what a write changed before its client
//! hears of it, and settles publications later. Decides nothing about either.

use std::rc::Rc;

use link_core::edge_origin::{CLIENT_BYTES, REQUEST_ID};
use link_core::publication::{Change, ChangeList, Confirmation};
use link_core::time::UnixMillis;
use worker::{Context, Env, Method, Request, Response, ResponseBuilder, Result};

use super::respond;
use crate::answer::Answer;
use crate::bindings::cache::ColoCache;
use crate::bindings::fetch::Reply;
use crate::bindings::origin::{ApiRequest, SignedOrigin};
use crate::bindings::purge::CloudflarePurge;
use crate::bindings::replica::KvReplica;
use crate::bindings::runtime;
use crate::isolate::Isolate;
use crate::publishing::{MAX_CHANGES, Propagation, Publisher, Settling};
use crate::route::Target;
use crate::timeouts::{SETTLING, millis};

/// A Lambda takes 6 MB of request (Lambda quotas), encoding included.
const MAX_BODY_BYTES: usize = 5_000_000;
/// What of the origin's answer reaches the client; the rest is between edge and origin.
const RETURNED: [&str; 13] = [
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
];
const PROPAGATION: &str = "shortline-propagation";

pub async fn forward(
    isolate: &Rc<Isolate>,
    target: &Target<'_>,
    mut request: Request,
    env: Env,
    context: &Context,
    request_id: String,
) -> Result<Response> {
    let mut body = match runtime::body_up_to(&mut request, MAX_BODY_BYTES).await {
        Ok(Some(body)) => body,
        Ok(None) => return respond(Answer::body_too_large()),
        Err(_) => return respond(Answer::body_unreadable()),
    };
    if matches!(request.method(), Method::Get | Method::Head) {
        // It means nothing there (RFC 9110, section 9.3.1), and the runtime does not send it.
        body.clear();
    }
    let request = ApiRequest {
        method: request.method(),
        path: target.path.to_owned(),
        query: target.query.to_owned(),
        headers: request.headers().clone(),
        body,
    };
    let asked_at = runtime::now();
    let origin = SignedOrigin { isolate, request_id: &request_id };
    let Ok(mut reply) = origin.forward(&request).await else {
        return respond(Answer::origin_unavailable());
    };
    let mut propagation = None;
    if let Some(list) = changes_in(&mut reply, &request_id) {
        let (replica, purge) = (KvReplica(env.clone()), purge(isolate));
        propagation = Some(publisher(isolate, &replica, purge.as_ref()).publish(&list, asked_at).await);
        let confirmations = list.changes.iter().take(MAX_CHANGES).map(Change::confirmation);
        let now = runtime::now();
        let is_scarce = isolate.purge_rate.borrow().is_scarce(now);
        let gathering = if is_scarce { Settling::GATHERING_WHEN_SCARCE } else { Settling::GATHERING };
        let batch = isolate.settling.borrow_mut().add(confirmations, gathering, now);
        if let Some(batch) = batch {
            let (isolate, request_id) = (Rc::clone(isolate), request_id.clone());
            context.wait_until(async move {
                runtime::sleep(gathering).await;
                settle(&isolate, &env, batch.take(), now.plus_millis(millis(SETTLING)), &request_id).await;
            });
        }
    }
    pass_on(reply, propagation, &request_id)
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
