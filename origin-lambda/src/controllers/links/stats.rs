//! `GET /api/v1/links/{id}/stats`, also of a deleted link.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{find_link, link_id};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::controllers::statistics::answer::answer;
use crate::controllers::statistics::scope::Scope;
use crate::http::pages::QueryFields;
use crate::http::problem::{Problem, ProblemCode};
use crate::statistics::request::StatsRequest;

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let request = StatsRequest::for_link(fields, app.clock.now())?;
    // A deleted link keeps its statistics, for those who have its id and whose key is bound to no links.
    match find_link(&app, id, &bounds.links).await {
        Err(unknown) if unknown.code() == ProblemCode::LinkNotFound => {
            if !bounds.links.are_all() || !app.analytics.has_clicks(id).await? {
                return Err(unknown);
            }
        }
        found => drop(found?),
    }
    let cache_key = format!("{id}?{}", query.unwrap_or_default());
    answer(&app, cache_key, Scope::Link(id), &request, &headers).await
}
