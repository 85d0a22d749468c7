//! What of a redirect becomes a click, and how clicks leave the isolate after the answer. Keeps no address.

use std::rc::Rc;

use link_core::click_batch::{
    CacheTier, Click, MAX_AGENT_BYTES, MAX_DESTINATION_BYTES, MAX_LANGUAGE_BYTES, Purpose, VisitorHash,
    bounded,
};
use link_core::click_buffer::{FLUSH, Next};
use link_core::decision::chosen_by_rule;
use link_core::record::{LinkRecord, RedirectStatus};
use link_core::referrer;
use link_core::time::UnixMillis;
use link_core::visit::Visit;
use worker::{Context, Env};

use super::answering::Visiting;
use crate::bindings::queue::Sqs;
use crate::bindings::{runtime, visitor_keys};
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::shipping::Shipping;

/// A redirect that is about to be answered.
pub(super) struct Redirected<'a> {
    pub(super) tier: CacheTier,
    pub(super) record: &'a LinkRecord,
    pub(super) visit: &'a Visit<'a>,
    pub(super) status: RedirectStatus,
    pub(super) now: UnixMillis,
    pub(super) request_id: String,
}

pub(super) fn record(isolate: &Isolate, facts: &Facts<'_>, redirected: Redirected<'_>) -> Next {
    let Redirected { tier, record, visit, status, now, request_id } = redirected;
    let click = Click {
        time: now,
        link: record.id,
        status,
        tier,
        head: facts.method == "HEAD",
        request: request_id,
        country: visit.country.and_then(|country| bounded(country, 2)),
        agent: visit.agent.and_then(|agent| bounded(agent, MAX_AGENT_BYTES)),
        referrer: facts.referrer.and_then(referrer::without_secrets),
        domain: Some(record.domain.as_str().to_owned()),
        purpose: Purpose::of(facts.purposes),
        network: facts.network,
        language: visit.preferred_language().and_then(|language| bounded(language, MAX_LANGUAGE_BYTES)),
        destination: chosen_by_rule(record, visit, now)
            .and_then(|destination| bounded(destination.as_str(), MAX_DESTINATION_BYTES)),
        visitor: visitor(isolate, visit, now),
    };
    isolate.clicks.borrow_mut().record(&click, now)
}

/// Without a key nobody is told from anybody else, and the click counts all the same.
fn visitor(isolate: &Isolate, visit: &Visit<'_>, now: UnixMillis) -> Option<VisitorHash> {
    let key = isolate.visitor_keys.borrow().of(now)?;
    Some(key.hash(visit.visitor?.address, visit.agent.unwrap_or_default()))
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
pub(super) fn record_orphan(isolate: &Isolate, visiting: &Visiting<'_>, now: UnixMillis) -> Next {
    let name = format!("{}{}", visiting.domain.as_str(), visiting.target.path);
    isolate.clicks.borrow_mut().record_orphan(&name, now)
}

/// After the answer, which clicks never delay.
pub(super) fn ship_later(isolate: &Rc<Isolate>, context: &Context, next: Next) {
    if next != Next::Nothing {
        context.wait_until(ship(Rc::clone(isolate), next));
    }
}

pub(super) async fn ship(isolate: Rc<Isolate>, next: Next) {
    let began = runtime::now();
    let batch = match next {
        Next::Nothing => None,
        Next::Send(batch) => Some(batch),
        Next::StartTimer { batch } => {
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
