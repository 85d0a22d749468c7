//! The Worker's entry: takes a request apart, asks the pure modules, sends their answer. Decides nothing else. What needs no
//! I/O is answered in `at_once`, for `entry.js`; all else comes to `fetch`.

mod answering;
mod api;
mod at_once;
mod click;
mod follow;

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::future::join;
use link_core::domain::Domain;
use link_core::visit::Method;
use worker::{
    Context, Env, Request, Response, ResponseBuilder, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::answer::Answer;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::{console, queue, runtime, visitor_keys};
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::route::{Route, Target, route};
use answering::Visiting;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
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
    let fields = runtime::facts(&request);
    let facts = Facts::of(fields.each_ref().map(String::as_str));
    let request_id = isolate.next_request_id();
    match asked_for(&isolate, &facts) {
        Asked::Answered(answer) => respond(answer),
        Asked::Link(visiting) => {
            respond(follow::follow(&isolate, visiting, request, &env, &context, request_id).await?)
        }
        Asked::Api(target) => api::forward(&isolate, &target, request, env, &context, request_id).await,
        Asked::Readiness => respond(readiness(&isolate, &request_id).await),
    }
}

enum Asked<'a> {
    Answered(Answer),
    Link(Visiting<'a>),
    Api(Target<'a>),
    Readiness,
}

fn asked_for<'a>(isolate: &'a Isolate, facts: &'a Facts<'a>) -> Asked<'a> {
    if !matches!(facts.method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
        return Asked::Answered(Answer::uncommon_method());
    }
    let target = Target::of(facts.url);
    let Some(domain) = Domain::from_host(target.host, &isolate.config.default_domain) else {
        return Asked::Answered(Answer::not_found());
    };
    let method = Method::of(facts.method);
    let reads = method.is_some_and(Method::reads);
    match route(target.path, runtime::nfc) {
        Route::Link(path) => match method {
            Some(method) => Asked::Link(Visiting { domain, path, target, method, facts }),
            None => Asked::Answered(Answer::method_not_allowed()),
        },
        // Other domains are for links alone.
        Route::Api if *domain == isolate.config.default_domain => Asked::Api(target),
        Route::Liveness | Route::Readiness if !reads => Asked::Answered(Answer::method_not_allowed()),
        Route::Liveness => Asked::Answered(Answer::alive()),
        Route::Readiness => Asked::Readiness,
        Route::Robots => Asked::Answered(Answer::robots()),
        Route::Root => Asked::Answered(answering::nowhere(isolate)),
        Route::Api | Route::Nothing => Asked::Answered(Answer::not_found()),
    }
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => {
            // Side by side: neither waits for the other's trouble.
            join(visitor_keys::prepare(&env, runtime::now()), api::publish_waiting(&isolate, &env)).await;
        }
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// Made by an isolate's first request: nothing may be read or drawn before.
fn isolate(env: &Env) -> std::result::Result<Rc<Isolate>, crate::config::ConfigError> {
    if let Some(isolate) = isolate_so_far() {
        return Ok(isolate);
    }
    console::install();
    runtime::stay_down_after_a_trap();
    let isolate = Isolate::new(runtime::config(env)?, runtime::random_producer());
    Ok(ISOLATE.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(isolate)))))
}

fn isolate_so_far() -> Option<Rc<Isolate>> {
    ISOLATE.with(|cell| cell.get().map(Rc::clone))
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
