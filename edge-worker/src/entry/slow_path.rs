//! A visit that needs I/O: admits it, looks the link up, unlocks it where it has a password, answers and ships clicks.
//! Decides the order of these steps.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::{join, join_all};
use link_core::click_batch::{MAX_USER_AGENT_BYTES, Purpose, truncated};
use link_core::click_buffer::FlushAction;
use link_core::gate::{GateAnswer, GateRequest, VisitToken};
use link_core::record::{LinkRecord, Resolution};
use link_core::visit::Method;
use worker::{Context, Env, Request};

use super::resolved_visit::{self, LinkRequest, ResolvedVisit};
use super::{click, fast_path};
use crate::answer::Answer;
use crate::bindings::body::read_form;
use crate::bindings::cache::ColoCache;
use crate::bindings::origin::{PasswordCheck, SignedOrigin};
use crate::bindings::replica::KvReplica;
use crate::bindings::{rate_limit, runtime, shared_lookup};
use crate::enumeration_guard::{BudgetedOrigin, LookupVisitor};
use crate::isolate::Isolate;
use crate::lookup::candidates::{Candidates, PathOutcome};
use crate::lookup::{
    Colo, ColoMiss, Found, LinkKey, Lookup, OriginError, from_colo, from_memory, newest_seen,
};
use crate::unlock_cookies::password_of;
use crate::visitor_limit::{VisitorLimit, counter_key, site_prefix};

/// A password and its field name, percent-encoded.
const MAX_FORM_BYTES: usize = 4_096;

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
    if let Err(refusal) = link_request.admit(isolate, began) {
        return Ok(refusal);
    }
    let from_memory_only = |key: &LinkKey| from_memory(&isolate.memory, key, runtime::now());
    let names = Candidates::new(&link_request.domain, &link_request.path);
    let met_misses = link_request.check_misses(isolate, began);
    if let Err(seconds) = met_misses
        && !names.keys.iter().any(|key| from_memory_only(key).is_some())
    {
        return Ok(Answer::too_many_requests(seconds));
    }
    let owned = OwnedLookup {
        isolate: Rc::clone(isolate),
        env: env.clone(),
        request_id: request_id.clone(),
        visitor: LookupVisitor {
            address: link_request.info.address,
            is_allow_listed: link_request.is_allow_listed(isolate),
            met_misses: met_misses.is_err(),
        },
    };
    let candidates = look_up(names, &owned, context, from_memory_only);
    let (candidates, ()) = join(candidates, click::learn_visitor_key(isolate, env)).await;
    let resolved = match candidates.resolved() {
        Ok(resolved) => resolved,
        Err(error) => {
            tracing::error!(request_id, %error, "a link could not be looked up");
            return Ok(Answer::lookup_failed(&error));
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
        _ => Lock::Locked,
    };
    let unlocked = lock != Lock::Locked;
    let method = match lock {
        Lock::ByPassword(_) | Lock::ByCookie => Method::Get,
        Lock::Unlocked | Lock::Locked => link_request.method,
    };
    let now = runtime::now();
    let (link_request, resolved) = (&link_request, &resolved);
    let visit =
        ResolvedVisit { link_request, resolved, method, unlocked, gate: None, began, now, request_id };
    let (answer, flush) = match visit.needs_gate(isolate) {
        None => resolved_visit::answer(isolate, visit),
        Some(record) => match ask_gate(isolate, record, &visit).await {
            Some(gate) => resolved_visit::answer(
                isolate,
                ResolvedVisit { gate: Some(gate), now: runtime::now(), ..visit },
            ),
            None => (Answer::gate_unavailable(), FlushAction::Nothing),
        },
    };
    click::ship_later(isolate, context, flush);
    if !link_request.is_allow_listed(isolate) {
        report(isolate, link_request.info.address, env, context);
    }
    Ok(match lock {
        Lock::ByPassword(cookie) => answer.unlocked(&cookie, accepts_html(&request)),
        Lock::ByCookie => answer.after_form(accepts_html(&request)),
        Lock::Unlocked | Lock::Locked => answer,
    })
}

