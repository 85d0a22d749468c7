//! The Worker's entry: takes a request apart, asks the pure modules, sends their answer. Decides nothing else.

mod api;
mod click;
mod follow;

use std::rc::Rc;

use futures_util::future::join;
use link_core::domain::Domain;
use worker::{
    Context, Env, Method, Request, Response, ResponseBuilder, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::answer::Answer;
use crate::bindings::origin::SignedOrigin;
use crate::bindings::{console, queue, runtime, visitor_keys};
use crate::isolate::Isolate;
use crate::route::{Route, Target, route};
use follow::Visiting;

thread_local! {
    static ISOLATE: std::cell::OnceCell<Rc<Isolate>> = const { std::cell::OnceCell::new() };
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
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
            let form = follow::form(&mut request).await?;
            let visiting =
                Visiting { domain: &domain, path: &path, target: &target, request: &request, form };
            respond(follow::follow(&isolate, visiting, &env, &context, request_id).await)
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
        Route::Root => respond(follow::nowhere(&isolate)),
        Route::Api | Route::Nothing => respond(Answer::not_found()),
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
