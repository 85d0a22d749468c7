//! `/api/v1/keys`.

mod bounds;
pub(crate) mod create;
pub(crate) mod current;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod revoke;
pub(crate) mod rotate;
pub(crate) mod yourls_secret;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use link_core::names::domain::Domain;
use serde::Serialize;
use uuid::Uuid;

use crate::auth::Right;
use crate::auth::api_key::{KeyText, RANDOM_BYTES};
use crate::http::problem::{self, Problem};
use crate::http::timestamp;
use crate::store::keys::ApiKey;

#[derive(Debug, Serialize)]
pub(crate) struct KeyJson {
    id: Uuid,
    name: String,
    role: &'static str,
    /// `None`: all.
    domains: Option<Vec<Domain>>,
    own_links: bool,
    /// `None`: all that the role allows.
    actions: Option<Vec<&'static str>>,
    requests_per_minute: u32,
    links_per_minute: u32,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// Until when the key before the last rotation works.
    previous_until: Option<String>,
}

impl From<ApiKey> for KeyJson {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.role.as_str(),
            own_links: key.bounds.links.creator.is_some(),
            domains: Some(key.bounds.links.domains).filter(|domains| !domains.is_empty()),
            actions: Some(key.bounds.actions)
                .filter(|actions| !actions.is_empty())
                .map(|actions| actions.into_iter().filter_map(Right::action).collect()),
            requests_per_minute: key.requests_per_minute,
            links_per_minute: key.links_per_minute,
            created_at: timestamp::format(key.created_at),
            expires_at: key.expires_at.map(timestamp::format),
            last_used_at: key.last_used_at.map(timestamp::format),
            previous_until: key.previous_until.map(timestamp::format),
        }
    }
}

/// The only responses that contain a key's text.
#[derive(Debug, Serialize)]
pub(crate) struct NewKeyJson {
    #[serde(flatten)]
    info: KeyJson,
    key: String,
}

impl NewKeyJson {
    fn new(key: ApiKey, text: &KeyText) -> Self {
        Self { info: key.into(), key: text.expose().to_owned() }
    }
}

fn new_key_text(is_bound: bool) -> Result<KeyText, Problem> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(problem::internal)?;
    Ok(KeyText::from_random(random, is_bound))
}

/// A malformed id is no key's id.
fn key_id(path: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(problem::key_not_found)
}
