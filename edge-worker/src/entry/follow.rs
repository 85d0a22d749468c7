//! A visit that needs I/O: admits it, looks the link up, opens it where it has a password, answers, and ships what clicks
//! are due. Each of these is decided elsewhere; the order is decided here.

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

use super::answering::{Arrival, Visiting, answer};
use super::{at_once, click};
use crate::answer::Answer;
use crate::bindings::body::read_form;
use crate::bindings::cache::ColoCache;
use crate::bindings::origin::{PasswordCheck, SignedOrigin};
use crate::bindings::replica::KvReplica;
use crate::bindings::{flight, rate_limit, runtime};
use crate::isolate::Isolate;
use crate::lookup::candidates::{Names, Outcome};
use crate::lookup::{Colo, Found, Key, Lookup, Missing, NoAnswer, from_colo, in_memory, newest_seen};
use crate::miss_budget::{Budgeted, Visitor};
use crate::unlock::password_of;
use crate::visitor_limit::{VisitorLimit, counter_key, site_of};

/// A password and the names around it.
const MAX_FORM_BYTES: usize = 4_096;

pub async fn follow(
    isolate: &Rc<Isolate>,
    visiting: Visiting<'_>,
    mut request: Request,
    env: &Env,
    context: &Context,
    request_id: String,
) -> worker::Result<Answer> {
    let began = runtime::now();
    if let Err(refusal) = visiting.admit(isolate, began) {
        return Ok(refusal);
    }
    let nearest = |key: &Key| in_memory(&isolate.memory, key, runtime::now());
    let names = Names::of(&visiting.domain, &visiting.path);
    let met_misses = visiting.check_misses(isolate, began);
    if let Err(seconds) = met_misses
        && !names.keys.iter().any(|key| nearest(key).is_some())
    {
        return Ok(Answer::too_many_requests(seconds));
    }
    let asking = Asking {
        isolate: Rc::clone(isolate),
        env: env.clone(),
        request_id: request_id.clone(),
        visitor: Visitor {
            address: visiting.facts.address,
            is_free: visiting.is_free(isolate),
            met_misses: met_misses.is_err(),
        },
    };
    let looked_up = look_up(names, &asking, context, nearest);
    let (looked_up, ()) = join(looked_up, click::learn_visitor_key(isolate, env)).await;
    let resolved = match looked_up.resolved() {
        Ok(resolved) => resolved,
        Err(error) => {
            tracing::error!(request_id, %error, "a name could not be looked up");
            return Ok(Answer::no_copy(&error));
        }
    };
    let lock = match (&resolved.outcome, &resolved.found.copy.resolution) {
        (Outcome::Link { name_end, .. }, Resolution::Found { record }) => {
            let name = visiting.target.path.get(..*name_end).unwrap_or_default();
            match unlock(isolate, (record, name), &visiting, &mut request, (env, &request_id)).await {
                Ok(lock) => lock,
                Err(refusal) => return Ok(refusal),
            }
        }
        _ => Lock::Closed,
    };
    let unlocked = lock != Lock::Closed;
    let method = match lock {
        Lock::JustOpened(_) | Lock::OpenBefore => Method::Get,
        Lock::Open | Lock::Closed => visiting.method,
    };
    let now = runtime::now();
    let (visiting, resolved) = (&visiting, &resolved);
    let arrival = Arrival { visiting, resolved, method, unlocked, leave: None, began, now, request_id };
    let (answer, next) = match arrival.needs_leave(isolate) {
        None => answer(isolate, arrival),
        Some(record) => match ask_for_leave(isolate, record, &arrival).await {
            Some(leave) => answer(isolate, Arrival { leave: Some(leave), now: runtime::now(), ..arrival }),
            None => (Answer::gate_unavailable(), FlushAction::Nothing),
        },
    };
    click::ship_later(isolate, context, next);
    if !visiting.is_free(isolate) {
        report(isolate, visiting.facts.address, env, context);
    }
    Ok(match lock {
        Lock::JustOpened(cookie) => answer.unlocked(&cookie, takes_pages(&request)),
        Lock::OpenBefore => answer.after_form(takes_pages(&request)),
        Lock::Open | Lock::Closed => answer,
    })
}

/// Memory first, then the colo for all names that memory cannot tell of, then one lookup beyond for the rest.
async fn look_up<'p, 'a>(
    mut names: Names<'p, 'a>,
    asking: &Asking,
    context: &Context,
    nearest: impl Fn(&Key) -> Option<Found>,
) -> Names<'p, 'a> {
    let isolate = &asking.isolate;
    for position in names.wanted() {
        if let Some(found) = names.keys.get(position).and_then(&nearest) {
            names.learn(position, Ok(found));
        }
    }
    let in_colo = names.wanted().into_iter().filter_map(|position| {
        let key = names.keys.get(position)?.clone();
        Some(async move {
            let kept = match at_once::take_kept(&key, runtime::now()) {
                Some(kept) => Err(kept),
                None => from_colo(&isolate.memory, &key, ColoCache.get(&key).await, runtime::now()),
            };
            (position, key, kept)
        })
    });
    let mut missing = Vec::new();
    for (position, key, kept) in join_all(in_colo).await {
        match kept {
            Ok(found) => names.learn(position, Ok(found)),
            Err(kept) => missing.push((position, (key, kept))),
        }
    }
    let wanted = names.wanted();
    missing.retain(|(position, _)| wanted.contains(position));
    if missing.is_empty() {
        return names;
    }
    let is_guessing = isolate.miss_budget.borrow().is_guessing(asking.visitor, runtime::now());
    let look_beyond = |missing| asking.clone().look_beyond(missing);
    let (positions, missing): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
    let found = flight::shared(missing, is_guessing, context, nearest, look_beyond).await;
    for (position, found) in positions.into_iter().zip(found) {
        names.learn(position, found);
    }
    names.renew(|key, found| newest_seen(&isolate.memory, key, found));
    names
}

