//! Default headers of every API response, problems included. Pages for visitors and redirects set their own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// Responses at and below these paths are for one key only.
const PARENTS: [&str; 2] = ["/api", "/internal"];
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

pub(crate) async fn add(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = is_api(path) || app.compatible_apis.served.serve(path);
    let mut response = next.run(request).await;
    if is_api {
        let headers = response.headers_mut();
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    }
    response
}

fn is_api(path: &str) -> bool {
    let is_within = |parent: &&str| {
        path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PARENTS.iter().any(is_within) || PROBES.contains(&path)
}
