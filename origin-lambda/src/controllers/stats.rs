//! `GET /api/v1/stats`: the clicks of all links, or of those of a domain or with a tag.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::app::App;
use crate::pages::QueryFields;
use crate::problem::Problem;
use crate::statistics::answer::{Scope, answer};
use crate::statistics::request::StatsRequest;

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    RawQuery(question): RawQuery,
    QueryFields(fields): QueryFields,
) -> Result<Response, Problem> {
    let (request, selection) = StatsRequest::of_all_links(fields, app.clock.now())?;
    let question = format!("?{}", question.unwrap_or_default());
    answer(&app, question, Scope::All(selection), &request).await
}
