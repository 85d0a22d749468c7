//! `PATCH /api/v1/tags/{name}`: renames a tag. If the new name exists, the two are merged.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};

use super::{TagJson, retag, tag};
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::MAX_COUNTED_LINKS;
use crate::links::input;

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Json<TagJson>, Problem> {
    let mut fields = Fields::from_body(body);
    let name = fields.required("name", ProblemCode::InvalidName, input::tag);
    let name = fields.finish(name)?;
    let old = tag(path)?;
    if name != old {
        retag(&app, principal, &bounds.links, &old, Some(&name)).await?;
    }
    match app.links.count_tagged_links(&name, &bounds.links, MAX_COUNTED_LINKS).await? {
        0 => Err(problem::tag_not_found()),
        links => Ok(Json(TagJson { name, links })),
    }
}
