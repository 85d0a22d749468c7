//! A request for a link: admits it, looks the link up, opens it where it has a password, answers, and records the click.
//! Each of these is decided elsewhere; the order is decided here.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join;
use link_core::decision::{Decision, decide};
use link_core::domain::Domain;
use link_core::link_path::LinkPath;
use link_core::record::{LinkRecord, Resolution};
use link_core::slug::Slug;
use link_core::visit::{Visit, Visitor};
use worker::{Context, Env, Method, Request};

use crate::answer::Answer;
use crate::bindings::cache::ColoCache;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::replica::KvReplica;
use crate::bindings::{flight, runtime};
use crate::isolate::Isolate;
use crate::lookup::candidates::{AskedUntilSilent, Meant, meant};
use crate::lookup::{Found, Key, Lookup, NoAnswer, in_memory};
use crate::route::Target;
use crate::scans::Budgeted;
use crate::unlock::password_of;

use super::click::{self, Redirected};

/// One redirect in this many is logged: a line for each would cost more than serving it.
const LOGGED_ONE_IN: f64 = 1_000.0;
/// A password and the names around it.
const MAX_FORM_BYTES: usize = 4_096;

pub struct Visiting<'a> {
    pub domain: &'a Domain,
    pub path: &'a LinkPath<'a>,
    pub target: &'a Target<'a>,
    pub request: &'a Request,
    /// What was sent with a POST.
    pub form: Vec<u8>,
}

impl Visiting<'_> {
    pub fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// Only Cloudflare's own header is believed: it replaces whatever a visitor sends under that name.
    fn address(&self) -> Option<IpAddr> {
        self.header("cf-connecting-ip").and_then(|address| address.parse().ok())
    }
}

/// One that is too long holds no password.
pub async fn form(request: &mut Request) -> worker::Result<Vec<u8>> {
    if request.method() != Method::Post {
        return Ok(Vec::new());
    }
    Ok(runtime::body_up_to(request, MAX_FORM_BYTES).await?.unwrap_or_default())
}

pub fn nowhere(isolate: &Isolate) -> Answer {
    isolate.config.fallback_url.as_ref().map_or_else(Answer::not_found, Answer::fallback)
}

pub async fn follow(
    isolate: &Rc<Isolate>,
    visiting: Visiting<'_>,
    env: &Env,
    context: &Context,
    request_id: String,
) -> Answer {
    if !matches!(visiting.request.method(), Method::Get | Method::Head | Method::Post) {
        return Answer::method_not_allowed();
    }
    let address = visiting.address();
    let is_free = address.is_some_and(|address| isolate.config.allow_list.holds(address));
    if !is_free && let Err(seconds) = isolate.visitors.borrow_mut().admit(address, runtime::now()) {
        return Answer::too_many_requests(seconds);
    }
    let began = runtime::now();
    let nearest = |key: &Key| in_memory(&isolate.memory, key, runtime::now());
    let is_near =
        |slug: &Slug| nearest(&Key { domain: visiting.domain.clone(), code: slug.clone() }).is_some();
    let met_misses = isolate.misses.borrow().check(address, began);
    if !is_free
        && let Err(seconds) = met_misses
        && !visiting.path.candidates.iter().any(|candidate| is_near(&candidate.slug))
    {
        return Answer::too_many_requests(seconds);
    }
    let asking = Asking {
        isolate: Rc::clone(isolate),
        env: env.clone(),
        request_id: request_id.clone(),
        silent: Rc::default(),
        suspicious: met_misses.is_err(),
    };
    let look_up = async |key: &Key| {
        flight::shared(key, context, || nearest(key), || asking.clone().look_further(key.clone())).await
    };
    let looked_up = meant(visiting.domain, &visiting.path.candidates, look_up);
    let (looked_up, ()) = join(looked_up, click::learn_visitor_key(isolate, env)).await;
    let Meant { found, rest } = match looked_up {
        Ok(meant) => meant,
        Err(error) => {
            tracing::error!(request_id, %error, "a name could not be looked up");
            return Answer::unavailable();
        }
    };
    let answer = match &found.copy.resolution {
        Resolution::NotFound => {
            let _ = isolate.misses.borrow_mut().admit(address, began);
            click::ship_later(isolate, context, click::record_orphan(isolate, &visiting, runtime::now()));
            nowhere(isolate)
        }
        Resolution::Deleted { .. } => Answer::removed(),
        Resolution::Found { record } => {
            let lock = match unlock(isolate, record, &visiting, address, &request_id).await {
                Ok(lock) => lock,
                Err(refusal) => return refusal,
            };
            let visit = Following { visiting: &visiting, rest, address, record, found: &found, request_id };
            let answer = visit.answer(isolate, context, lock != Lock::Closed);
            match lock {
                Lock::JustOpened(cookie) => answer.unlocked(&cookie),
                Lock::Open | Lock::Closed => answer,
            }
        }
    };
    answer.served_from(found.tier, runtime::now().millis_since(began))
}

