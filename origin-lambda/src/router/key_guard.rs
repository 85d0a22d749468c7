//! Middleware: lets a request pass if its key has the route's role and is below its limits, and hides the edge's routes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::{AccessDenied, Credential, Principal, Role};
use crate::http::problem::{self, Problem};
use crate::store::keys::StoredKey;

/// The state of [`require_key`] for one route.
#[derive(Debug, Clone)]
pub(crate) struct KeyRequirement {
    pub(crate) app: Arc<App>,
    pub(crate) role: Role,
}

pub(crate) async fn require_key(
    State(requirement): State<KeyRequirement>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (app, now) = (&requirement.app, requirement.app.clock.now());
    let (principal, counted) = match app.access.credential(request.headers())? {
        Credential::Bootstrap => (Principal::Bootstrap, None),
        Credential::Key(hash) => {
            let key = app.links.stored_key(hash).await?.ok_or(AccessDenied::InvalidKey)?;
            key.check_valid(now)?;
            let quota = app.rate_limits.count_request(&app.links, &key, now).await?;
            let StoredKey { id, role, links_per_minute, .. } = key;
            (Principal::Key { id, role, links_per_minute }, Some((key, quota)))
        }
    };
    let mut response = if counted.as_ref().is_some_and(|(_, quota)| !quota.fits()) {
        problem::rate_limited().into_response()
    } else if principal.role() < requirement.role {
        Problem::from(AccessDenied::Forbidden).into_response()
    } else {
        request.extensions_mut().insert(principal);
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
