//! A visit that needs I/O: admits it, looks the link up, asks the gate, answers and ships clicks.
//! Decides the order of these steps.

use std::rc::Rc;

use futures_util::future::join;
use link_core::clicks::batch::CacheTier;
use link_core::clicks::buffer::FlushAction;
use link_core::record::Resolution;
use link_core::redirect::gate::{GateAnswer, VisitToken};
use link_core::redirect::link_path::LinkPath;
use link_core::redirect::{Answer, LinkVisit, Lock, PageContext, accepts_pages};
use link_core::time::UnixMillis;
use worker::{Context, Env, Request};

use super::letter_case::{self, NamesOfPath};
use super::link_request::LinkRequest;
use super::resolved_visit::{self, ResolvedVisit};
use super::unlock::unlock;
use super::visitor_lookup::{VisitorLookup, VisitorOrigin, visitor_lookup};
use super::{admission, click, domain_visit};
use crate::bindings::tasks::RequestTasks;
use crate::bindings::{tasks, visit_calls};
use crate::isolate::Isolate;
use crate::responses;
use crate::visitors::enumeration_guard::LookupVisitor;
use edge_runtime::bindings::runtime;
use edge_runtime::lookup::candidates::{Candidates, PathOutcome, ResolvedPath};
use edge_runtime::lookup::{Origin, OriginError};
use edge_runtime::traces::RequestTrace;
use edge_runtime::traces::attributes::{self, text};

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
    let plain = PageContext::of(link_request.visitor.languages, None);
    if let Err(seconds) = admission::admit(isolate, address, began) {
        return Ok(Answer::too_many_requests(seconds, plain));
    }
    let met_misses = admission::check_misses(isolate, address, began);
    if let Err(seconds) = met_misses
        && !is_in_memory(isolate, &link_request, began)
    {
        return Ok(Answer::too_many_requests(seconds, plain));
    }
    let is_allow_listed = admission::is_allow_listed(isolate, address);
    let visitor = LookupVisitor::new(address, is_allow_listed, met_misses.is_err());
    let origin = VisitorOrigin::new(isolate, &request_id, visitor, trace);
    let lookup = visitor_lookup(isolate, origin, env, trace);
    let resolve = resolve_path(&lookup, &link_request, context);
    let (resolved, ()) = join(resolve, click::learn_visitor_key(isolate, env)).await;
    let resolved = match resolved {
        Ok(resolved) => resolved,
        Err(error) => {
            tracing::error!(request_id, %error, "a link could not be looked up");
            return Ok(responses::lookup_failed(&error, plain));
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
    // What a link with a password answers is a page, or becomes one.
    let has_password =
        matches!(&resolved.found.copy.resolution, Resolution::Found { record } if record.password.is_some());
    let known = if has_password {
        Some(domain_visit::look_up_settings(&lookup, &link_request.domain, context).await)
    } else {
        None
    };
    let page_context = PageContext { domain: known.as_ref(), ..plain };
    let lock = match (&resolved.outcome, &resolved.found.copy.resolution) {
        (PathOutcome::Link { name_end, .. }, Resolution::Found { record }) => {
            let name = link_request.target.path.get(..*name_end).unwrap_or_default();
            let system = (env, request_id.as_str(), trace);
            match unlock(isolate, (record, name), &link_request, (&mut request, page_context), system).await {
                Ok(lock) => lock,
                Err(refusal) => return Ok(refusal),
            }
        }
        _ => Lock::Closed,
    };
    let mut visit = ResolvedVisit {
        link_request: &link_request,
        resolved: &resolved,
        settings: known.as_ref(),
        method: lock.method(link_request.method),
        unlocked: lock.is_open(),
        gate: None,
        began,
        now: runtime::now(),
        request_id,
        trace: None,
    };
    if let Some(gated) = visit.needs_gate(isolate) {
        let gate = match ask_gate(isolate, &gated, &visit.request_id, trace).await {
            Some(gate) => gate,
            None if gated.record.gated => return Ok(Answer::gate_unavailable(plain)),
            // Without the link's own preview, the visitor gets its destination's.
            None => GateAnswer::Granted,
        };
        (visit.gate, visit.now) = (Some(gate), runtime::now());
    }
    visit.trace = trace.and_then(|trace| trace.context_if_kept());
    let (answer, flush) = match resolved_visit::answer(isolate, &visit) {
        Some(answered) => answered,
        // No redirect of the link: a page, or where the domain leads.
        None => {
            let settings = domain_visit::look_up_settings(&lookup, &link_request.domain, context).await;
            let visit = ResolvedVisit { settings: Some(&settings), now: runtime::now(), ..visit };
            resolved_visit::answer(isolate, &visit)
                .unwrap_or_else(|| (Answer::internal_error(plain), FlushAction::Nothing))
        }
    };
    click::ship_later(isolate, context, flush);
    admission::report(isolate, address, env, context);
    let accept = request.headers().get("accept").ok().flatten().unwrap_or_default();
    Ok(lock.finish(answer, accepts_pages(&accept), page_context))
}

/// Whether memory has one of the names that the path means.
fn is_in_memory(isolate: &Isolate, link_request: &LinkRequest<'_>, now: UnixMillis) -> bool {
    let Some(names) = NamesOfPath::from_memory(isolate, link_request, now) else { return false };
    let mut candidates = Candidates::new(&link_request.domain, names.path(link_request));
    candidates.read_memory(&isolate.memory, now);
    candidates.has_any()
}

/// The link that the path means.
async fn resolve_path<'a>(
    lookup: &VisitorLookup,
    link_request: &LinkRequest<'a>,
    context: &Context,
) -> Result<ResolvedPath<'a>, OriginError> {
    let names = NamesOfPath::look_up(lookup, link_request, context).await;
    let resolved = resolve_names(lookup, link_request, names.path(link_request), context).await;
    if !letter_case::may_be_alias(&link_request.path, resolved.as_ref()) {
        return resolved;
    }
    let settings = domain_visit::look_up_settings(lookup, &link_request.domain, context).await;
    match letter_case::path_under(&link_request.path, &settings) {
        Some(path) => resolve_names(lookup, link_request, &path, context).await,
        None => resolved,
    }
}

async fn resolve_names<'a>(
    lookup: &VisitorLookup,
    link_request: &LinkRequest<'_>,
    path: &LinkPath<'a>,
    context: &Context,
) -> Result<ResolvedPath<'a>, OriginError> {
    let mut candidates = Candidates::new(&link_request.domain, path);
    lookup.look_up(&mut candidates, &tasks::shared_lookups(), &RequestTasks(context)).await;
    candidates.resolved()
}

/// `None` where no origin answers: then a link with a gate answers 503, whatever copies of it exist.
async fn ask_gate(
    isolate: &Isolate,
    visit: &LinkVisit<'_>,
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Option<GateAnswer> {
    let request = visit.gate_request(VisitToken::new(runtime::now(), runtime::random_bytes()));
    let known = isolate.visitor_classes.borrow().get(&request, runtime::now());
    if known.is_some() {
        return known;
    }
    let origin = isolate.origin(request_id, trace.map(Rc::as_ref));
    let answer = visit_calls::ask_gate(&origin, visit.record.id, &request).await;
    let answer = answer
        .inspect_err(|error| tracing::error!(request_id, %error, "the gate of a link could not be asked"))
        .ok()?;
    isolate.visitor_classes.borrow_mut().keep(request, answer, runtime::now());
    Some(answer)
}