/// Owns all that a lookup needs: others may wait for it when the request that began it is over.
#[derive(Clone)]
struct Asking {
    isolate: Rc<Isolate>,
    env: Env,
    request_id: String,
    silent: Rc<Cell<bool>>,
    suspicious: bool,
}

impl Asking {
    async fn look_further(self, key: Key) -> Result<Found, NoAnswer> {
        let Self { isolate, env, request_id, silent, suspicious } = self;
        let origin = SignedOrigin { isolate: &isolate, request_id: &request_id };
        let origin = Budgeted { origin, scans: &isolate.scans, suspicious, clock: &runtime::now };
        let lookup = Lookup {
            memory: &isolate.memory,
            colo: &ColoCache,
            origin: &AskedUntilSilent::new(origin, silent),
            replica: &KvReplica(env),
            lifetimes: isolate.lifetimes,
            clock: &runtime::now,
            random: &runtime::random,
        };
        lookup.further(&key).await
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Lock {
    Open,
    /// By the password in this request; the cookie keeps it open.
    JustOpened(String),
    Closed,
}

/// `Err` holds the answer to a password that is none, or to one too many.
async fn unlock(
    isolate: &Isolate,
    record: &LinkRecord,
    visiting: &Visiting<'_>,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<Lock, Answer> {
    let posts = visiting.request.method() == Method::Post;
    if record.password.is_none() {
        return if posts { Err(Answer::method_not_allowed()) } else { Ok(Lock::Open) };
    }
    if !posts {
        let cookies = visiting.header("cookie").unwrap_or_default();
        let opens = isolate.locksmith.opens(record, &cookies, runtime::now());
        return Ok(if opens { Lock::Open } else { Lock::Closed });
    }
    let Some(password) = password_of(&visiting.form) else { return Err(Answer::password_wrong()) };
    isolate.passwords.borrow_mut().admit(address, runtime::now()).map_err(Answer::too_many_requests)?;
    let key = Key { domain: record.domain.clone(), code: record.code.clone() };
    match (SignedOrigin { isolate, request_id }).unlock(&key, &password).await {
        Ok(true) => {
            let is_https = visiting.request.inner().url().starts_with("https:");
            let cookie = isolate.locksmith.cookie(record, visiting.target.path, is_https, runtime::now());
            cookie.map(Lock::JustOpened).ok_or_else(Answer::password_wrong)
        }
        Ok(false) => Err(Answer::password_wrong()),
        Err(error) => {
            tracing::error!(request_id, %error, "a password could not be checked");
            Err(Answer::unavailable())
        }
    }
}

/// A visit to a link that was found.
struct Following<'a> {
    visiting: &'a Visiting<'a>,
    rest: &'a str,
    address: Option<IpAddr>,
    record: &'a LinkRecord,
    found: &'a Found,
    request_id: String,
}

impl Following<'_> {
    fn answer(self, isolate: &Rc<Isolate>, context: &Context, unlocked: bool) -> Answer {
        let (visiting, now) = (self.visiting, runtime::now());
        let agent = visiting.header("user-agent");
        let country = visiting.request.cf().and_then(worker::Cf::country);
        let languages = visiting.header("accept-language");
        let visit = Visit {
            rest: self.rest,
            // The preview shows nothing that came with the request but the path.
            query: if visiting.path.preview { "" } else { visiting.target.query },
            preview: visiting.path.preview,
            unlocked,
            country: country.as_deref(),
            agent: agent.as_deref(),
            languages: languages.as_deref(),
            visitor: self.address.map(|address| Visitor { key: &isolate.split_key, address }),
        };
        let decision = decide(self.record, &visit, now);
        let answer = Answer::to(&decision);
        if let Decision::Redirect { status, .. } = decision {
            if runtime::random() * LOGGED_ONE_IN < 1.0 {
                tracing::info!(request_id = self.request_id, tier = self.found.tier.as_str(), "redirected");
            }
            let redirected = Redirected {
                found: self.found,
                record: self.record,
                visit: &visit,
                status,
                now,
                request_id: self.request_id,
            };
            click::ship_later(isolate, context, click::record(isolate, visiting, redirected));
        }
        answer
    }
}
