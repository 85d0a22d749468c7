//! Middleware: lets a request pass if its key has the route's right and is below its limits, and hides the edge's routes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::{KeyBounds, Right};
use crate::caller::{self, RequestSource};
use crate::http::problem::{self, Problem};

/// The state of [`require_key`] for one route.
#[derive(Debug, Clone)]
pub(crate) struct KeyRequirement {
    pub(crate) app: Arc<App>,
    pub(crate) right: Right,
}

pub(crate) async fn require_key(
    State(requirement): State<KeyRequirement>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (app, now) = (&requirement.app, requirement.app.clock.now());
    let source = RequestSource { method: request.method(), uri: request.uri(), headers: request.headers() };
    let caller = caller::identify(app, source).await?;
    let right = caller.check_right(requirement.right);
    let mut counted = None;
    if let Some(key) = &caller.key {
        counted = Some((key.clone(), app.rate_limits.count_request(&app.links, key, now).await?));
    }
    let mut response = if counted.as_ref().is_some_and(|(_, quota)| !quota.fits()) {
        problem::rate_limited().into_response()
    } else if let Err(denied) = right {
        Problem::from(denied).into_response()
    } else {
        let bounds = caller.key.map_or_else(KeyBounds::default, |key| key.bounds);
        request.extensions_mut().insert(caller.principal);
        request.extensions_mut().insert(bounds);
        request.extensions_mut().insert(caller.session);
        next.run(request).await
    };
    if let Some((key, quota)) = counted {
        app.rate_limits.quotas(quota, &key, now).insert_headers(response.headers_mut());
    }
    Ok(response)
}

/// For anyone but the edge, nothing below `/internal/` exists, whatever the method. Matches the path instead of routes, so that
/// no internal route can be added without this check.
pub(crate) async fn hide_internal_routes(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/internal/") && !app.access.is_edge(request.headers()) {
        return problem::not_found().into_response();
    }
    next.run(request).await
}
