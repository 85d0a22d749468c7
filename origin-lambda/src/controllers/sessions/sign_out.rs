//! `DELETE /api/v1/sessions/current` signs out here, `DELETE /api/v1/sessions/{id}` another browser, and `DELETE /api/v1/sessions` everywhere.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::Principal;
use crate::auth::session::REMOVAL;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::store::sessions::Session;

type SignedOut = (StatusCode, [(HeaderName, &'static str); 1]);

const SIGNED_OUT: SignedOut = (StatusCode::NO_CONTENT, [(SET_COOKIE, REMOVAL)]);

pub(crate) async fn here(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Option<Session>>,
) -> Result<SignedOut, Problem> {
    let session = session.ok_or_else(problem::session_not_found)?;
    app.links.end_session(session.principal, session.id).await?;
    Ok(SIGNED_OUT)
}

/// Removes the cookie if it is the session of this request.
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(current): Extension<Option<Session>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let not_found = || Problem::new(ProblemCode::SessionNotFound, "no session of this key has this id");
    // A malformed id is no session's id.
    let id = path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(not_found)?;
    if !app.links.end_session(principal.id(), id).await? {
        return Err(not_found());
    }
    Ok(match current {
        Some(current) if current.id == id => SIGNED_OUT.into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Ends every session of the caller's key, those of other people who have it too.
pub(crate) async fn everywhere(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<SignedOut, Problem> {
    app.links.end_sessions(principal.id()).await?;
    Ok(SIGNED_OUT)
}
