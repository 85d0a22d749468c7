//! Admits an API call and passes it to the API's Worker, so that a busy API takes nothing from redirects.

use std::rc::Rc;

use edge_runtime::bindings::runtime;
use link_core::redirect::Answer;
use worker::{Context, Env, Request, Response};

use super::{admission, slow_path};
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
    env: &Env,
    context: &Context,
    request_id: &str,
) -> Answered {
    if let Err(seconds) = admission::admit_call(isolate, info.address, runtime::now()) {
        return Answered::Own(problem::too_many_calls(seconds));
    }
    let answered = match api_worker::call(env, request, request_id).await {
        Ok(response) => {
            admission::call_answered(isolate, info.address, response.status_code(), runtime::now());
            Answered::Api(response)
        }
        Err(error) => {
            tracing::error!(request_id, error, "the API's Worker did not answer");
            Answered::Own(problem::api_unavailable())
        }
    };
    slow_path::report(isolate, info.address, env, context);
    answered
}
