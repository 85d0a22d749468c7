//! Admits an API call and passes it to the API's Worker, so that a busy API takes nothing from redirects.

use std::rc::Rc;

use edge_runtime::bindings::runtime;
use edge_runtime::request_target::RequestTarget;
use edge_runtime::traces::attributes::{self, number, text};
use edge_runtime::traces::{API_ROUTE, RequestTrace};
use link_core::otlp::Kind;
use link_core::redirect::Answer;
use worker::{Context, Env, Request, Response};

use super::admission;
use crate::bindings::api_worker;
use crate::isolate::Isolate;
use crate::requests::request_info::RequestInfo;
use crate::responses::problem;

/// This Worker's own answer, or that of the API's Worker.
pub(super) enum Answered {
    Own(Answer),
    Api(Response),
}

pub(super) async fn answer(
    isolate: &Rc<Isolate>,
    info: &RequestInfo<'_>,
    request: &Request,
    (env, context): (&Env, &Context),
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Answered {
    if let Err(seconds) = admission::admit_call(isolate, info.address, runtime::now()) {
        return Answered::Own(problem::too_many_calls(seconds));
    }
    let span = trace.map(|trace| {
        let attributes = vec![text(attributes::TEMPLATE, API_ROUTE)];
        (trace, trace.begin(Kind::Client, "call the API's Worker", attributes))
    });
    let traceparent = span.as_ref().map(|(trace, span)| trace.context_of(span).to_string());
    let called = api_worker::call(env, request, request_id, traceparent.as_deref()).await;
    if let Some((trace, mut span)) = span {
        let status = called.as_ref().ok().map(Response::status_code);
        span.attributes.extend(status.map(|status| number(attributes::STATUS, status)));
        let failure = match status {
            Some(status) => (status >= 500).then(|| status.to_string()),
            None => Some("unreachable".to_owned()),
        };
        trace.end(span, failure.as_deref());
    }
    let answered = match called {
        Ok(response) => {
            let outcome = (RequestTarget::of(info.url).path, response.status_code());
            admission::call_answered(isolate, info.address, outcome, runtime::now());
            Answered::Api(response)
        }
        Err(error) => {
            tracing::error!(request_id, error, "the API's Worker did not answer");
            Answered::Own(problem::api_unavailable())
        }
    };
    admission::report(isolate, info.address, env, context);
    answered
}
