//! `POST /api/v1/imports`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::Value;

use super::{ImportJson, check_policy};
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_TITLE_CHARACTERS;
use crate::links::creation::Creator;
use crate::links::input::single_line;
use crate::store::audit::Author;
use crate::store::imports::{NewImport, OnConflict, SOURCES};

pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut fields = Fields::from_body(body);
    let source = fields.required("source", ProblemCode::InvalidSource, source);
    let on_conflict = fields.optional("on_conflict", ProblemCode::InvalidOnConflict, on_conflict);
    let title =
        fields.optional("title", ProblemCode::InvalidTitle, |value| single_line(value, MAX_TITLE_CHARACTERS));
    let new = fields.finish(source.map(|source| NewImport {
        source,
        on_conflict: on_conflict.unwrap_or(OnConflict::Fail),
        title: title.flatten(),
        created_by: Creator::of(principal, &bounds).key,
    }))?;
    check_policy(new.on_conflict, &bounds)?;
    let import = app.links.open_import(&new, &Author::of(principal), app.clock.now()).await?;
    let location = [(LOCATION, format!("/api/v1/imports/{}", import.id))];
    Ok((StatusCode::CREATED, location, Json(ImportJson::from(import))).into_response())
}

fn source(value: Value) -> Result<&'static str, String> {
    let source = text(value)?;
    let known = SOURCES.into_iter().find(|known| *known == source);
    known.ok_or_else(|| format!("must be one of: {}", SOURCES.join(", ")))
}

fn on_conflict(value: Value) -> Result<OnConflict, String> {
    let name = text(value)?;
    let known = OnConflict::ALL.into_iter().find(|known| known.as_str() == name);
    known.ok_or_else(|| format!("must be one of: {}", OnConflict::ALL.map(OnConflict::as_str).join(", ")))
}
