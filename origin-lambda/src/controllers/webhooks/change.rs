//! `PATCH /api/v1/webhooks/{id}`: a merge patch.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};

use super::{WebhookJson, input, webhook_id};
use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem};
use crate::store::audit::Author;

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Json<WebhookJson>, Problem> {
    let id = webhook_id(path)?;
    let old = app.links.endpoint(id).await?.ok_or_else(problem::webhook_not_found)?;
    let new = input::change(Fields::from_body(body), old.settings, &app)?;
    input::check_host(&new, &app).await?;
    let changed = app.links.change_endpoint(id, &new, &Author::of(principal), app.clock.now()).await?;
    app.webhook_presence.forget();
    Ok(Json(changed.ok_or_else(problem::webhook_not_found)?.into()))
}
