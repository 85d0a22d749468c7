//! A visit that needs I/O: admits it, looks the link up, asks the gate, answers and ships clicks.
//! Decides the order of these steps.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join;
use link_core::record::Resolution;
use link_core::redirect::gate::{GateAnswer, VisitToken};
use link_core::redirect::{Answer, LinkVisit, Lock, accepts_pages};
use worker::{Context, Env, Request};

use super::link_request::LinkRequest;
use super::resolved_visit::{self, ResolvedVisit};
use super::unlock::unlock;
use super::{admission, click};
use crate::bindings::rate_limit::RateLimits;
use crate::bindings::tasks::RequestTasks;
use crate::bindings::{tasks, visit_calls};
use crate::isolate::Isolate;
use crate::responses;
use crate::visitors::enumeration_guard::{BudgetedOrigin, LookupVisitor};
use crate::visitors::shared_counter::SharedLimit;
use crate::visitors::visitor_limit::VisitorLimit;
use edge_runtime::bindings::cache::ColoCache;
use edge_runtime::bindings::replica::KvReplica;
use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::lookup::candidates::{Candidates, PathOutcome};
use edge_runtime::lookup::{LinkKey, Lookup, Origin, OriginError};

/// Answers the visit.
pub async fn answer(
    isolate: &Rc<Isolate>,
    link_request: LinkRequest<'_>,
    mut request: Request,
    env: &Env,
    context: &Context,
    request_id: String,
) -> worker::Result<Answer> {
    let began = runtime::now();
    let address = link_request.visitor.address;
    if let Err(seconds) = admission::admit(isolate, address, began) {
        return Ok(Answer::too_many_requests(seconds));
    }
    let mut candidates = Candidates::new(&link_request.domain, &link_request.path);
    let met_misses = admission::check_misses(isolate, address, began);
    if let Err(seconds) = met_misses {
        candidates.read_memory(&isolate.memory, began);
        if !candidates.has_any() {
            return Ok(Answer::too_many_requests(seconds));
        }
    }
    let is_allow_listed = admission::is_allow_listed(isolate, address);
    let visitor = LookupVisitor::new(address, is_allow_listed, met_misses.is_err());
    let lookup = Lookup {
        memory: Rc::clone(&isolate.memory),
        colo: ColoCache,
        origin: VisitorOrigin { isolate: Rc::clone(isolate), request_id: request_id.clone(), visitor },
        replica: KvReplica(env.clone()),
        clock: RuntimeClock,
        freshness: isolate.freshness,
    };
    let (shared, tasks) = (tasks::shared_lookups(), RequestTasks(context));
    let look_up = lookup.look_up(&mut candidates, &shared, &tasks);
    join(look_up, click::learn_visitor_key(isolate, env)).await;
    let resolved = match candidates.resolved() {
        Ok(resolved) => resolved,
        Err(error) => {
            tracing::error!(request_id, %error, "a link could not be looked up");
            return Ok(responses::lookup_failed(&error));
        }
    };
    let lock = match (&resolved.outcome, &resolved.found.copy.resolution) {
        (PathOutcome::Link { name_end, .. }, Resolution::Found { record }) => {
            let name = link_request.target.path.get(..*name_end).unwrap_or_default();
            match unlock(isolate, (record, name), &link_request, &mut request, (env, &request_id)).await {
                Ok(lock) => lock,
                Err(refusal) => return Ok(refusal),
            }
        }
        _ => Lock::Closed,
    };
    let mut visit = ResolvedVisit {
        link_request: &link_request,
        resolved: &resolved,
        method: lock.method(link_request.method),
        unlocked: lock.is_open(),
        gate: None,
        began,
        now: runtime::now(),
        request_id,
    };
    if let Some(gated) = visit.needs_gate(isolate) {
        let Some(gate) = ask_gate(isolate, &gated, &visit.request_id).await else {
            return Ok(Answer::gate_unavailable());
        };
        (visit.gate, visit.now) = (Some(gate), runtime::now());
    }
    let (answer, flush) = resolved_visit::answer(isolate, &visit);
    click::ship_later(isolate, context, flush);
    report(isolate, address, env, context);
    let accept = request.headers().get("accept").ok().flatten().unwrap_or_default();
    Ok(lock.finish(answer, accepts_pages(&accept)))
}

type LimitOf = fn(&Isolate) -> &RefCell<VisitorLimit>;

/// Reports a visitor with many requests to the location's counter, after the answer.
pub(super) fn report(isolate: &Rc<Isolate>, visitor: Option<IpAddr>, env: &Env, context: &Context) {
    let shared: [(_, LimitOf); 2] =
        [("VISITORS", |isolate| &isolate.visitors), ("MISSES", |isolate| &isolate.misses)];
    for (binding, limit) in shared {
        if limit(isolate).borrow_mut().take_report(visitor) {
            let (isolate, env) = (Rc::clone(isolate), env.clone());
            context.wait_until(async move {
                let shared = SharedLimit {
                    limit: limit(&isolate),
                    counter: RateLimits(&env),
                    secret: &isolate.config.origin.edge_secret.0,
                    clock: &RuntimeClock,
                };
                shared.report(binding, visitor).await;
            });
        }
    }
}

/// The origin as one visitor may ask it. It owns its parts, since a shared lookup may outlive its request.
#[derive(Clone)]
struct VisitorOrigin {
    isolate: Rc<Isolate>,
    request_id: String,
    visitor: LookupVisitor,
}

impl Origin for VisitorOrigin {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let Self { isolate, request_id, visitor } = self;
        let origin = isolate.origin(request_id);
        let clock = &RuntimeClock;
        BudgetedOrigin { origin, budget: &isolate.miss_budget, visitor: *visitor, clock }.resolve(names).await
    }

    fn may_skip(&self) -> bool {
        self.isolate.miss_budget.borrow().is_guessing(self.visitor, runtime::now())
    }
}

/// `None` where no origin answers: then the link answers 503, whatever copies of it exist.
async fn ask_gate(isolate: &Isolate, visit: &LinkVisit<'_>, request_id: &str) -> Option<GateAnswer> {
    let request = visit.gate_request(VisitToken::new(runtime::now(), runtime::random_bytes()));
    let answer = visit_calls::ask_gate(&isolate.origin(request_id), visit.record.id, &request).await;
    answer
        .inspect_err(|error| tracing::error!(request_id, %error, "the gate of a link could not be asked"))
        .ok()
}
