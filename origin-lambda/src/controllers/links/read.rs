//! `GET /api/v1/links/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::link_id;
use crate::app::App;
use crate::http::problem::{self, Problem};
use crate::links::json::LinkJson;

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let link = app.links.link_by_id(link_id(path)?).await?.ok_or_else(problem::link_not_found)?;
    let link = LinkJson::new(link, &app.site, app.clock.now());
    Ok(([link.etag()], Json(link)).into_response())
}
