//! The Worker's entry: takes a request apart, asks the pure modules, sends their answer. Decides nothing else.

mod api;
mod click;
mod password;

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join;
use link_core::click_buffer::Next;
use link_core::decision::{Decision, decide};
use link_core::domain::Domain;
use link_core::link_path::LinkPath;
use link_core::record::{LinkRecord, Resolution};
use link_core::time::UnixMillis;
use link_core::visit::{Visit, Visitor};
use worker::{
    Context, Env, Method, Request, Response, ResponseBuilder, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::answer::Answer;
use crate::bindings::cache::ColoCache;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::replica::KvReplica;
use crate::bindings::{console, flight, queue, runtime, visitor_keys};
use crate::isolate::Isolate;
use crate::lookup::candidates::{AskedUntilSilent, Meant, meant};
use crate::lookup::{Found, Key, Lookup, NoAnswer, in_memory};
use crate::route::{Route, Target, route};
use click::Redirected;

/// One redirect in this many is logged: a line for each would cost more than serving it.
const LOGGED_ONE_IN: f64 = 1_000.0;

thread_local! {
    static ISOLATE: std::cell::OnceCell<Rc<Isolate>> = const { std::cell::OnceCell::new() };
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let isolate = match isolate(&env) {
        Ok(isolate) => isolate,
        Err(error) => {
            tracing::error!(%error, "misconfigured");
            return respond(Answer::misconfigured());
        }
    };
    if !runtime::has_common_method(&request) {
        return respond(Answer::uncommon_method());
    }
    let request_id = isolate.next_request_id();
    let url = request.inner().url();
    let target = Target::of(&url);
    let Some(domain) = Domain::from_host(target.host, &isolate.config.default_domain) else {
        return respond(nothing(&isolate));
    };
    match route(target.path, runtime::nfc) {
        Route::Link(path) => {
            let visit =
                Visiting { domain: &domain, path: &path, target: &target, url: &url, request: &request };
            respond(follow(&isolate, visit, &env, &context, request_id).await)
        }
        // Other domains are for links alone.
        Route::Api if *domain == isolate.config.default_domain => {
            api::forward(&isolate, &target, request, env, &context, request_id).await
        }
        Route::Liveness | Route::Readiness if !matches!(request.method(), Method::Get | Method::Head) => {
            respond(Answer::method_not_allowed())
        }
        Route::Liveness => respond(Answer::alive()),
        Route::Readiness => respond(readiness(&isolate, &request_id).await),
        Route::Robots => respond(Answer::robots()),
        Route::Api | Route::Nothing => respond(nothing(&isolate)),
    }
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => {
            visitor_keys::prepare(&env, runtime::now()).await;
            api::publish_waiting(&isolate, &env).await;
        }
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// A request for a link.
#[derive(Clone, Copy)]
struct Visiting<'a> {
    domain: &'a Domain,
    path: &'a LinkPath<'a>,
    target: &'a Target<'a>,
    url: &'a str,
    request: &'a Request,
}

impl Visiting<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// As the visitor's browser wrote them.
    fn path_and_query(&self) -> String {
        match self.target {
            Target { path, query: "", .. } => (*path).to_owned(),
            Target { path, query, .. } => format!("{path}?{query}"),
        }
    }

    /// Only Cloudflare's own header is believed: it replaces whatever a visitor sends under that name.
    fn address(&self) -> Option<IpAddr> {
        self.header("cf-connecting-ip").and_then(|address| address.parse().ok())
    }
}

fn isolate(env: &Env) -> std::result::Result<Rc<Isolate>, crate::config::ConfigError> {
    ISOLATE.with(|cell| {
        if let Some(isolate) = cell.get() {
            return Ok(Rc::clone(isolate));
        }
        console::install();
        let isolate = Isolate::new(runtime::config(env)?, runtime::random_producer());
        Ok(Rc::clone(cell.get_or_init(|| Rc::new(isolate))))
    })
}

