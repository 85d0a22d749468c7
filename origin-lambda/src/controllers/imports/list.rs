//! `GET /api/v1/imports`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use super::{ImportJson, owner};
use crate::app::App;
use crate::auth::Principal;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<ImportJson>>, Problem> {
    let page = Page::read(&mut fields);
    let before = page.before_id(&mut fields);
    fields.finish(Some(()))?;
    let imports = app.links.imports(owner(principal), before, page.rows()).await?;
    Ok(Json(page.list(imports, |import| import.id.to_string(), ImportJson::from)))
}