type Limit = fn(&Isolate) -> &RefCell<VisitorLimit>;

/// A browser names pages first among what it takes; a program mostly takes anything.
fn takes_pages(request: &Request) -> bool {
    request.headers().get("accept").ok().flatten().is_some_and(|types| types.contains("text/html"))
}

/// Tells the location of a visitor who sends many requests, after the answer: nobody waits for it.
pub(super) fn report(isolate: &Rc<Isolate>, visitor: Option<IpAddr>, env: &Env, context: &Context) {
    let shared: [(_, Limit); 2] =
        [("VISITORS", |isolate| &isolate.visitors), ("MISSES", |isolate| &isolate.misses)];
    for (binding, limit) in shared {
        if limit(isolate).borrow_mut().take_lot(visitor) {
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

/// Owns all that a lookup needs: others may wait for it when the request that began it is over.
#[derive(Clone)]
struct Asking {
    isolate: Rc<Isolate>,
    env: Env,
    request_id: String,
    visitor: Visitor,
}

impl Asking {
    async fn look_beyond(self, names: Vec<Missing>) -> Vec<Result<Found, NoAnswer>> {
        let Self { isolate, env, request_id, visitor } = self;
        let origin = SignedOrigin { isolate: &isolate, request_id: &request_id };
        let origin = Budgeted { origin, budget: &isolate.miss_budget, visitor, clock: &runtime::now };
        let lookup = Lookup {
            memory: &isolate.memory,
            origin: &origin,
            replica: &KvReplica(env),
            lifetimes: isolate.lifetimes,
            clock: &runtime::now,
            random: &runtime::random,
        };
        lookup.beyond(names).await
    }
}

/// `None` where no origin answers: then nobody follows the link, whatever copies of it there are.
async fn ask_for_leave(isolate: &Isolate, record: &LinkRecord, arrival: &Arrival<'_>) -> Option<GateAnswer> {
    let (facts, request_id) = (arrival.visiting.facts, arrival.request_id.as_str());
    let visit = GateRequest {
        token: VisitToken::new(runtime::now(), runtime::random_bytes()),
        head: facts.method == "HEAD",
        purpose: Purpose::of(facts.purposes),
        user_agent: facts.agent.and_then(|agent| truncated(agent, MAX_USER_AGENT_BYTES)),
        asn: facts.network,
    };
    let leave = SignedOrigin { isolate, request_id }.leave(record.id, &visit).await;
    leave
        .inspect_err(|error| tracing::error!(request_id, %error, "the gate of a link could not be asked"))
        .ok()
}

#[derive(Debug, PartialEq, Eq)]
enum Lock {
    Open,
    /// By the password in this request; the cookie keeps it open.
    JustOpened(String),
    /// By a cookie: the password that came all the same is not looked at.
    OpenBefore,
    Closed,
}

/// `Err` holds the answer to a password that is none, or to one too many.
async fn unlock(
    isolate: &Isolate,
    (record, name): (&LinkRecord, &str),
    visiting: &Visiting<'_>,
    request: &mut Request,
    (env, request_id): (&Env, &str),
) -> Result<Lock, Answer> {
    if record.password.is_none() {
        return Ok(Lock::Open);
    }
    let posts = visiting.method == Method::Post;
    let cookies = request.headers().get("cookie").ok().flatten().unwrap_or_default();
    match (isolate.locksmith.opens(record, &cookies, runtime::now()), posts) {
        (true, true) => return Ok(Lock::OpenBefore),
        (true, false) => return Ok(Lock::Open),
        (false, true) => {}
        (false, false) => return Ok(Lock::Closed),
    }
    // One that is too long, or breaks off, holds no password.
    let form = read_form(request, MAX_FORM_BYTES).await.unwrap_or_default();
    let Some(password) = password_of(&form) else { return Err(Answer::password_wrong()) };
    admit_password(isolate, visiting.facts.address, env).await.map_err(Answer::too_many_passwords)?;
    let key = Key { domain: record.domain.clone(), code: record.code.clone() };
    match (SignedOrigin { isolate, request_id }).unlock(&key, &password).await {
        Ok(PasswordCheck::Right) => {
            let is_https = visiting.facts.is_https();
            let cookie = isolate.locksmith.cookie(record, name, is_https, runtime::now());
            cookie.map(Lock::JustOpened).ok_or_else(Answer::password_wrong)
        }
        Ok(PasswordCheck::Wrong) => Err(Answer::password_wrong()),
        Ok(PasswordCheck::NotNow(seconds)) => Err(Answer::too_many_passwords(seconds)),
        Err(error) => {
            tracing::error!(request_id, %error, "a password could not be checked");
            Err(Answer::unavailable())
        }
    }
}

/// Unlike with [`report`], the location is asked before: an isolate that heard of it afterwards would have let one guess
/// through, and there are many isolates.
async fn admit_password(isolate: &Isolate, visitor: Option<IpAddr>, env: &Env) -> Result<(), u32> {
    let visitor = visitor.map(site_of);
    isolate.passwords.borrow_mut().admit(visitor, runtime::now())?;
    let is_lot = isolate.passwords.borrow_mut().take_lot(visitor);
    let key = || counter_key(&isolate.config.edge_secret.0, "passwords", visitor);
    if !is_lot || rate_limit::admits_at_once(env, "MISSES", &key()).await {
        return Ok(());
    }
    let now = runtime::now();
    isolate.passwords.borrow_mut().refuse(visitor, now);
    isolate.passwords.borrow().check(visitor, now)
}