async fn follow(
    isolate: &Rc<Isolate>,
    visiting: Visiting<'_>,
    env: &Env,
    context: &Context,
    request_id: String,
) -> Answer {
    let method = visiting.request.method();
    if !matches!(method, Method::Get | Method::Head | Method::Post) {
        return Answer::method_not_allowed();
    }
    let address = visiting.address();
    if let Err(retry_after_seconds) = admit(isolate, address) {
        return Answer::too_many_requests(retry_after_seconds);
    }
    let began = runtime::now();
    let silent = Rc::new(Cell::new(false));
    let look_up = async |key: &Key| {
        let nearest = || in_memory(&isolate.memory, key, runtime::now());
        let further = || {
            look_further(Rc::clone(isolate), env.clone(), request_id.clone(), key.clone(), Rc::clone(&silent))
        };
        flight::shared(key, context, nearest, further).await
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
    let now = runtime::now();
    let (answer, next) = match &found.copy.resolution {
        Resolution::NotFound => (nothing(isolate), click::record_orphan(isolate, visiting, now)),
        Resolution::Deleted { .. } => (Answer::removed(), Next::Nothing),
        Resolution::Found { record } => {
            let agent = visiting.header("user-agent");
            let country = visiting.request.cf().and_then(worker::Cf::country);
            let languages = visiting.header("accept-language");
            let visit = Visit {
                rest,
                // The preview shows nothing that came with the request but the path.
                query: if visiting.path.preview { "" } else { visiting.target.query },
                preview: visiting.path.preview,
                unlocked: method != Method::Post && is_unlocked(isolate, visiting, record, now),
                country: country.as_deref(),
                agent: agent.as_deref(),
                languages: languages.as_deref(),
                visitor: address.map(|address| Visitor { key: &isolate.split_key, address }),
            };
            let decision = decide(record, &visit, now);
            if method == Method::Post {
                return match decision {
                    Decision::Password => password::unlock(isolate, visiting, record, &request_id).await,
                    _ => Answer::method_not_allowed(),
                };
            }
            let mut next = Next::Nothing;
            if let Decision::Redirect { status, .. } = decision {
                log_sample(&request_id, &found);
                let redirected = Redirected { found: &found, record, visit: &visit, status, now, request_id };
                next = click::record(isolate, visiting, redirected);
            }
            (Answer::to(&decision, visiting.target.path.trim_end_matches('+')), next)
        }
    };
    if next != Next::Nothing {
        context.wait_until(click::ship(Rc::clone(isolate), next));
    }
    answer.served_from(found.tier, now.millis_since(began))
}

/// For a link that there is none of.
fn nothing(isolate: &Isolate) -> Answer {
    match &isolate.config.fallback_url {
        Some(url) => Answer::fallback(url.as_str()),
        None => Answer::not_found(),
    }
}

/// Cookies are read only for a link that asks for one.
fn is_unlocked(isolate: &Isolate, visiting: Visiting<'_>, record: &LinkRecord, now: UnixMillis) -> bool {
    record.password.is_some()
        && visiting.header("cookie").is_some_and(|cookies| isolate.unlock_key.opens(record, &cookies, now))
}

/// Owns all that it needs: others may wait for it when the request that began it is over.
async fn look_further(
    isolate: Rc<Isolate>,
    env: Env,
    request_id: String,
    key: Key,
    silent: Rc<Cell<bool>>,
) -> std::result::Result<Found, NoAnswer> {
    let origin = SignedOrigin { isolate: &isolate, request_id: &request_id };
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

fn admit(isolate: &Isolate, visitor: Option<IpAddr>) -> std::result::Result<(), u32> {
    if visitor.is_some_and(|address| isolate.config.allow_list.holds(address)) {
        return Ok(());
    }
    isolate.visitors.borrow_mut().admit(visitor, runtime::now())
}

fn log_sample(request_id: &str, found: &Found) {
    if runtime::random() * LOGGED_ONE_IN < 1.0 {
        tracing::info!(request_id, tier = found.tier.as_str(), "redirected");
    }
}

async fn readiness(isolate: &Isolate, request_id: &str) -> Answer {
    let origin = SignedOrigin { isolate, request_id };
    let (origin, queue) = join(origin.is_ready(), queue::is_ready(&isolate.config)).await;
    Answer::readiness(origin, queue)
}

fn respond(answer: Answer) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(answer.status);
    for (name, value) in &answer.headers {
        response = response.with_header(name, value)?;
    }
    Ok(if answer.body.is_empty() { response.empty() } else { response.fixed(answer.body.into_bytes()) })
}
