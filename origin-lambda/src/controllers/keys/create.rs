//! `POST /api/v1/keys`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::Value;

use super::bounds::NewBounds;
use super::{NewKeyJson, new_key_text};
use crate::app::App;
use crate::auth::{AccessDenied, Principal, Role};
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::limits::{
    DEFAULT_LINKS_PER_MINUTE, DEFAULT_REQUESTS_PER_MINUTE, MAX_KEY_NAME_CHARACTERS, MAX_LINKS_PER_MINUTE,
    MAX_REQUESTS_PER_MINUTE, MIN_LINKS_PER_MINUTE,
};
use crate::links::input;
use crate::store::audit::Author;
use crate::store::keys::NewKey;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let mut fields = Fields::from_body(body);
    let name = fields.required("name", ProblemCode::InvalidName, name);
    let role = fields.required("role", ProblemCode::InvalidRole, role);
    let expires_at =
        fields.optional("expires_at", ProblemCode::InvalidExpiresAt, |value| input::expires_at(value, now));
    let requests_per_minute = fields
        .optional("requests_per_minute", ProblemCode::InvalidRequestsPerMinute, requests_per_minute)
        .unwrap_or(DEFAULT_REQUESTS_PER_MINUTE);
    let links_per_minute = fields
        .optional("links_per_minute", ProblemCode::InvalidLinksPerMinute, links_per_minute)
        .unwrap_or(DEFAULT_LINKS_PER_MINUTE);
    let bounds = NewBounds::read(&mut fields, role);
    let key = new_key_text(bounds.is_bound())?;
    let name_and_role = name.zip(role);
    let new = fields.finish(name_and_role.map(|(name, role)| NewKey {
        name,
        role,
        hash: key.hash(),
        requests_per_minute,
        links_per_minute,
        expires_at,
        domains: bounds.domains,
        own_links: bounds.own_links,
        actions: bounds.actions,
    }))?;
    // A key cannot create a key with a higher role, whatever roles the route may require.
    if new.role > principal.role() {
        return Err(AccessDenied::Forbidden.into());
    }
    let created = app.links.insert_key(&new, &app.site.default_domain, &Author::of(principal), now).await?;
    let created = created.ok_or_else(unknown_domain)?;
    let location = format!("/api/v1/keys/{}", created.id);
    let headers = [(LOCATION, location), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(NewKeyJson::new(created, &key))).into_response())
}

fn unknown_domain() -> Problem {
    let detail = "must be domains of this shortener; GET /api/v1/domains lists them".to_owned();
    let error = FieldError { field: "domains".to_owned(), detail };
    Problem::from_fields(ProblemCode::InvalidDomains, vec![error])
}

fn name(value: Value) -> Result<String, String> {
    input::single_line(value, MAX_KEY_NAME_CHARACTERS)?.ok_or_else(|| "must not be empty".to_owned())
}

fn role(value: Value) -> Result<Role, String> {
    text(value)?.parse().map_err(|error: crate::auth::InvalidRole| error.to_string())
}

fn requests_per_minute(value: Value) -> Result<u32, String> {
    number_in(value, 1, MAX_REQUESTS_PER_MINUTE)
}

fn links_per_minute(value: Value) -> Result<u32, String> {
    number_in(value, MIN_LINKS_PER_MINUTE, MAX_LINKS_PER_MINUTE)
}

fn number_in(value: Value, min: u32, max: u32) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
}
