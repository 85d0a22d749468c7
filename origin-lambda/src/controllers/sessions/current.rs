//! `GET /api/v1/sessions/current`: who is signed in.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use super::CurrentSessionJson;
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::{self, Problem};
use crate::store::sessions::Session;

pub(crate) async fn current(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(session): Extension<Option<Session>>,
) -> Result<Json<CurrentSessionJson>, Problem> {
    let session = session.ok_or_else(problem::session_not_found)?;
    CurrentSessionJson::read(&app, session, principal).await.map(Json)
}
