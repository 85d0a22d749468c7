//! Default headers of every API response, problems included. Pages for visitors and redirects set their own.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::Response;

/// Responses below these prefixes are for one key only.
const PREFIXES: [&str; 2] = ["/api/", "/internal/"];
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

pub(crate) async fn add(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = PREFIXES.iter().any(|prefix| path.starts_with(prefix)) || PROBES.contains(&path);
    let mut response = next.run(request).await;
    if is_api {
        let headers = response.headers_mut();
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    }
    response
}
