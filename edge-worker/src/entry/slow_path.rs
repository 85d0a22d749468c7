//! A visit that needs I/O: admits it, looks the link up, asks the gate, answers and ships clicks.
//! Decides the order of these steps.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join;
use link_core::clicks::batch::CacheTier;
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
use edge_runtime::traces::attributes::{self, text};
use edge_runtime::traces::{RequestTrace, Traced};

/// Answers the visit.
pub async fn answer(
    isolate: &Rc<Isolate>,
    link_request: LinkRequest<'_>,
    mut request: Request,
    (env, context): (&Env, &Context),
    request_id: String,
    trace: Option<&Rc<RequestTrace>>,
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
        colo: Traced { system: ColoCache, trace: trace.cloned() },
        origin: VisitorOrigin {
            isolate: Rc::clone(isolate),
            request_id: request_id.clone(),
            visitor,
            trace: trace.cloned(),
        },
        replica: Traced { system: KvReplica(env.clone()), trace: trace.cloned() },
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
    if let Some(trace) = trace {
        let tier = resolved.found.tier;
        trace.add(text(attributes::CACHE, tier.as_str()));
        // The call that failed may be another request's.
        if matches!(tier, CacheTier::Replica | CacheTier::Stale) && !lookup.origin.may_skip() {
            trace.fail();
        }
    }
    let lock = match (&resolved.outcome, &resolved.found.copy.resolution) {
        (PathOutcome::Link { name_end, .. }, Resolution::Found { record }) => {
            let name = link_request.target.path.get(..*name_end).unwrap_or_default();
            match unlock(isolate, (record, name), &link_request, &mut request, (env, &request_id, trace))
                .await
            {
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
        trace: None,
    };
    if let Some(gated) = visit.needs_gate(isolate) {
        let Some(gate) = ask_gate(isolate, &gated, &visit.request_id, trace).await else {
            return Ok(Answer::gate_unavailable());
        };
        (visit.gate, visit.now) = (Some(gate), runtime::now());
    }
    visit.trace = trace.and_then(|trace| trace.context_if_kept());
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
    trace: Option<Rc<RequestTrace>>,
}

impl Origin for VisitorOrigin {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let Self { isolate, request_id, visitor, trace } = self;
        let origin = isolate.origin(request_id, trace.as_deref());
        let clock = &RuntimeClock;
        BudgetedOrigin { origin, budget: &isolate.miss_budget, visitor: *visitor, clock }.resolve(names).await
    }

    fn may_skip(&self) -> bool {
        self.isolate.miss_budget.borrow().is_guessing(self.visitor, runtime::now())
    }
}

/// `None` where no origin answers: then the link answers 503, whatever copies of it exist.
async fn ask_gate(
    isolate: &Isolate,
    visit: &LinkVisit<'_>,
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Option<GateAnswer> {
    let request = visit.gate_request(VisitToken::new(runtime::now(), runtime::random_bytes()));
    let origin = isolate.origin(request_id, trace.map(Rc::as_ref));
    let answer = visit_calls::ask_gate(&origin, visit.record.id, &request).await;
    answer
        .inspect_err(|error| tracing::error!(request_id, %error, "the gate of a link could not be asked"))
        .ok()
}
