//! Authenticates clients by their key and the edge by its secret, and compares a key's role with the required one.
//! [`crate::router`] decides which route requires which role.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use link_core::api_key::bearer;
use link_core::edge_origin::{CLIENT_AUTHORIZATION, EDGE_SECRET};
use link_core::time::UnixMillis;
use thiserror::Error;
use uuid::Uuid;

use crate::api_key::KeyHash;
use crate::app::App;
use crate::problem::{self, Problem};
use crate::secret::Secret;
use crate::store::keys::StoredKey;

/// Each role includes the rights of the previous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything except keys.
    Reader,
    /// Creates and changes links and tags.
    Editor,
    /// Manages keys, domains and blocked hosts.
    Admin,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be admin, editor or reader")]
pub struct InvalidRole;

impl Role {
    pub const ALL: [Self; 3] = [Self::Reader, Self::Editor, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(InvalidRole)
    }
}

/// The authenticated caller, in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// The holder of `SHORTLINE_ADMIN_KEY`, without limits.
    Bootstrap,
    Key {
        id: Uuid,
        role: Role,
        links_per_minute: u32,
    },
}

impl Principal {
    pub fn role(self) -> Role {
        match self {
            Self::Bootstrap => Role::Admin,
            Self::Key { role, .. } => role,
        }
    }

    /// Identifies the principal's own rows.
    pub fn id(self) -> Uuid {
        match self {
            Self::Bootstrap => Uuid::nil(),
            Self::Key { id, .. } => id,
        }
    }
}

/// The key of a request, before it is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Bootstrap,
    Key(KeyHash),
}

#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum AccessDenied {
    #[error("the request has no key")]
    MissingKey,
    #[error("the key is unknown")]
    InvalidKey,
    #[error("the key was revoked")]
    RevokedKey,
    #[error("the key has expired")]
    ExpiredKey,
    #[error("the key's role is too low")]
    Forbidden,
}

#[derive(Debug)]
pub struct Access {
    admin_key: Secret,
    edge_secrets: Vec<Secret>,
}

impl Access {
    pub fn new(admin_key: Secret, edge_secrets: Vec<Secret>) -> Self {
        Self { admin_key, edge_secrets }
    }

    pub fn is_edge(&self, headers: &HeaderMap) -> bool {
        headers.get(EDGE_SECRET).is_some_and(|candidate| {
            // `fold` instead of `any`: the time must not reveal which secret matched.
            self.edge_secrets.iter().fold(false, |known, secret| known | secret.matches(candidate.as_bytes()))
        })
    }

    pub fn credential(&self, headers: &HeaderMap) -> Result<Credential, AccessDenied> {
        // The edge's own `Authorization` is its AWS signature. From anyone else, the forwarded header is unverified.
        let header = if self.is_edge(headers) {
            headers.get(CLIENT_AUTHORIZATION)
        } else {
            headers.get(AUTHORIZATION)
        };
        let key = header.and_then(|value| bearer(value.as_bytes())).ok_or(AccessDenied::MissingKey)?;
        if self.admin_key.matches(key) {
            return Ok(Credential::Bootstrap);
        }
        KeyHash::from_candidate(key).map(Credential::Key).ok_or(AccessDenied::InvalidKey)
    }
}

/// The state of [`require_key`] for one route.
#[derive(Debug, Clone)]
pub(crate) struct KeyRequirement {
    pub(crate) app: Arc<App>,
    pub(crate) role: Role,
}

pub(crate) async fn require_key(
    State(requirement): State<KeyRequirement>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (app, now) = (&requirement.app, requirement.app.clock.now());
    let (principal, counted) = match app.access.credential(request.headers())? {
        Credential::Bootstrap => (Principal::Bootstrap, None),
        Credential::Key(hash) => {
            let key = check_valid(app.links.stored_key(hash).await?, now)?;
            let quota = app.rate_limits.count_request(&app.links, &key, now).await?;
            let StoredKey { id, role, links_per_minute, .. } = key;
            (Principal::Key { id, role, links_per_minute }, Some((key, quota)))
        }
    };
    let mut response = if counted.as_ref().is_some_and(|(_, quota)| !quota.fits()) {
        problem::rate_limited().into_response()
    } else if principal.role() < requirement.role {
        Problem::from(AccessDenied::Forbidden).into_response()
    } else {
        request.extensions_mut().insert(principal);
        next.run(request).await
    };
    if let Some((key, quota)) = counted {
        app.rate_limits.quotas(quota, &key, now).insert_headers(response.headers_mut());
    }
    Ok(response)
}

