//! `GET /api/v1/blocked-hosts`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::BlockedHostJson;
use crate::app::App;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<BlockedHostJson>>, Problem> {
    let page = Page::read(&mut fields);
    let page = fields.finish(Some(page))?;
    let blocked = app.links.blocked_hosts(page.after(), page.rows()).await?;
    Ok(Json(page.list(blocked, |blocked| blocked.host.clone(), BlockedHostJson::from)))
}
