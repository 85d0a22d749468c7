//! `POST /api/v1/webhooks/{id}/test`: sends an event of no change.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::json;

use super::{DeliveryJson, signing_key, webhook_id};
use crate::app::App;
use crate::http::problem::{self, Problem};
use crate::webhooks::event::TEST;

pub(crate) async fn test(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<(StatusCode, Json<DeliveryJson>), Problem> {
    signing_key(&app)?;
    let data = json!({"webhook": app.site.default_domain, "message": "This is a test."});
    let sent = app.links.insert_test_message(webhook_id(path)?, TEST, &data).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.ok_or_else(problem::webhook_not_found)?.into())))
}