/// Reads memory, then the colo for all candidates that memory does not hold, then asks the origin once for the rest.
async fn look_up<'p, 'a>(
    mut names: Candidates<'p, 'a>,
    owned: &OwnedLookup,
    context: &Context,
    from_memory_only: impl Fn(&LinkKey) -> Option<Found>,
) -> Candidates<'p, 'a> {
    let isolate = &owned.isolate;
    for position in names.undecided() {
        if let Some(found) = names.keys.get(position).and_then(&from_memory_only) {
            names.set(position, Ok(found));
        }
    }
    let in_colo = names.undecided().into_iter().filter_map(|position| {
        let key = names.keys.get(position)?.clone();
        Some(async move {
            let stale = match fast_path::take_colo_read(&key, runtime::now()) {
                Some(stale) => Err(stale),
                None => from_colo(&isolate.memory, &key, ColoCache.get(&key).await, runtime::now()),
            };
            (position, key, stale)
        })
    });
    let mut missing = Vec::new();
    for (position, key, stale) in join_all(in_colo).await {
        match stale {
            Ok(found) => names.set(position, Ok(found)),
            Err(stale) => missing.push((position, (key, stale))),
        }
    }
    let undecided = names.undecided();
    missing.retain(|(position, _)| undecided.contains(position));
    if missing.is_empty() {
        return names;
    }
    let is_guessing = isolate.miss_budget.borrow().is_guessing(owned.visitor, runtime::now());
    let fetch_from_origin = |missing| owned.clone().fetch_from_origin(missing);
    let (positions, missing): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
    let found =
        shared_lookup::shared(missing, is_guessing, context, from_memory_only, fetch_from_origin).await;
    for (position, found) in positions.into_iter().zip(found) {
        names.set(position, found);
    }
    names.replace_each(|key, found| newest_seen(&isolate.memory, key, found));
    names
}

type LimitOf = fn(&Isolate) -> &RefCell<VisitorLimit>;

/// A browser lists HTML in `Accept`; a program mostly sends `*/*`.
fn accepts_html(request: &Request) -> bool {
    request.headers().get("accept").ok().flatten().is_some_and(|types| types.contains("text/html"))
}

/// Reports a visitor with many requests to the location's counter, after the answer.
pub(super) fn report(isolate: &Rc<Isolate>, visitor: Option<IpAddr>, env: &Env, context: &Context) {
    let shared: [(_, LimitOf); 2] =
        [("VISITORS", |isolate| &isolate.visitors), ("MISSES", |isolate| &isolate.misses)];
    for (binding, limit) in shared {
        if limit(isolate).borrow_mut().take_report(visitor) {
            let (isolate, env) = (Rc::clone(isolate), env.clone());
            context.wait_until(async move {
                let key = counter_key(&isolate.config.edge_secret.0, binding, visitor);
                if !rate_limit::admits(&env, binding, &key).await {
                    limit(&isolate).borrow_mut().refuse(visitor, runtime::now());
                }
            });
        }
    }
}

/// Owns everything that a lookup needs: other requests may wait for it after the request that began it is over.
#[derive(Clone)]
struct OwnedLookup {
    isolate: Rc<Isolate>,
    env: Env,
    request_id: String,
    visitor: LookupVisitor,
}

impl OwnedLookup {
    async fn fetch_from_origin(self, names: Vec<ColoMiss>) -> Vec<Result<Found, OriginError>> {
        let Self { isolate, env, request_id, visitor } = self;
        let origin = SignedOrigin { isolate: &isolate, request_id: &request_id };
        let origin = BudgetedOrigin { origin, budget: &isolate.miss_budget, visitor, clock: &runtime::now };
        let lookup = Lookup {
            memory: &isolate.memory,
            origin: &origin,
            replica: &KvReplica(env),
            freshness: isolate.freshness,
            clock: &runtime::now,
            random: &runtime::random,
        };
        lookup.fetch_from_origin(names).await
    }
}

