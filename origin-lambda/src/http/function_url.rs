//! Serves a streaming function URL: takes events from Lambda's Runtime API, and sends each response as a head, eight zero bytes
//! and the body. Decides nothing about a request.
//!
//! `lambda_http` does the same, but over a connection with Nagle's algorithm, which waits some 40 ms for the first chunk to be
//! acknowledged before it sends the next, and cannot be configured. It serves responses in one piece, behind an HTTP API.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use hyper_util::client::legacy::connect::HttpConnector;
use lambda_http::lambda_runtime::MetadataPrelude;
use lambda_http::{Error, Service};
use lambda_runtime_api_client::{PooledClient, body, build_request};
use serde_json::json;
use telemetry::traces::{LAMBDA_FLUSH, Traces};
use tokio::time::timeout;
use tracing::warn;

use crate::limits::RESPONSE_LAMBDA_TIMEOUT;

const INVOCATIONS: &str = "/2018-06-01/runtime/invocation";
const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
/// Ends the head.
const END: [u8; 8] = [0; 8];
/// Lambda sends at most 6 MB (Lambda quotas).
const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

/// Returns only when the Runtime API cannot be reached; Lambda then starts another process.
pub async fn serve(mut router: Router, traces: &Traces) -> Result<Infallible, Error> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let api = PooledClient::builder().with_connector(connector).build();
    loop {
        let (id, event) = next(&api).await?;
        let reply = match lambda_http::request::from_str(&event) {
            Ok(request) => {
                let Ok(response) = router.call(request).await;
                answer(&id, response)?
            }
            Err(error) => invalid_event(&id, &error.to_string())?,
        };
        // Lambda may have given up this invocation, or the body may have failed; the next one is independent. A client that reads
        // nothing blocks it no longer than this timeout.
        match timeout(RESPONSE_LAMBDA_TIMEOUT, api.call(reply)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => warn!(error, "cannot send a response"),
            Err(_) => warn!("a response was cut off: the client read too slowly"),
        }
        // The client has its answer. Lambda freezes the process when it asks for the next invocation.
        traces.flush(LAMBDA_FLUSH).await;
    }
}

async fn next(api: &PooledClient) -> Result<(String, String), Error> {
    let request = build_request().uri(format!("{INVOCATIONS}/next")).body(body::Body::empty())?;
    let (head, event) = api.call(request).await?.into_parts();
    let id = head.headers.get(REQUEST_ID).ok_or("the invocation has no id")?.to_str()?.to_owned();
    let event = to_bytes(Body::new(event), MAX_EVENT_BYTES).await?;
    Ok((id, String::from_utf8(event.into())?))
}

fn answer(id: &str, response: Response) -> Result<Request<body::Body>, Error> {
    let (head, content) = response.into_parts();
    let cookies = head.headers.get_all(SET_COOKIE).iter();
    let cookies = cookies.map(|cookie| String::from_utf8_lossy(cookie.as_bytes()).into_owned()).collect();
    let mut headers: HeaderMap = head.headers;
    headers.remove(SET_COOKIE);
    let mut prelude = serde_json::to_vec(&MetadataPrelude { status_code: head.status, headers, cookies })?;
    prelude.extend(END);
    let first = stream::once(async { Ok(Bytes::from(prelude)) });
    let whole = Body::from_stream(first.chain(content.into_data_stream()));
    Ok(build_request()
        .method("POST")
        .uri(format!("{INVOCATIONS}/{id}/response"))
        .header("lambda-runtime-function-response-mode", "streaming")
        .header(TRANSFER_ENCODING, "chunked")
        .header(CONTENT_TYPE, "application/vnd.awslambda.http-integration-response")
        .body(body::Body::new(whole))?)
}

/// The answer to an event that is not an HTTP request.
fn invalid_event(id: &str, reason: &str) -> Result<Request<body::Body>, Error> {
    let error = json!({ "errorType": "Runtime.UnmarshalError", "errorMessage": reason });
    Ok(build_request()
        .method("POST")
        .uri(format!("{INVOCATIONS}/{id}/error"))
        .body(error.to_string().into())?)
}
