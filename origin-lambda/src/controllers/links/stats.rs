//! `GET /api/v1/links/{id}/stats`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::{find_link, link_id};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::controllers::statistics::answer::{Scope, answer};
use crate::http::pages::QueryFields;
use crate::http::problem::Problem;
use crate::statistics::request::StatsRequest;

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let request = StatsRequest::for_link(fields, app.clock.now())?;
    find_link(&app, id, &bounds.links).await?;
    let cache_key = format!("{id}?{}", query.unwrap_or_default());
    answer(&app, cache_key, Scope::Link(id), &request).await
}
