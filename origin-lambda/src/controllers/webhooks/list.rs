//! `GET /api/v1/webhooks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::WebhookJson;
use crate::app::App;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{Problem, ProblemCode};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<WebhookJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = if page.after().is_empty() { Ok(Uuid::nil()) } else { page.after().parse() };
    if after.is_err() {
        let detail = "must be the next_cursor of the previous page".to_owned();
        fields.reject(ProblemCode::InvalidCursor, "cursor".to_owned(), detail);
    }
    let after = fields.finish(after.ok())?;
    let endpoints = app.links.endpoints(after, page.rows()).await?;
    Ok(Json(page.list(endpoints, |endpoint| endpoint.id.to_string(), WebhookJson::from)))
}
