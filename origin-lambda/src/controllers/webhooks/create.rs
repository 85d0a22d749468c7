//! `POST /api/v1/webhooks`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::{WebhookWithSecretJson, input, signing_key};
use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_WEBHOOK_ENDPOINTS;
use crate::store::audit::Author;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let key = signing_key(&app)?;
    let new = input::new(Fields::from_body(body), &app)?;
    input::check_host(&new, &app).await?;
    let created = app.links.insert_endpoint(&new, &Author::of(principal), app.clock.now()).await?;
    let endpoint = created.ok_or_else(|| {
        let detail = format!("there may be {MAX_WEBHOOK_ENDPOINTS} webhooks; delete one first");
        Problem::new(ProblemCode::TooManyWebhooks, detail)
    })?;
    app.webhook_presence.forget();
    let location = format!("/api/v1/webhooks/{}", endpoint.id);
    let headers = [(LOCATION, location), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(WebhookWithSecretJson::new(endpoint, key))).into_response())
}
