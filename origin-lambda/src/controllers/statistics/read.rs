//! `GET /api/v1/stats`: the clicks of all links, or of the links of a domain or tag.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::auth::KeyBounds;
use crate::controllers::statistics::answer::answer;
use crate::controllers::statistics::scope::Scope;
use crate::http::pages::QueryFields;
use crate::http::problem::Problem;
use crate::statistics::request::StatsRequest;

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let (request, selection) = StatsRequest::for_all_links(fields, bounds.links, app.clock.now())?;
    // Keys that are bound to different links get different answers.
    let cache_key = format!("{:?}?{}", selection.bounds, query.unwrap_or_default());
    answer(&app, cache_key, Scope::All(selection), &request, &headers).await
}
