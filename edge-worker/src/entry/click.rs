//! How clicks are recorded, and how they leave the isolate after the answer. Keeps no address.

use std::rc::Rc;

use link_core::click_batch::VisitorHash;
use link_core::click_buffer::{FLUSH, FlushAction};
use link_core::click_input::ClickInput;
use link_core::time::UnixMillis;
use link_core::visit::Visit;
use worker::{Context, Env};

use super::answering::Visiting;
use crate::bindings::queue::Sqs;
use crate::bindings::{runtime, visitor_keys};
use crate::isolate::Isolate;
use crate::shipping::Shipping;

/// A redirect that is about to be answered.
pub(super) fn record(isolate: &Isolate, redirect: ClickInput<'_>) -> FlushAction {
    let now = redirect.now;
    isolate.clicks.borrow_mut().record(&redirect.click(), now)
}

/// Without a key nobody is told from anybody else, and the click counts all the same.
pub(super) fn visitor(isolate: &Isolate, visit: &Visit<'_>, now: UnixMillis) -> Option<VisitorHash> {
    let key = isolate.visitor_keys.borrow().of(now)?;
    Some(key.hash(visit.visitor?.address, visit.user_agent.unwrap_or_default()))
}

/// Once in an isolate's day, beside the lookup; a memory hit knows the key already.
pub(super) async fn learn_visitor_key(isolate: &Isolate, env: &Env) {
    let wanted = isolate.visitor_keys.borrow().wanted(runtime::now());
    if let Some(day) = wanted {
        let key = visitor_keys::read(env, day).await;
        isolate.visitor_keys.borrow_mut().learned(day, key, runtime::now());
    }
}

/// A visit to a name that no link has.
pub(super) fn record_orphan_visit(
    isolate: &Isolate,
    visiting: &Visiting<'_>,
    now: UnixMillis,
) -> FlushAction {
    let name = format!("{}{}", visiting.domain.as_str(), visiting.target.path);
    isolate.clicks.borrow_mut().record_orphan_visit(&name, now)
}

/// After the answer, which clicks never delay.
pub(super) fn ship_later(isolate: &Rc<Isolate>, context: &Context, next: FlushAction) {
    if next != FlushAction::Nothing {
        context.wait_until(ship(Rc::clone(isolate), next));
    }
}

pub(super) async fn ship(isolate: Rc<Isolate>, next: FlushAction) {
    let began = runtime::now();
    let batch = match next {
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
            queue: &Sqs(&isolate.config),
            clock: &runtime::now,
            random: &runtime::random,
        };
        shipping.send(batch, began).await;
    }
}