/// `None` where no origin answers: then the link answers 503, whatever copies of it exist.
async fn ask_gate(isolate: &Isolate, record: &LinkRecord, visit: &ResolvedVisit<'_>) -> Option<GateAnswer> {
    let (info, request_id) = (visit.link_request.info, visit.request_id.as_str());
    let gate_request = GateRequest {
        token: VisitToken::new(runtime::now(), runtime::random_bytes()),
        head: info.method == "HEAD",
        purpose: Purpose::of(info.purposes),
        user_agent: info.user_agent.and_then(|text| truncated(text, MAX_USER_AGENT_BYTES)),
        asn: info.asn,
    };
    let answer = SignedOrigin { isolate, request_id }.ask_gate(record.id, &gate_request).await;
    answer
        .inspect_err(|error| tracing::error!(request_id, %error, "the gate of a link could not be asked"))
        .ok()
}

#[derive(Debug, PartialEq, Eq)]
enum Lock {
    Unlocked,
    /// By the password in this request; the cookie unlocks later ones.
    ByPassword(String),
    /// By a cookie; the password in the form is not checked.
    ByCookie,
    Locked,
}

/// `Err` holds the answer to a wrong password, or to one attempt too many.
async fn unlock(
    isolate: &Isolate,
    (record, name): (&LinkRecord, &str),
    link_request: &LinkRequest<'_>,
    request: &mut Request,
    (env, request_id): (&Env, &str),
) -> Result<Lock, Answer> {
    if record.password.is_none() {
        return Ok(Lock::Unlocked);
    }
    let is_post = link_request.method == Method::Post;
    let cookies = request.headers().get("cookie").ok().flatten().unwrap_or_default();
    match (isolate.unlock_cookies.unlocks(record, &cookies, runtime::now()), is_post) {
        (true, true) => return Ok(Lock::ByCookie),
        (true, false) => return Ok(Lock::Unlocked),
        (false, true) => {}
        (false, false) => return Ok(Lock::Locked),
    }
    // A form that is too long or cut off holds no password.
    let form = read_form(request, MAX_FORM_BYTES).await.unwrap_or_default();
    let Some(password) = password_of(&form) else { return Err(Answer::password_wrong()) };
    admit_password(isolate, link_request.info.address, env).await.map_err(Answer::too_many_passwords)?;
    let key = LinkKey { domain: record.domain.clone(), code: record.code.clone() };
    match (SignedOrigin { isolate, request_id }).unlock(&key, &password).await {
        Ok(PasswordCheck::Right) => {
            let is_https = link_request.info.is_https();
            let cookie = isolate.unlock_cookies.cookie(record, name, is_https, runtime::now());
            cookie.map(Lock::ByPassword).ok_or_else(Answer::password_wrong)
        }
        Ok(PasswordCheck::Wrong) => Err(Answer::password_wrong()),
        Ok(PasswordCheck::TooManyAttempts(seconds)) => Err(Answer::too_many_passwords(seconds)),
        Err(error) => {
            tracing::error!(request_id, %error, "a password could not be checked");
            Err(Answer::unavailable())
        }
    }
}

/// Unlike [`report`], this asks the location first: otherwise every isolate would let one guess through.
async fn admit_password(isolate: &Isolate, visitor: Option<IpAddr>, env: &Env) -> Result<(), u32> {
    let visitor = visitor.map(site_prefix);
    isolate.passwords.borrow_mut().admit(visitor, runtime::now())?;
    let is_report_due = isolate.passwords.borrow_mut().take_report(visitor);
    let key = || counter_key(&isolate.config.edge_secret.0, "passwords", visitor);
    if !is_report_due || rate_limit::admits_within_timeout(env, "MISSES", &key()).await {
        return Ok(());
    }
    let now = runtime::now();
    isolate.passwords.borrow_mut().refuse(visitor, now);
    isolate.passwords.borrow().check(visitor, now)
}
