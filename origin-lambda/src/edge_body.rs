//! Takes the whole of what the edge sends before anything is answered. HTTP/1.1 has to close a connection on which a request was
//! answered before its body was read (a key that is unknown, a method that is not allowed); the edge keeps its connections,
//! and what it sends on that one at the same moment would be lost, with nobody knowing whether it was carried out.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::limits::MAX_BODY_BYTES;
use crate::problem;

/// Anyone else's body is left to the route: it would only take room here.
pub(crate) async fn read_whole(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let has_body = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !has_body || !app.access.is_edge(request.headers()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    // The edge refuses a longer one itself.
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(_) => problem::body_too_large().into_response(),
    }
}
