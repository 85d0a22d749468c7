//! `/short-urls` and one of them.

pub(super) mod create;
pub(super) mod edit;
pub(super) mod list;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::short_url::{publishing, shown};
use crate::controllers::links::count_change;
use crate::controllers::links::delete::delete_link;
use crate::http::etag::Precondition;

pub(super) async fn read(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    Ok(Json(shown(call.app, &link)).into_response())
}

pub(super) async fn delete(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    let caller = (call.principal, &call.bounds.links);
    let deletion = delete_link(call.app, link.id, caller, &Precondition::None);
    let tombstones = count_change(call.app, call.principal, deletion).await?;
    Ok(publishing(StatusCode::NO_CONTENT, tombstones))
}

/// The settings of a body that have a counterpart, under our names. `null` stays what it is.
fn settings(body: &mut Map<String, Value>) -> Result<Map<String, Value>, ShlinkError> {
    const NAMES: [(&str, &str); 7] = [
        ("longUrl", "url"),
        ("title", "title"),
        ("tags", "tags"),
        ("forwardQuery", "forward_query"),
        ("validSince", "starts_at"),
        ("validUntil", "expires_at"),
        ("maxVisits", "max_clicks"),
    ];
    refuse_others(body)?;
    let mut settings = Map::new();
    for (name, ours) in NAMES {
        if let Some(value) = body.remove(name) {
            settings.insert(ours.to_owned(), value);
        }
    }
    for name in ["starts_at", "expires_at"] {
        if let Some(Value::String(text)) = settings.get_mut(name)
            && let Some(moment) = super::query::moment(text)
        {
            *text = crate::http::timestamp::format(moment);
        }
    }
    Ok(settings)
}

/// What links do not have here. A client that sends it means it, unless it is as it would be without.
fn refuse_others(body: &Map<String, Value>) -> Result<(), ShlinkError> {
    let is_set = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Object(fields) => fields.values().any(|value| !value.is_null()),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    };
    for name in ["crawlable", "deviceLongUrls"] {
        if body.get(name).is_some_and(is_set) {
            let detail = format!("{name} is not offered");
            return Err(ShlinkError::invalid_data(&[name]).explained(detail));
        }
    }
    Ok(())
}
