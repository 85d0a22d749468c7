//! `/api/v1/webhooks/{id}/deliveries`: what was sent, and sending it again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{DeliveryJson, webhook_id};
use crate::app::App;
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{self, FieldError, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::MAX_REPLAYED_MESSAGES;
use crate::store::webhooks::{MessageState, Replay};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<DeliveryJson>>, Problem> {
    let id = webhook_id(path)?;
    let page = Page::read(&mut fields);
    let state = fields.optional("state", ProblemCode::InvalidState, state);
    let before = page.before_id(&mut fields);
    fields.finish(Some(()))?;
    if app.links.endpoint(id).await?.is_none() {
        return Err(problem::webhook_not_found());
    }
    let messages = app.links.messages(id, state, before, page.rows()).await?;
    Ok(Json(page.list(messages, |message| message.id.to_string(), DeliveryJson::from)))
}

#[derive(Debug, Serialize)]
pub(crate) struct ReplayedJson {
    replayed: u64,
    /// As many as one call may replay: call it again with the rest.
    more: bool,
}

pub(crate) async fn replay(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<ReplayedJson>), Problem> {
    let id = webhook_id(path)?;
    let replay = read_replay(Fields::from_body(body))?;
    if app.links.endpoint(id).await?.is_none() {
        return Err(problem::webhook_not_found());
    }
    let replayed = app.links.replay_messages(id, &replay).await?;
    let more = i64::try_from(replayed).is_ok_and(|replayed| replayed == MAX_REPLAYED_MESSAGES);
    Ok((StatusCode::ACCEPTED, Json(ReplayedJson { replayed, more })))
}

fn read_replay(mut fields: Fields) -> Result<Replay, Problem> {
    let ids = fields.optional("ids", ProblemCode::InvalidIds, ids);
    let from = fields.optional("from", ProblemCode::InvalidFrom, moment);
    let to = fields.optional("to", ProblemCode::InvalidTo, moment);
    fields.finish(Some(()))?;
    match (ids, from, to) {
        (Some(ids), None, None) => Ok(Replay::Messages(ids)),
        (None, Some(from), Some(to)) => Ok(Replay::Failed { from, to }),
        _ => {
            let detail = "send either ids, or from and to".to_owned();
            let error = FieldError { field: "ids".to_owned(), detail };
            Err(Problem::from_fields(ProblemCode::InvalidIds, vec![error]))
        }
    }
}

fn ids(value: Value) -> Result<Vec<Uuid>, String> {
    let invalid = || "must be a list of up to 100 ids of deliveries".to_owned();
    let Value::Array(values) = value else { return Err(invalid()) };
    if values.len() > 100 {
        return Err(invalid());
    }
    values.into_iter().map(|value| text(value)?.parse().map_err(|_| invalid())).collect()
}

fn moment(value: Value) -> Result<link_core::time::UnixMillis, String> {
    timestamp::parse(&text(value)?).map_err(|error| error.to_string())
}

fn state(value: Value) -> Result<MessageState, String> {
    let state = text(value)?;
    let known = MessageState::ALL.into_iter().find(|known| known.as_str() == state);
    known.ok_or_else(|| "must be pending, delivered or failed".to_owned())
}
