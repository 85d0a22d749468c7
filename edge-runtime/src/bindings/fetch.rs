//! Calls another server with a timeout, signed for AWS.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use link_core::edge_origin::CLIENT_BYTES;
use thiserror::Error;
use wasm_bindgen::JsCast;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{self, RequestInit, RequestRedirect, WorkerGlobalScope};
use worker::{AbortController, AbortSignal, Headers, Method, Response, ResponseBody};

use super::runtime::{now, sha256, sleep};
use crate::config::AwsConfig;
use crate::origins::sigv4::{RequestToSign, Scope, region_of, sha256_of, sign};

/// The platform hashes longer bodies.
const HASHED_HERE_BYTES: usize = 1_024;

#[derive(Debug, Clone)]
pub struct OutgoingCall<'a> {
    pub method: Method,
    /// Scheme, authority and an optional path prefix; no slash at the end.
    pub base_url: &'a str,
    pub path: &'a str,
    /// As [`crate::origins::sigv4::canonical_query`] makes it.
    pub query: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: Body<'a>,
    /// The AWS service to sign for; `None` sends no signature.
    pub service: Option<&'a str>,
    /// Leaves the reply's body unread unless it holds edge changes: it is for the client, and as long as the client asked for.
    pub streams: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    Bytes(&'a [u8]),
    /// In the runtime's memory, which unlike wasm's can be freed.
    Array(&'a js_sys::Uint8Array),
}

impl Body<'_> {
    pub const EMPTY: Self = Self::Bytes(&[]);
}

pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    /// Empty where `stream` holds the body.
    pub body: Vec<u8>,
    /// The unread body. It may not fit into an isolate, and no timeout applies to it.
    pub stream: Option<ResponseBody>,
}

#[derive(Debug, Error)]
pub enum FetchError {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("the connection failed: {0}")]
    Connection(#[from] worker::Error),
}

pub async fn call(aws: &AwsConfig, call: &OutgoingCall<'_>, timeout: Duration) -> Result<Reply, FetchError> {
    exchange(call, call.service.map(|service| (aws, service)), timeout).await
}

/// Calls a server that is not AWS's.
pub async fn call_unsigned(call: &OutgoingCall<'_>, timeout: Duration) -> Result<Reply, FetchError> {
    exchange(call, None, timeout).await
}

/// Status and headers of an answer whose body is not read.
pub async fn answer_head(call: &OutgoingCall<'_>, timeout: Duration) -> Result<(u16, Headers), FetchError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let (response, abort) = within(timeout, abort, ask(call, None, &signal)).await?;
    let head = (response.status_code(), response.headers().clone());
    abort.abort();
    Ok(head)
}

async fn exchange(
    call: &OutgoingCall<'_>,
    signer: Option<(&AwsConfig, &str)>,
    timeout: Duration,
) -> Result<Reply, FetchError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let exchange = async {
        let mut response = ask(call, signer, &signal).await?;
        let (status, headers) = (response.status_code(), response.headers().clone());
        if call.streams && !headers.has(CLIENT_BYTES)? {
            let (_, body) = response.into_parts();
            return Ok(Reply { status, headers, body: Vec::new(), stream: Some(body) });
        }
        let body = response.bytes().await?;
        Ok(Reply { status, headers, body, stream: None })
    };
    within(timeout, abort, exchange).await.map(|(reply, _)| reply)
}

/// Aborts what takes too long. Otherwise returns the controller too.
async fn within<T>(
    timeout: Duration,
    abort: AbortController,
    exchange: impl Future<Output = Result<T, FetchError>>,
) -> Result<(T, AbortController), FetchError> {
    match select(pin!(exchange), pin!(sleep(timeout))).await {
        Either::Left((reply, _)) => Ok((reply?, abort)),
        Either::Right(_) => {
            abort.abort();
            Err(FetchError::Timeout(timeout))
        }
    }
}

async fn ask(
    call: &OutgoingCall<'_>,
    signer: Option<(&AwsConfig, &str)>,
    signal: &AbortSignal,
) -> Result<Response, FetchError> {
    let body = match call.body {
        Body::Bytes(bytes) => js_sys::Uint8Array::from(bytes),
        Body::Array(array) => array.clone(),
    };
    let body_sha256 = match (signer, call.body) {
        (None, _) => None,
        // A promise costs more than hashing a few blocks here.
        (Some(_), Body::Bytes(bytes)) if bytes.len() <= HASHED_HERE_BYTES => Some(sha256_of(bytes)),
        (Some(_), _) => Some(sha256(&body).await.unwrap_or_else(|| sha256_of(&body.to_vec()))),
    };
    let init = init(call, signer.zip(body_sha256), &body)?;
    init.set_signal(Some(signal));
    let separator = if call.query.is_empty() { "" } else { "?" };
    let url = format!("{}{}{separator}{}", call.base_url, call.path, call.query);
    let runtime: WorkerGlobalScope = js_sys::global().unchecked_into();
    let answered = JsFuture::from(runtime.fetch_with_str_and_init(&url, &init)).await;
    let answered: web_sys::Response = answered.map_err(worker::Error::from)?.unchecked_into();
    Ok(Response::from(answered))
}

/// By `web_sys`: workers-rs would build a `Request` first, and add 7 KB for properties that are not set.
fn init(
    call: &OutgoingCall<'_>,
    signed: Option<((&AwsConfig, &str), [u8; 32])>,
    body: &js_sys::Uint8Array,
) -> Result<RequestInit, worker::Error> {
    let headers = Headers::new();
    for (name, value) in &call.headers {
        headers.set(name, value)?;
    }
    if let Some(((aws, service), body_sha256)) = signed {
        for (name, value) in signature(aws, call, service, body_sha256) {
            headers.set(name, &value)?;
        }
    }
    let init = RequestInit::new();
    init.set_method(call.method.as_ref());
    init.set_headers(headers.as_ref());
    init.set_redirect(RequestRedirect::Manual);
    if body.length() > 0 {
        init.set_body(body);
    }
    Ok(init)
}

fn signature(
    aws: &AwsConfig,
    call: &OutgoingCall<'_>,
    service: &str,
    body_sha256: [u8; 32],
) -> Vec<(&'static str, String)> {
    let after_scheme = call.base_url.split_once("://").map_or(call.base_url, |(_, rest)| rest);
    let (host, prefix) = match after_scheme.find('/') {
        Some(at) => after_scheme.split_at(at),
        None => (after_scheme, ""),
    };
    let path = format!("{prefix}{}", call.path);
    let request =
        RequestToSign { method: call.method.as_ref(), host, path: &path, query: call.query, body_sha256 };
    let scope = Scope { region: region_of(host).unwrap_or(&aws.region), service };
    sign(&request, &aws.credentials, scope, now())
}
