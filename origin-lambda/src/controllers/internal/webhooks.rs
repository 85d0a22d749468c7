//! Hands out webhooks to send, signed, and takes how it went. Does not send: nothing in the private network has a way out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use link_core::webhooks::{DeliveryList, LEASE_SECONDS, MAX_DELIVERIES, Outcome, OutcomeList, Reply};
use telemetry::list::WEBHOOK_ATTEMPTS;
use tracing::warn;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::EXPIRY_MARGIN_MILLIS;
use crate::store::webhooks::Attempt;
use crate::webhooks::{clicks, event, schedule};

pub(crate) async fn lease(State(app): State<Arc<App>>) -> Result<Json<DeliveryList>, Problem> {
    let Some(key) = &app.signing_key else { return Ok(Json(DeliveryList::default())) };
    let now = app.clock.now();
    // Another origin's clock may be behind: it must not let a link expire in a time that was told of already.
    app.links.tell_expired_links(now.plus_millis(-EXPIRY_MARGIN_MILLIS)).await?;
    if let Err(error) = clicks::take(&app.links, &app.analytics, now).await {
        // The others do not wait for the analytics database.
        warn!(%error, "clicks are told of later");
    }
    let (lease, until) = (Uuid::new_v4(), now.plus_millis(LEASE_SECONDS * 1_000));
    let limit = i64::try_from(MAX_DELIVERIES).unwrap_or(i64::MAX);
    let leased = app.links.lease_messages(lease, until, limit, now).await?;
    let deliveries: Vec<_> =
        leased.iter().map(|message| event::delivery(message, lease, key, &app.site, now)).collect();
    let more = deliveries.len() == MAX_DELIVERIES;
    Ok(Json(DeliveryList { deliveries, more }))
}

pub(crate) async fn report(
    State(app): State<Arc<App>>,
    list: Result<Json<OutcomeList>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(list) =
        list.map_err(|_| Problem::new(ProblemCode::InvalidBody, "send a list of outcomes of deliveries"))?;
    for outcome in list.outcomes.iter().take(MAX_DELIVERIES) {
        record(&app, outcome).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn record(app: &App, outcome: &Outcome) -> Result<(), Problem> {
    let now = app.clock.now();
    let error = error(outcome.reply);
    let status = match outcome.reply {
        Reply::Status(status) => Some(status),
        Reply::Timeout | Reply::Unreachable => None,
    };
    let attempt = Attempt { message: outcome.message, lease: outcome.lease, status, error: error.as_deref() };
    let count = |outcome| app.metrics.add(&WEBHOOK_ATTEMPTS, &[outcome], 1);
    if error.is_none() {
        app.links.message_delivered(&attempt, now).await?;
        count("delivered");
        return Ok(());
    }
    let Some(earlier) = app.links.earlier_attempts(&attempt).await? else { return Ok(()) };
    let gone = (status == Some(410)).then_some("the receiver answered 410 Gone");
    let delay = schedule::delay_millis(earlier + 1, outcome.retry_after_seconds, outcome.lease);
    let next = delay.filter(|_| gone.is_none()).map(|delay| now.plus_millis(delay));
    if next.is_none() {
        warn!(message = %outcome.message, attempts = earlier + 1, status, "a webhook was not delivered");
    }
    app.links.message_failed(&attempt, next, gone, now).await?;
    count(if next.is_some() { "postponed" } else { "given_up" });
    Ok(())
}

/// `None` for a success.
fn error(reply: Reply) -> Option<String> {
    match reply {
        Reply::Status(200..=299) => None,
        Reply::Status(status @ 300..=399) => Some(format!("status {status}: redirects are not followed")),
        Reply::Status(status) => Some(format!("status {status}")),
        Reply::Timeout => Some("no answer in time".to_owned()),
        Reply::Unreachable => Some("no connection".to_owned()),
    }
}
