//! Adds the CORS headers of [`link_core::cors`], which open the API to pages of any origin. Outside of everything that may reject
//! a request, so that a page can read why.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use link_core::cors::{EVERY_ANSWER, PREFLIGHT};

use crate::app::App;

pub(crate) async fn add_headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/api/") && !app.compatible_apis.served.serve(path) {
        return next.run(request).await;
    }
    let response = if request.method() == Method::OPTIONS {
        // A preflight has no key.
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
