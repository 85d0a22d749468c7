//! Publishes the edge changes of a write, runs the second purge later, and publishes the backlog.

use std::rc::Rc;

use edge_runtime::bindings::cache::ColoCache;
use edge_runtime::bindings::replica::KvReplica;
use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::timing::timeouts::{SECOND_PURGE_DEADLINE, millis};
use edge_runtime::traces::attributes::{self, number};
use edge_runtime::traces::{RequestTrace, Traced};
use link_core::otlp::Kind;
use link_core::publication::{Change, ChangeList, Confirmation};
use link_core::time::UnixMillis;
use worker::{Context, Env};

use crate::bindings::purge::CloudflareApi;
use crate::isolate::Isolate;
use crate::publishing::{MAX_CHANGES, PendingSecondPurge, Propagation, Publisher, ZonePurge};

/// Publishes a write's edge changes before its client gets the answer.
pub(super) async fn publish(
    isolate: &Rc<Isolate>,
    (list, asked_at): (ChangeList, UnixMillis),
    (env, context): (&Env, &Context),
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Propagation {
    let span = trace.map(|trace| (trace, trace.begin(Kind::Internal, "publish", Vec::new())));
    let (systems, purge) = (Systems::new(env, trace), purge(isolate, trace.map(Rc::as_ref)));
    let propagation = publisher(isolate, &systems, purge.as_ref()).publish(&list, asked_at).await;
    if let Some((trace, mut span)) = span {
        let changes = i64::try_from(list.changes.len()).unwrap_or(i64::MAX);
        span.attributes.push(number(attributes::CHANGES, changes));
        trace.end(span, None);
    }
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
    propagation
}

/// Publishes the changes that are not confirmed yet.
pub(super) async fn publish_backlog(isolate: &Isolate, env: &Env) {
    let request_id = isolate.request_ids.next();
    let origin = isolate.origin(&request_id, None);
    let (systems, purge) = (Systems::new(env, None), purge(isolate, None));
    let publisher = publisher(isolate, &systems, purge.as_ref());
    if let Err(error) = publisher.publish_backlog(&origin, &runtime::sleep).await {
        tracing::error!(request_id, %error, "changes cannot be published");
    }
}

async fn purge_again_and_confirm(
    isolate: &Isolate,
    env: &Env,
    changed: Vec<Confirmation>,
    until: UnixMillis,
    request_id: &str,
) {
    let (systems, purge) = (Systems::new(env, None), purge(isolate, None));
    let publisher = publisher(isolate, &systems, purge.as_ref());
    let origin = isolate.origin(request_id, None);
    if let Err(error) = publisher.purge_again_and_confirm(&origin, &changed, until, &runtime::sleep).await {
        tracing::warn!(request_id, %error, "publications are not confirmed yet");
    }
}

type CloudflarePurge<'a> = ZonePurge<'a, CloudflareApi<'a>>;

fn purge<'a>(isolate: &'a Isolate, trace: Option<&'a RequestTrace>) -> Option<CloudflarePurge<'a>> {
    let Isolate { config, purge_rate: rate, .. } = isolate;
    config.purge.as_ref().map(|purge| ZonePurge {
        zone_ids: &purge.zone_ids,
        rate,
        clock: &RuntimeClock,
        api: CloudflareApi { config, purge, trace },
    })
}

fn publisher<'a>(
    isolate: &'a Isolate,
    Systems { colo, replica }: &'a Systems,
    purge: Option<&'a CloudflarePurge<'a>>,
) -> Publisher<'a, Traced<ColoCache>, Traced<KvReplica>, CloudflarePurge<'a>> {
    Publisher { colo, replica, purge, freshness: isolate.freshness, clock: &RuntimeClock }
}

struct Systems {
    colo: Traced<ColoCache>,
    replica: Traced<KvReplica>,
}

impl Systems {
    fn new(env: &Env, trace: Option<&Rc<RequestTrace>>) -> Self {
        Self {
            colo: Traced { system: ColoCache, trace: trace.cloned() },
            replica: Traced { system: KvReplica(env.clone()), trace: trace.cloned() },
        }
    }
}
