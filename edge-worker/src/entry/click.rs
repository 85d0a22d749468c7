//! Records clicks, and ships them after the answer. Keeps no address.

use std::net::IpAddr;
use std::rc::Rc;

use link_core::clicks::batch::VisitorHash;
use link_core::clicks::buffer::{FLUSH, FlushAction};
use link_core::redirect::orphan_name;
use link_core::time::UnixMillis;
use worker::{Context, Env};

use super::link_request::LinkRequest;
use crate::click_shipping::Shipping;
use crate::isolate::Isolate;
use edge_runtime::bindings::runtime::RuntimeClock;
use edge_runtime::bindings::{collector, runtime, visitor_keys};

/// Without the day's key the visitor is null; the click still counts.
pub(super) fn visitor_hash(
    isolate: &Isolate,
    address: IpAddr,
    user_agent: &str,
    now: UnixMillis,
) -> Option<VisitorHash> {
    Some(isolate.visitor_keys.borrow().key_at(now)?.hash(address, user_agent))
}

/// Reads the day's key once per isolate and day, concurrently with the lookup.
pub(super) async fn learn_visitor_key(isolate: &Isolate, env: &Env) {
    let day = isolate.visitor_keys.borrow().day_to_read(runtime::now());
    if let Some(day) = day {
        let key = visitor_keys::read(env, day).await;
        isolate.visitor_keys.borrow_mut().set(day, key, runtime::now());
    }
}

/// Records a visit to a name that no link has.
pub(super) fn record_orphan_visit(
    isolate: &Isolate,
    link_request: &LinkRequest<'_>,
    now: UnixMillis,
) -> FlushAction {
    let name = orphan_name(&link_request.domain, link_request.target.path);
    isolate.clicks.borrow_mut().record_orphan_visit(&name, now)
}

/// Ships after the answer, so that clicks never delay it.
pub(super) fn ship_later(isolate: &Rc<Isolate>, context: &Context, flush: FlushAction) {
    if flush != FlushAction::Nothing {
        context.wait_until(ship(Rc::clone(isolate), flush));
    }
}

pub(super) async fn ship(isolate: Rc<Isolate>, flush: FlushAction) {
    let began = runtime::now();
    let batch = match flush {
        FlushAction::Nothing => None,
        FlushAction::Send(batch) => Some(batch),
        FlushAction::StartTimer { batch } => {
            runtime::sleep(FLUSH).await;
            isolate.clicks.borrow_mut().flush_due(batch)
        }
    };
    if let Some(batch) = batch {
        let shipping = Shipping {
            clicks: &isolate.clicks,
            breaker: &isolate.queue_breaker,
            queue: &isolate.queue(),
            clock: &RuntimeClock,
            sleep: &runtime::sleep,
        };
        shipping.send(batch, began).await;
        if let Some(traces) = &isolate.traces {
            collector::export(traces, traces.next_export()).await;
        }
    }
}
