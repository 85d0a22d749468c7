//! Which path leads to which handler, and what every request passes on its way. The same under both runtimes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use link_core::edge_origin::RESOLVE_ROUTE;

use crate::app::App;
use crate::controllers::{health, internal, links};
use crate::problem::Problem;
use crate::{auth, limits, problem, request_log};

pub fn router(app: Arc<App>) -> Router {
    let keyed = Router::new()
        .route("/api/v1/links", post(links::create::create))
        .route("/api/v1/links/{id}", get(links::read::read))
        .route("/api/v1/links/{id}/stats", get(links::stats::stats))
        .route_layer(from_fn_with_state(app.clone(), auth::require_key));
    // `any` and not only `get`: axum would name the methods of the path in `Allow`, to whoever tries another, and that
    // after the middleware that hides the path.
    let internal =
        Router::new().route(RESOLVE_ROUTE, any(method_not_allowed).get(internal::resolve::resolve));
    let open =
        Router::new().route("/healthz", get(health::live::live)).route("/readyz", get(health::ready::ready));
    keyed
        .merge(internal)
        .merge(open)
        .fallback(async || -> Problem { problem::not_found() })
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(limits::MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), auth::hide_internal_routes))
        .layer(from_fn(request_log::log))
        .with_state(app)
}

async fn method_not_allowed() -> Problem {
    problem::method_not_allowed()
}