pub(crate) fn check_valid(key: Option<StoredKey>, now: UnixMillis) -> Result<StoredKey, AccessDenied> {
    let key = key.ok_or(AccessDenied::InvalidKey)?;
    if key.revoked {
        Err(AccessDenied::RevokedKey)
    } else if key.ends_at.is_some_and(|end| now >= end) {
        Err(AccessDenied::ExpiredKey)
    } else {
        Ok(key)
    }
}

/// For anyone but the edge, nothing below `/internal/` exists, whatever the method. Matches the path instead of routes, so that
/// no internal route can be added without this check.
pub(crate) async fn hide_internal_routes(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/internal/") && !app.access.is_edge(request.headers()) {
        return problem::not_found().into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::KeyText;

    const KEY: &str = "the-admin-key-of-the-tests";
    const SECRET: &str = "the-edge-secret-of-the-tests";
    const PREVIOUS: &str = "the-secret-before-that-one";

    fn credential(headers: &[(&'static str, String)]) -> Result<Credential, AccessDenied> {
        access().credential(&header_map(headers))
    }

    fn access() -> Access {
        Access::new(Secret::new(KEY), vec![Secret::new(SECRET), Secret::new(PREVIOUS)])
    }

    fn header_map(headers: &[(&'static str, String)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn bearer_scheme_and_spaces_follow_rfc_6750() {
        for value in [format!("Bearer {KEY}"), format!("bearer {KEY}"), format!("BEARER   {KEY} ")] {
            assert_eq!(credential(&[("authorization", value.clone())]), Ok(Credential::Bootstrap), "{value}");
        }
    }

    #[test]
    fn request_without_a_bearer_key_has_no_key() {
        assert_eq!(credential(&[]), Err(AccessDenied::MissingKey));
        for value in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", KEY, "AWS4-HMAC-SHA256 Credential=x"] {
            let result = credential(&[("authorization", value.to_owned())]);
            assert_eq!(result, Err(AccessDenied::MissingKey), "{value:?}");
        }
    }

    #[test]
    fn wrong_key_is_invalid() {
        for key in ["x".to_owned(), format!("{KEY}x"), KEY.to_uppercase(), format!("{KEY} {KEY}")] {
            let result = credential(&[("authorization", format!("Bearer {key}"))]);
            assert_eq!(result, Err(AccessDenied::InvalidKey), "{key}");
        }
    }

    #[test]
    fn well_formed_key_is_looked_up_by_its_hash() {
        let key = KeyText::from_random([7; 32]);
        let result = credential(&[("authorization", format!("Bearer {}", key.expose()))]);
        assert_eq!(result, Ok(Credential::Key(key.hash())));
    }

    #[test]
    fn key_expires_at_its_exact_millisecond() {
        let key = StoredKey {
            id: Uuid::nil(),
            role: Role::Reader,
            requests_per_minute: 1,
            links_per_minute: 1,
            revoked: false,
            ends_at: Some(UnixMillis(5)),
        };
        assert_eq!(check_valid(Some(key), UnixMillis(4)), Ok(key));
        assert_eq!(check_valid(Some(key), UnixMillis(5)), Err(AccessDenied::ExpiredKey));
        let revoked = StoredKey { revoked: true, ..key };
        assert_eq!(check_valid(Some(revoked), UnixMillis(4)), Err(AccessDenied::RevokedKey));
        assert_eq!(check_valid(None, UnixMillis(4)), Err(AccessDenied::InvalidKey));
    }

    #[test]
    fn forwarded_key_needs_an_edge_secret() {
        let forwarded = |secret: &str| {
            let secret = ("x-shortline-edge-secret", secret.to_owned());
            credential(&[("x-shortline-authorization", format!("Bearer {KEY}")), secret])
        };
        assert_eq!(forwarded(SECRET), Ok(Credential::Bootstrap));
        assert_eq!(forwarded(PREVIOUS), Ok(Credential::Bootstrap));
        assert_eq!(forwarded("wrong"), Err(AccessDenied::MissingKey));
        assert_eq!(forwarded(""), Err(AccessDenied::MissingKey));
        let without = credential(&[("x-shortline-authorization", format!("Bearer {KEY}"))]);
        assert_eq!(without, Err(AccessDenied::MissingKey));
    }

    #[test]
    fn authorization_of_the_edge_itself_is_not_a_key() {
        let headers = [
            ("x-shortline-edge-secret", SECRET.to_owned()),
            ("authorization", format!("Bearer {KEY}")),
            ("x-shortline-authorization", "Bearer someone-elses-key".to_owned()),
        ];
        assert_eq!(credential(&headers), Err(AccessDenied::InvalidKey));
        assert_eq!(credential(&headers[..2]), Err(AccessDenied::MissingKey));
    }
}
