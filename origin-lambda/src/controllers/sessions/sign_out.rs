//! `DELETE /api/v1/sessions/current` signs out here, and `DELETE /api/v1/sessions` everywhere.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};

use crate::app::App;
use crate::auth::Principal;
use crate::auth::session::REMOVAL;
use crate::http::problem::{self, Problem};
use crate::store::sessions::Session;

type SignedOut = (StatusCode, [(HeaderName, &'static str); 1]);

const SIGNED_OUT: SignedOut = (StatusCode::NO_CONTENT, [(SET_COOKIE, REMOVAL)]);

pub(crate) async fn here(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Option<Session>>,
) -> Result<SignedOut, Problem> {
    let session = session.ok_or_else(problem::session_not_found)?;
    app.links.end_session(session.id).await?;
    Ok(SIGNED_OUT)
}

/// Ends every session of the caller's key, those of other people who have it too.
pub(crate) async fn everywhere(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<SignedOut, Problem> {
    app.links.end_sessions(principal.id()).await?;
    Ok(SIGNED_OUT)
}
