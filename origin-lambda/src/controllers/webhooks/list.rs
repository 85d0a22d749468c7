//! `GET /api/v1/webhooks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::WebhookJson;
use crate::app::App;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<WebhookJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = page.after_id(&mut fields);
    fields.finish(Some(()))?;
    let endpoints = app.links.endpoints(after, page.rows()).await?;
    Ok(Json(page.list(endpoints, |endpoint| endpoint.id.to_string(), WebhookJson::from)))
}
