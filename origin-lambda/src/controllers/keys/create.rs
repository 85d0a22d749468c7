//! `POST /api/v1/keys`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::Value;

use super::{NewKeyJson, new_key_text};
use crate::app::App;
use crate::auth::{AccessDenied, Principal, Role};
use crate::fields::{Fields, text};
use crate::json_body::JsonBody;
use crate::limits::{
    DEFAULT_LINKS_PER_MINUTE, DEFAULT_REQUESTS_PER_MINUTE, MAX_KEY_NAME_CHARACTERS, MAX_LINKS_PER_MINUTE,
    MAX_REQUESTS_PER_MINUTE, MIN_LINKS_PER_MINUTE,
};
use crate::link_input;
use crate::problem::{Problem, ProblemCode};
use crate::store::keys::NewKey;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (key, now) = (new_key_text()?, app.clock.now());
    let mut fields = Fields::of_body(body);
    let name = fields.required("name", ProblemCode::InvalidName, name);
    let role = fields.required("role", ProblemCode::InvalidRole, role);
    let expires_at = fields
        .optional("expires_at", ProblemCode::InvalidExpiresAt, |value| link_input::expires_at(value, now));
    let requests_per_minute = fields
        .optional("requests_per_minute", ProblemCode::InvalidRequestsPerMinute, requests_per_minute)
        .unwrap_or(DEFAULT_REQUESTS_PER_MINUTE);
    let links_per_minute = fields
        .optional("links_per_minute", ProblemCode::InvalidLinksPerMinute, links_per_minute)
        .unwrap_or(DEFAULT_LINKS_PER_MINUTE);
    let named = name.zip(role);
    let new = fields.finish(named.map(|(name, role)| NewKey {
        name,
        role,
        hash: key.hash(),
        requests_per_minute,
        links_per_minute,
        expires_at,
    }))?;
    // Nobody hands out more than he has, whatever the table of routes says one day.
    if new.role > principal.role() {
        return Err(AccessDenied::Forbidden.into());
    }
    let made = app.links.insert_key(&new, now).await?;
    let location = format!("/api/v1/keys/{}", made.id);
    let headers = [(LOCATION, location), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(NewKeyJson::new(made, &key))).into_response())
}

fn name(value: Value) -> Result<String, String> {
    link_input::line(value, MAX_KEY_NAME_CHARACTERS)?.ok_or_else(|| "must not be empty".to_owned())
}

fn role(value: Value) -> Result<Role, String> {
    text(value)?.parse().map_err(|error: crate::auth::NotARole| error.to_string())
}

fn requests_per_minute(value: Value) -> Result<u32, String> {
    within(value, 1, MAX_REQUESTS_PER_MINUTE)
}

fn links_per_minute(value: Value) -> Result<u32, String> {
    within(value, MIN_LINKS_PER_MINUTE, MAX_LINKS_PER_MINUTE)
}

fn within(value: Value, least: u32, most: u32) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}
