//! `/api/v1/webhooks`: who is told of events.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
mod input;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod rotate;
pub(crate) mod test;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::store::webhooks::{Endpoint, LoggedMessage};
use crate::webhooks::event::message_id;
use crate::webhooks::secret::SigningKey;

#[derive(Debug, Serialize)]
pub(crate) struct WebhookJson {
    id: Uuid,
    url: String,
    events: Vec<String>,
    domains: Vec<String>,
    tags: Vec<String>,
    enabled: bool,
    state: &'static str,
    /// Why it is disabled or failing.
    reason: Option<String>,
    failing_since: Option<String>,
    last_success_at: Option<String>,
    previous_secret_until: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Endpoint> for WebhookJson {
    fn from(endpoint: Endpoint) -> Self {
        let settings = endpoint.settings;
        let (state, reason) = match (settings.enabled, endpoint.failing_since) {
            (false, _) => ("disabled", endpoint.disabled_reason),
            (true, Some(_)) => ("failing", endpoint.last_error),
            (true, None) => ("active", None),
        };
        Self {
            id: endpoint.id,
            url: settings.url,
            events: settings.events,
            domains: settings.domains,
            tags: settings.tags,
            enabled: settings.enabled,
            state,
            reason,
            failing_since: endpoint.failing_since.map(timestamp::format),
            last_success_at: endpoint.last_success_at.map(timestamp::format),
            previous_secret_until: endpoint.previous_until.map(timestamp::format),
            created_at: timestamp::format(endpoint.created_at),
            updated_at: timestamp::format(endpoint.updated_at),
        }
    }
}

/// The answers that have the secret.
#[derive(Debug, Serialize)]
pub(crate) struct WebhookWithSecretJson {
    #[serde(flatten)]
    webhook: WebhookJson,
    secret: String,
}

impl WebhookWithSecretJson {
    fn new(endpoint: Endpoint, key: &SigningKey) -> Self {
        let secret = key.secret(endpoint.id, endpoint.generation).text();
        Self { webhook: endpoint.into(), secret }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct DeliveryJson {
    id: Uuid,
    webhook_id: String,
    r#type: String,
    state: String,
    attempts: i32,
    next_attempt_at: Option<String>,
    last_status: Option<i32>,
    last_error: Option<String>,
    finished_at: Option<String>,
    created_at: String,
}

impl From<LoggedMessage> for DeliveryJson {
    fn from(message: LoggedMessage) -> Self {
        Self {
            id: message.id,
            webhook_id: message_id(message.id),
            r#type: message.kind,
            state: message.state,
            attempts: message.attempts,
            next_attempt_at: message.next_attempt_at.map(timestamp::format),
            last_status: message.last_status,
            last_error: message.last_error,
            finished_at: message.finished_at.map(timestamp::format),
            created_at: timestamp::format(message.created_at),
        }
    }
}

fn webhook_id(path: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::webhook_not_found)
}

/// Without the secret that the others are derived from there are no webhooks.
fn signing_key(app: &App) -> Result<&SigningKey, Problem> {
    app.signing_key.as_ref().ok_or_else(|| {
        Problem::new(
            ProblemCode::WebhooksUnavailable,
            "the operator can turn webhooks on with SIGNING_SECRET",
        )
    })
}
