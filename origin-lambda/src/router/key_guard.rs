//! Middleware: lets a request pass if its key has the route's right and is below its limits, and hides the edge's routes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::Right;
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
    let (app, right) = (&requirement.app, requirement.right);
    let source = RequestSource { method: request.method(), uri: request.uri(), headers: request.headers() };
    let mut caller = caller::identify(app, source).await?;
    let session = caller.session.take();
    caller::run_call(app, &caller, right, Problem::into_response, async {
        request.extensions_mut().insert(caller.principal);
        request.extensions_mut().insert(caller.bounds());
        request.extensions_mut().insert(session);
        next.run(request).await
    })
    .await
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
