//! The edge's question: is this the link's password? How often one visitor may ask is the edge's to decide; how often all of them
//! together may, is decided here.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use tracing::warn;

use super::resolve::name;
use crate::app::App;
use crate::fields::{Fields, text};
use crate::json_body::JsonBody;
use crate::password::Password;
use crate::problem::{self, Problem, ProblemCode};

pub(crate) async fn unlock(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::of_body(body);
    let given = fields.required("password", ProblemCode::InvalidPassword, text);
    let given = fields.finish(given)?;
    let (domain, code) = path
        .ok()
        .and_then(|Path((domain, code))| name(&domain, &code))
        .ok_or_else(problem::link_not_found)?;
    let (link, hash) = app.links.password_of(&domain, &code).await?.ok_or_else(problem::link_not_found)?;
    let tried_at = app.clock.now();
    if !app.links.take_password_turn(link, tried_at).await? {
        return Err(problem::too_many_passwords());
    }
    let is_right = hash.is_of(Password::typed(&given)).await;
    if !matches!(is_right, Ok(false))
        && let Err(error) = app.links.forgive_password_attempt(link, tried_at).await
    {
        // The visitor is not to pay for that: the link is slow a little sooner.
        warn!(%error, "a right password counts as a failed one");
    }
    if is_right? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(ProblemCode::WrongPassword, "this is not the link's password"))
    }
}
