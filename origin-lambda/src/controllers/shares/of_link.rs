//! `/api/v1/links/{id}/shares`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};

use super::ShareJson;
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::controllers::links::{find_link, link_id};
use crate::http::json_body::JsonBody;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{self, Problem};
use crate::store::shares::ShareSubject;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let subject = subject(&app, &bounds, path).await?;
    super::create(&app, principal, subject, body).await
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<ShareJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = page.after_id(&mut fields);
    fields.finish(Some(()))?;
    let subject = subject(&app, &bounds, path).await?;
    super::list(&app, &page, after, &subject).await.map(Json)
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((link, share)) = path.map_err(|_| problem::link_not_found())?;
    let subject = subject(&app, &bounds, Ok(Path(link))).await?;
    super::delete(&app, principal, &subject, &share).await
}

async fn subject(
    app: &App,
    bounds: &KeyBounds,
    path: Result<Path<String>, PathRejection>,
) -> Result<ShareSubject, Problem> {
    super::check_statistics(bounds)?;
    let link = find_link(app, link_id(path)?, &bounds.links).await?;
    Ok(ShareSubject::Link(link.id))
}
