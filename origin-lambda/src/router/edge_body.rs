//! Reads a whole request body of the edge before anything is answered. HTTP/1.1 must close a connection on which a request was
//! answered before its body was read (unknown key, method not allowed); the edge reuses its connections, and a request that it
//! sends at the same moment would be lost without anyone knowing whether it was executed.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::problem;
use crate::limits::MAX_BODY_BYTES;

/// Leaves other clients' bodies to the route: here they would only take memory.
pub(crate) async fn buffer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let has_body = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !has_body || !app.access.is_edge(request.headers()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    // The edge rejects a longer one itself.
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(_) => problem::body_too_large().into_response(),
    }
}
