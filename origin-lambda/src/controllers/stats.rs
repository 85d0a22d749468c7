//! `GET /api/v1/stats`: the clicks of all links, or of those of a domain or with a tag.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, RawQuery, State};
use axum::response::Response;

use crate::app::App;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemCode};
use crate::statistics::answer::{Scope, answer};
use crate::statistics::request::StatsRequest;

pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    RawQuery(question): RawQuery,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    let (request, selection) = StatsRequest::of_all_links(query_fields(query)?, app.clock.now())?;
    let question = format!("?{}", question.unwrap_or_default());
    answer(&app, question, Scope::All(selection), &request).await
}

pub(super) fn query_fields(
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Fields, Problem> {
    let Query(pairs) = query.map_err(|_| {
        Problem::new(ProblemCode::UnknownParameter, "the query string is not made of name=value pairs")
    })?;
    Ok(Fields::of_query(pairs))
}
