//! `POST /api/v1/sessions`: exchanges a key for a session. Always a new one, so nobody can be made to use a session that another
//! person knows.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use link_core::api_key::may_be_key;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use tracing::warn;
use uuid::Uuid;

use super::CurrentSessionJson;
use crate::app::App;
use crate::auth::session::{RANDOM_BYTES, SessionToken};
use crate::auth::{AccessDenied, Credential};
use crate::caller::{self, Caller, RequestSource};
use crate::http::fields::{Fields, text};
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::SESSION_LIFETIME;
use crate::store::keys::StoredKey;
use crate::store::sessions::NewSession;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let source = RequestSource { method: &method, uri: &uri, headers: &headers };
    caller::check_host(&app, source)?;
    // Or another page could sign a person in with a key of its own.
    caller::check_sender(source)?;
    let now = app.clock.now();
    let mut fields = Fields::from_body(body);
    let key = fields.required("key", ProblemCode::InvalidKey, text);
    let key = fields.finish(key)?;
    let credential = check_key(&app, &key, now).await?;
    let Caller { principal, key, .. } = caller::with_key(&app, credential, now).await?;
    if let Some(key) = &key {
        let quota = app.rate_limits.count_request(&app.links, key, now).await?;
        if !quota.fits() {
            let mut response = problem::rate_limited().into_response();
            app.rate_limits.quotas(quota, key, now).insert_headers(response.headers_mut());
            return Ok(response);
        }
    }
    let token = new_token()?;
    let is_bound = key.as_ref().is_some_and(|key| key.bounds.is_bound());
    let replaced = match app.access.credential(&headers) {
        Ok(Credential::Session(replaced)) => Some(replaced),
        _ => None,
    };
    let new = NewSession {
        token: if is_bound { token.hash().of_bound_key() } else { token.hash() },
        principal: principal.id(),
        key: match credential {
            Credential::Key(hash) => hash,
            Credential::Bootstrap | Credential::Session(_) => app.access.admin_key_mark(),
        },
        expires_at: expires_at(key.as_ref(), now),
        replaced,
    };
    let session = app.links.insert_session(&new, now).await?;
    let shown = CurrentSessionJson::read(&app, session, principal).await?;
    let headers = [
        (SET_COOKIE, token.cookie()),
        (LOCATION, "/api/v1/sessions/current".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, Json(shown)).into_response())
}

/// Whose key it is. Generated keys cannot be guessed; the bootstrap key may be short, so attempts at it are limited like those at a
/// password, of all clients together.
async fn check_key(app: &App, key: &str, now: UnixMillis) -> Result<Credential, Problem> {
    if !may_be_key(key.as_bytes()) {
        return Err(AccessDenied::InvalidKey.into());
    }
    let credential = app.access.key(key.as_bytes());
    if matches!(credential, Ok(Credential::Key(_))) {
        return Ok(credential?);
    }
    if !app.links.start_password_attempt(BOOTSTRAP_KEY, now).await? {
        return Err(problem::too_many_sign_ins());
    }
    if credential.is_ok()
        && let Err(error) = app.links.retract_password_failure(BOOTSTRAP_KEY, now).await
    {
        warn!(%error, "a sign-in counts as a failed attempt");
    }
    Ok(credential?)
}

/// Attempts at the bootstrap key are counted like those at the password of a link, under an id that no link has.
const BOOTSTRAP_KEY: LinkId = LinkId(Uuid::nil());

fn expires_at(key: Option<&StoredKey>, now: UnixMillis) -> UnixMillis {
    let lifetime = i64::try_from(SESSION_LIFETIME.as_millis()).unwrap_or(i64::MAX);
    let end = now.plus_millis(lifetime);
    key.and_then(|key| key.ends_at).map_or(end, |key_ends_at| end.min(key_ends_at))
}

fn new_token() -> Result<SessionToken, Problem> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(problem::internal)?;
    Ok(SessionToken::from_random(random))
}
