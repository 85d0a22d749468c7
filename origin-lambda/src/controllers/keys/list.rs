//! `GET /api/v1/keys`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::KeyJson;
use crate::app::App;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<KeyJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = page.after_id(&mut fields);
    fields.finish(Some(()))?;
    let keys = app.links.keys(after, page.rows()).await?;
    Ok(Json(page.list(keys, |key| key.id.to_string(), KeyJson::from)))
}
