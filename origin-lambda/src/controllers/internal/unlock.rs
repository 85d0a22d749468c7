//! Answers the edge's question whether a password is the link's.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::resolve::name;
use crate::app::App;
use crate::controllers::redirect::password_check::{PasswordCheck, check_password};
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};

pub(crate) async fn unlock(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::from_body(body);
    let password = fields.required("password", ProblemCode::InvalidPassword, text);
    let password = fields.finish(password)?;
    let (domain, code) = path
        .ok()
        .and_then(|Path((domain, code))| name(&domain, &code))
        .ok_or_else(problem::link_not_found)?;
    match check_password(&app, &domain, &code, &password).await? {
        PasswordCheck::Right => Ok(StatusCode::NO_CONTENT),
        PasswordCheck::Wrong => {
            Err(Problem::new(ProblemCode::WrongPassword, "this is not the link's password"))
        }
        PasswordCheck::TooMany => Err(problem::too_many_passwords()),
        PasswordCheck::NoPassword => Err(problem::link_not_found()),
    }
}
