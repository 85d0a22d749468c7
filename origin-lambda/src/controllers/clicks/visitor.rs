//! `GET /api/v1/visitors/{hash}`: what is stored of a visitor, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use uuid::Uuid;

use super::linked::LinkedClickJson;
use super::{linked, page_size, position};
use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::fields::text;
use crate::http::pages::QueryFields;
use crate::http::problem::{self, Problem, ProblemCode};

#[derive(Debug, Serialize)]
pub(crate) struct VisitorJson {
    data: Vec<LinkedClickJson>,
    next_cursor: Option<String>,
}

/// An unknown hash has no clicks.
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<VisitorJson>, Problem> {
    let after = fields.optional("cursor", ProblemCode::InvalidCursor, |value| {
        position::parse(&text(value)?).ok_or("must be the next_cursor of the previous page")
    });
    let limit = page_size(&mut fields);
    let after = fields.finish(Some(after))?;
    let visitor: Option<Uuid> = path.ok().and_then(|Path(hash)| hash.parse().ok());
    let visitor = visitor.ok_or_else(problem::not_found)?;
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut clicks = app.analytics.clicks_of_visitor(visitor, after, one_more).await?;
    let has_more = clicks.len() > limit;
    clicks.truncate(limit);
    let last = clicks.last().filter(|_| has_more);
    let next_cursor = last.map(|last| position::format(last.click.position()));
    Ok(Json(VisitorJson { data: linked::shown(&app, clicks, &LinkBounds::default()).await?, next_cursor }))
}
