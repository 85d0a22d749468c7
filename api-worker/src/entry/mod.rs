//! The Worker's entry: an API call of the visitor's Worker, or a run of the schedule.

mod api_checks;
mod current_isolate;
mod forward;
mod publication;
mod upload;
mod webhooks;

use edge_runtime::bindings::{collector, runtime, visitor_keys};
use edge_runtime::problem;
use edge_runtime::traces::API_ROUTE;
use edge_runtime::traces::attributes::{self, text};
use futures_util::future::join3;
use link_core::edge_origin::REQUEST_ID;
use link_core::trace_context::TRACEPARENT;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

use current_isolate::isolate;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let isolate = match isolate(&env) {
        Ok(isolate) => isolate,
        Err(error) => {
            tracing::error!(%error, "misconfigured");
            return forward::respond(problem::misconfigured());
        }
    };
    // The visitor's Worker replaces what a client sends under this name, and nobody else can call.
    let request_id = request.headers().get(REQUEST_ID).ok().flatten();
    let request_id = request_id.unwrap_or_else(|| isolate.request_ids.next());
    let Some(traces) = &isolate.traces else {
        return forward::forward(&isolate, request, (&env, &context), &request_id, None).await;
    };
    let traceparent = request.headers().get(TRACEPARENT).ok().flatten();
    let trace = traces.begin(traces.of_edge(traceparent.as_deref()), &request.inner().method());
    trace.set_route(API_ROUTE);
    trace.add(text(attributes::REQUEST_ID, request_id.as_str()));
    let answered = forward::forward(&isolate, request, (&env, &context), &request_id, Some(&trace)).await;
    traces.finish(&trace, answered.as_ref().map_or(500, Response::status_code));
    collector::export_later(traces, &context);
    answered
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => {
            // Concurrently, so that a failure of one does not delay the others.
            let publishing = publication::publish_backlog(&isolate, &env);
            let webhooks = webhooks::send_scheduled(&isolate);
            join3(visitor_keys::prepare(&env, runtime::now()), publishing, webhooks).await;
        }
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// Fails after a trap, like every call into wasm.
#[wasm_bindgen]
pub fn check_alive() -> i32 {
    0
}
