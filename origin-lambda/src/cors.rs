//! Opens the API to pages of any origin; what they are told is decided in [`link_core::cors`]. Outside of everything that may
//! refuse a request, so that a page can read why.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use link_core::cors::{EVERY_ANSWER, PREFLIGHT};

pub(crate) async fn open(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let response = if request.method() == Method::OPTIONS {
        // A preflight bears no key.
        with(StatusCode::NO_CONTENT.into_response(), &PREFLIGHT)
    } else {
        next.run(request).await
    };
    with(response, &EVERY_ANSWER)
}

fn with(mut response: Response, headers: &[(&'static str, &'static str)]) -> Response {
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
