//! `POST /api/v1/webhooks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};

use super::{WebhookWithSecretJson, input, signing_key};
use crate::app::App;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_WEBHOOK_ENDPOINTS;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let key = signing_key(&app)?;
    let new = input::new(Fields::from_body(body), &app)?;
    input::check_host(&new, &app).await?;
    let endpoint = app.links.insert_endpoint(&new, app.clock.now()).await?.ok_or_else(|| {
        let detail = format!("there may be {MAX_WEBHOOK_ENDPOINTS} webhooks; delete one first");
        Problem::new(ProblemCode::TooManyWebhooks, detail)
    })?;
    app.webhook_presence.forget();
    let location = format!("/api/v1/webhooks/{}", endpoint.id);
    let headers = [(LOCATION, location), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(WebhookWithSecretJson::new(endpoint, key))).into_response())
}
