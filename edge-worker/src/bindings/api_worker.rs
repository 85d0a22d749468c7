//! The API's Worker, over a service binding. Bodies pass through the runtime and never enter wasm.
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/http/>

use js_sys::{Promise, Reflect};
use link_core::edge_origin::REQUEST_ID;
use link_core::trace_context::TRACEPARENT;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{self, ReadableStream, RequestInit, RequestRedirect};
use worker::{Env, Request, Response};

const BINDING: &str = "API";

#[wasm_bindgen]
extern "C" {
    type ApiWorker;
    #[wasm_bindgen(method, catch)]
    fn fetch(this: &ApiWorker, request: &web_sys::Request) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = Response)]
    type CopiedResponse;
    #[wasm_bindgen(constructor, js_class = "Response", catch)]
    fn new(body: Option<ReadableStream>, init: &web_sys::Response) -> Result<CopiedResponse, JsValue>;
}

/// Its answer, with headers that may be changed. The error says why there is none.
pub async fn call(
    env: &Env,
    request: &Request,
    request_id: &str,
    traceparent: Option<&str>,
) -> Result<Response, String> {
    exchange(env, request, request_id, traceparent).await.map_err(|error| format!("{error:?}"))
}

async fn exchange(
    env: &Env,
    request: &Request,
    request_id: &str,
    traceparent: Option<&str>,
) -> Result<Response, JsValue> {
    let headers = web_sys::Headers::new_with_headers(&request.inner().headers())?;
    headers.set(REQUEST_ID, request_id)?;
    // The API's Worker believes what comes under this name, so the client's own must not get there.
    match traceparent {
        Some(traceparent) => headers.set(TRACEPARENT, traceparent)?,
        None => headers.delete(TRACEPARENT)?,
    }
    let init = RequestInit::new();
    init.set_headers(&headers);
    // A redirect of the origin is for the client.
    init.set_redirect(RequestRedirect::Manual);
    let passed_on = web_sys::Request::new_with_request_and_init(request.inner(), &init)?;
    let api: ApiWorker = Reflect::get(env, &BINDING.into())?.unchecked_into();
    let answered: web_sys::Response = JsFuture::from(api.fetch(&passed_on)?).await?.unchecked_into();
    let copied = CopiedResponse::new(answered.body(), &answered)?;
    Ok(Response::from(copied.unchecked_into::<web_sys::Response>()))
}
