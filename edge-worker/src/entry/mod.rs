//! The Worker's entry: takes a request apart, asks the pure modules, sends their answer. Decides nothing else.

mod api;

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use futures_util::future::join;
use link_core::click_batch::{Click, MAX_AGENT_BYTES, MAX_REFERRER_BYTES, bounded};
use link_core::click_buffer::{FLUSH, Next, SealedBatch};
use link_core::decision::{Decision, decide};
use link_core::domain::Domain;
use link_core::link_path::LinkPath;
use link_core::record::Resolution;
use link_core::visit::{Visit, Visitor};
use worker::{
    Context, Env, Method, Request, Response, ResponseBuilder, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::answer::Answer;
use crate::bindings::cache::ColoCache;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::replica::KvReplica;
use crate::bindings::{console, queue, runtime};
use crate::isolate::Isolate;
use crate::lifetimes::Copy;
use crate::lookup::candidates::{AskedUntilSilent, Meant, meant};
use crate::lookup::{Found, Key, Lookup, fill, in_memory};
use crate::route::{Route, Target, route};

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
        return respond(Answer::not_found());
    };
    match route(target.path, runtime::nfc) {
        Route::Link(path) => {
            let visit = Visiting { domain: &domain, path: &path, query: target.query, request: &request };
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
        Route::Api | Route::Nothing => respond(Answer::not_found()),
    }
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => api::publish_waiting(&isolate, &env).await,
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// A request for a link.
#[derive(Clone, Copy)]
struct Visiting<'a> {
    domain: &'a Domain,
    path: &'a LinkPath<'a>,
    query: &'a str,
    request: &'a Request,
}

impl Visiting<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
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
    if !matches!(visiting.request.method(), Method::Get | Method::Head) {
        return Answer::method_not_allowed();
    }
    let address = visiting.address();
    if let Err(retry_after_seconds) = admit(isolate, address) {
        return Answer::too_many_requests(retry_after_seconds);
    }
    let began = runtime::now();
    let origin = AskedUntilSilent::new(SignedOrigin { isolate, request_id: &request_id });
    let fills = RefCell::new(Vec::new());
    let replica = KvReplica(env.clone());
    let lookup = Lookup {
        memory: &isolate.memory,
        colo: &ColoCache,
        origin: &origin,
        replica: &replica,
        lifetimes: isolate.lifetimes,
        clock: &runtime::now,
        random: &runtime::random,
    };
    let look_up = async |key: &Key| {
        if let Some(found) = in_memory(&isolate.memory, key, runtime::now()) {
            return Ok(found);
        }
        let found = lookup.further(key).await?;
        if found.fill_colo {
            fills.borrow_mut().push((key.clone(), Rc::clone(&found.copy)));
        }
        Ok(found)
    };
    let Meant { found, rest } = match meant(visiting.domain, &visiting.path.candidates, look_up).await {
        Ok(meant) => meant,
        Err(error) => {
            tracing::error!(request_id, %error, "a name could not be looked up");
            return Answer::unavailable();
        }
    };
    let now = runtime::now();
    let (answer, next) = match &found.copy.resolution {
        Resolution::NotFound => (Answer::not_found(), Next::Nothing),
        Resolution::Deleted { .. } => (Answer::removed(), Next::Nothing),
        Resolution::Found { record } => {
            let agent = visiting.header("user-agent");
            let country = visiting.request.cf().and_then(worker::Cf::country);
            // A call into the runtime that only rules are worth.
            let languages = if record.rules.is_empty() { None } else { visiting.header("accept-language") };
            let visit = Visit {
                rest,
                // The preview shows nothing that came with the request but the path.
                query: if visiting.path.preview { "" } else { visiting.query },
                preview: visiting.path.preview,
                unlocked: false,
                country: country.as_deref(),
                agent: agent.as_deref(),
                languages: languages.as_deref(),
                visitor: address.map(|address| Visitor { key: &isolate.split_key, address }),
            };
            let decision = decide(record, &visit, now);
            let mut next = Next::Nothing;
            if let Decision::Redirect { status, .. } = decision {
                log_sample(&request_id, &found);
                let click = Click {
                    time: now,
                    link: record.id,
                    status,
                    tier: found.tier,
                    head: visiting.request.method() == Method::Head,
                    request: request_id,
                    country: country.and_then(|country| bounded(&country, 2)),
                    agent: agent.as_deref().and_then(|agent| bounded(agent, MAX_AGENT_BYTES)),
                    referrer: visiting
                        .header("referer")
                        .and_then(|referrer| bounded(&referrer, MAX_REFERRER_BYTES)),
                    domain: None,
                    purpose: None,
                    network: None,
                    language: None,
                    destination: None,
                    visitor: None,
                };
                next = isolate.clicks.borrow_mut().record(&click, now);
            }
            (Answer::to(&decision), next)
        }
    };
    let fills = fills.into_inner();
    if !fills.is_empty() || next != Next::Nothing {
        context.wait_until(after_the_answer(Rc::clone(isolate), fills, next));
    }
    answer.served_from(found.tier, now.millis_since(began))
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

async fn after_the_answer(isolate: Rc<Isolate>, fills: Vec<(Key, Rc<Copy>)>, next: Next) {
    let fill_colo = async {
        for (key, copy) in fills {
            fill(&ColoCache, &key, &copy, runtime::now).await;
        }
    };
    let send_clicks = async {
        let batch = match next {
            Next::Nothing => None,
            Next::Send(batch) => Some(batch),
            Next::StartTimer { batch } => {
                runtime::sleep(FLUSH).await;
                isolate.clicks.borrow_mut().flush_due(batch)
            }
        };
        if let Some(batch) = batch {
            send(&isolate, &batch).await;
        }
    };
    join(fill_colo, send_clicks).await;
}

async fn send(isolate: &Isolate, batch: &SealedBatch) {
    let outcome = queue::send(&isolate.config, batch).await;
    let mut clicks = isolate.clicks.borrow_mut();
    match outcome {
        Ok(()) => clicks.sent(batch),
        Err(reason) => clicks.given_up(batch, reason),
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
