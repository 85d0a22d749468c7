//! The Worker's entry: takes a request apart, asks the pure modules and sends their answer. `entry.js` calls `fast_path`
//! first; what needs I/O comes to `fetch`.

mod admission;
mod api;
mod click;
mod current_isolate;
mod dispatch;
mod domain_visit;
mod fast_path;
mod letter_case;
mod link_request;
mod readiness;
mod resolved_visit;
mod slow_path;
mod trace;
mod unlock;
mod visitor_lookup;

use std::rc::Rc;

use link_core::cors;
use link_core::redirect::{Answer, DomainRoute};
use worker::{Context, Env, Request, Response, ResponseBuilder, Result, event};

use crate::bindings::request::request_fields;
use crate::isolate::Isolate;
use crate::requests::request_info::RequestInfo;
use crate::responses::problem;
use current_isolate::isolate;
use dispatch::{Dispatched, dispatch, https_only_header, secured};
use edge_runtime::bindings::runtime;
use edge_runtime::traces::attributes::{self, text};
use edge_runtime::traces::{API_ROUTE, RequestTrace};
use link_request::DomainRequest;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let isolate = match isolate(&env) {
        Ok(isolate) => isolate,
        Err(error) => {
            tracing::error!(%error, "misconfigured");
            return respond(edge_runtime::problem::misconfigured());
        }
    };
    let Some(traces) = &isolate.traces else { return answer(&isolate, request, &env, &context, None).await };
    let trace = trace::begin(traces, &request);
    let answered = answer(&isolate, request, &env, &context, Some(&trace)).await;
    let status = answered.as_ref().map_or(500, Response::status_code);
    trace::end(traces, &trace, status, &context);
    answered
}

async fn answer(
    isolate: &Rc<Isolate>,
    request: Request,
    env: &Env,
    context: &Context,
    trace: Option<&Rc<RequestTrace>>,
) -> Result<Response> {
    let fields = request_fields(&request);
    let info = RequestInfo::of(fields.each_ref().map(String::as_str));
    let request_id = isolate.request_ids.next();
    let dispatched = dispatch(isolate, &info);
    if let Some(trace) = trace {
        trace.add(text(attributes::REQUEST_ID, request_id.as_str()));
        describe(trace, &dispatched);
    }
    let answer = match dispatched {
        Dispatched::Answered(answer) | Dispatched::Redirected(answer) => answer,
        Dispatched::Link(link_request) => {
            slow_path::answer(isolate, link_request, request, (env, context), request_id, trace).await?
        }
        Dispatched::Domain(domain_request) => {
            domain_visit::answer(isolate, &info, &domain_request, (env, context), &request_id, trace).await
        }
        Dispatched::Api => match api::answer(isolate, &info, &request, (env, context), &request_id, trace)
            .await
        {
            api::Answered::Own(answer) => answer,
            api::Answered::Api(mut response) => {
                for (name, value) in cors::EVERY_ANSWER.into_iter().chain(https_only_header(isolate, &info)) {
                    response.headers_mut().set(name, value)?;
                }
                return Ok(response);
            }
        },
        Dispatched::Readiness => match admission::admit_call(isolate, info.address, runtime::now()) {
            Ok(()) => readiness::readiness(isolate, &request_id, context).await,
            Err(seconds) => problem::too_many_calls(seconds),
        },
    };
    respond(secured(isolate, &info, answer))
}

/// The route of a request. Its path may hold a code.
fn describe(trace: &RequestTrace, dispatched: &Dispatched<'_>) {
    match dispatched {
        Dispatched::Link(_) => trace.set_route("/{code}"),
        Dispatched::Domain(DomainRequest { route, .. }) => trace.set_route(match route {
            DomainRoute::Home => "/",
            DomainRoute::Robots => "/robots.txt",
            DomainRoute::File(_) => "/.well-known/{file}",
            DomainRoute::Qr(_) => "/{code}+qr",
            DomainRoute::Unknown(_) => "/{path}",
        }),
        Dispatched::Api => trace.set_route(API_ROUTE),
        Dispatched::Readiness => trace.set_route("/readyz"),
        Dispatched::Answered(_) | Dispatched::Redirected(_) => {}
    }
}

fn respond(answer: Answer) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(answer.status);
    for (name, value) in &answer.headers {
        response = response.with_header(name, value)?;
    }
    Ok(if answer.body.is_empty() { response.empty() } else { response.fixed(answer.into_bytes()) })
}
