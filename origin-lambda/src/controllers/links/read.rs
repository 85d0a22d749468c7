//! `GET /api/v1/links/{id}`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::{find_link, link_id};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::problem::Problem;
use crate::links::json::LinkJson;

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let link = find_link(&app, link_id(path)?, &bounds.links).await?;
    let link = LinkJson::new(link, &app.site, app.clock.now());
    Ok(([link.etag()], Json(link)).into_response())
}
