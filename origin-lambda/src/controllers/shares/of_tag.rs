//! `/api/v1/tags/{name}/shares`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};

use super::ShareJson;
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::controllers::tags::tag;
use crate::http::json_body::JsonBody;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::MAX_SELECTED_LINKS;
use crate::store::shares::ShareSubject;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let name = name(&bounds, path)?;
    match app.links.count_tagged_links(&name, &LinkBounds::default(), MAX_SELECTED_LINKS + 1).await? {
        0 => return Err(problem::tag_not_found()),
        links if links > MAX_SELECTED_LINKS => {
            let detail = format!("more than {MAX_SELECTED_LINKS} links have this tag; share one with fewer");
            return Err(Problem::new(ProblemCode::TooManyLinks, detail));
        }
        _ => {}
    }
    super::create(&app, principal, ShareSubject::Tag(name), body).await
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
    let subject = ShareSubject::Tag(name(&bounds, path)?);
    super::list(&app, &page, after, &subject).await.map(Json)
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((tag, share)) = path.map_err(|_| problem::tag_not_found())?;
    let subject = ShareSubject::Tag(name(&bounds, Ok(Path(tag)))?);
    super::delete(&app, principal, &subject, &share).await
}

/// A share shows all links of a tag, so for a key that is bound to some links there is none.
fn name(bounds: &KeyBounds, path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    super::check_statistics(bounds)?;
    if bounds.links.are_all() { tag(path) } else { Err(problem::tag_not_found()) }
}
