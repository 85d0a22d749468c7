//! `GET /api/v1/domains`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use super::DomainJson;
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::Problem;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<DomainJson>>, Problem> {
    let page = Page::read(&mut fields);
    let page = fields.finish(Some(page))?;
    let default = &app.site.default_domain;
    let domains = app.links.domains(default, &bounds.links, page.after(), page.rows()).await?;
    Ok(Json(page.list(domains, |domain| domain.name.clone(), |domain| DomainJson::new(domain, &app.site))))
}
