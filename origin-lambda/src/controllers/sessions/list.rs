//! `GET /api/v1/sessions`: the sessions of the caller's own key.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use super::SessionJson;
use crate::app::App;
use crate::auth::Principal;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;
use crate::store::sessions::Session;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(current): Extension<Option<Session>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<SessionJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = page.after_id(&mut fields);
    fields.finish(Some(()))?;
    let (mark, now) = (app.access.admin_key_mark(), app.clock.now());
    let sessions = app.links.sessions(principal.id(), mark, now, after, page.rows()).await?;
    let shown = |session| SessionJson::new(session, current);
    Ok(Json(page.list(sessions, |session| session.id.to_string(), shown)))
}
