//! The edge's question: is this the link's password? How often a visitor may ask is the edge's to decide.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::resolve::name;
use crate::app::App;
use crate::fields::{Fields, text};
use crate::json_body::JsonBody;
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
    let hash = app.links.password_of(&domain, &code).await?.ok_or_else(problem::link_not_found)?;
    if hash.is_of(given).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(ProblemCode::WrongPassword, "this is not the link's password"))
    }
}
