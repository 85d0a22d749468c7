//! Authenticates clients by their key and the edge by its secret. [`crate::router`] decides which route requires which role.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use link_core::api_key::bearer;
use link_core::edge_origin::{CLIENT_AUTHORIZATION, CLIENT_COOKIE, EDGE_SECRET};
use link_core::session;
use thiserror::Error;
use uuid::Uuid;

use super::api_key::KeyHash;
use super::role::Role;
use super::secret::Secret;
use super::session::SessionHash;

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
    Session(SessionHash),
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
    #[error("the key is bound to other actions")]
    OutOfBounds,
    #[error("the session is unknown, over, or its key is")]
    EndedSession,
    #[error("a page other than the dashboard may have sent the request")]
    CrossSite,
    #[error("the dashboard is on another host")]
    WrongHost,
}

#[derive(Debug)]
pub struct Access {
    admin_key: Secret,
    admin_key_mark: KeyHash,
    edge_secrets: Vec<Secret>,
}

impl Access {
    /// `admin_key_mark` is what the database keeps of the admin key, for the sessions that were made with it.
    pub fn new(admin_key: Secret, admin_key_mark: KeyHash, edge_secrets: Vec<Secret>) -> Self {
        Self { admin_key, admin_key_mark, edge_secrets }
    }

    pub(crate) fn admin_key_mark(&self) -> KeyHash {
        self.admin_key_mark
    }

    pub fn is_edge(&self, headers: &HeaderMap) -> bool {
        headers.get(EDGE_SECRET).is_some_and(|candidate| {
            // `fold` instead of `any`: the time must not reveal which secret matched.
            self.edge_secrets.iter().fold(false, |known, secret| known | secret.matches(candidate.as_bytes()))
        })
    }

    pub fn credential(&self, headers: &HeaderMap) -> Result<Credential, AccessDenied> {
        // The edge's own `Authorization` is its AWS signature. From anyone else, the forwarded headers are unverified.
        let (key, cookies) = if self.is_edge(headers) {
            (headers.get(CLIENT_AUTHORIZATION), headers.get(CLIENT_COOKIE))
        } else {
            (headers.get(AUTHORIZATION), headers.get(COOKIE))
        };
        match (key, cookies) {
            (Some(key), _) => self.key(bearer(key.as_bytes()).ok_or(AccessDenied::MissingKey)?),
            (None, Some(cookies)) => {
                let token = cookies.to_str().ok().and_then(session::token);
                token.map(|token| Credential::Session(SessionHash::of(token))).ok_or(AccessDenied::MissingKey)
            }
            (None, None) => Err(AccessDenied::MissingKey),
        }
    }

    /// The credential of a key's text.
    pub fn key(&self, key: &[u8]) -> Result<Credential, AccessDenied> {
        if self.admin_key.matches(key) {
            return Ok(Credential::Bootstrap);
        }
        KeyHash::from_candidate(key).map(Credential::Key).ok_or(AccessDenied::InvalidKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::api_key::KeyText;

    const KEY: &str = "the-admin-key-of-the-tests";
    const SECRET: &str = "the-edge-secret-of-the-tests";
    const PREVIOUS: &str = "the-secret-before-that-one";

    fn credential(headers: &[(&'static str, String)]) -> Result<Credential, AccessDenied> {
        access().credential(&header_map(headers))
    }

    fn access() -> Access {
        let mark = KeyHash([1; 32]);
        Access::new(Secret::new(KEY), mark, vec![Secret::new(SECRET), Secret::new(PREVIOUS)])
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
        let key = KeyText::from_random([7; 32], false);
        let result = credential(&[("authorization", format!("Bearer {}", key.expose()))]);
        assert_eq!(result, Ok(Credential::Key(key.hash())));
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

    #[test]
    fn session_counts_without_a_key_only() {
        let token = "a".repeat(43);
        let cookie = format!("theme=dark; __Host-shortline-session={token}");
        let session = Ok(Credential::Session(SessionHash::of(&token)));
        assert_eq!(credential(&[("cookie", cookie.clone())]), session);
        let forwarded =
            [("x-shortline-cookie", cookie.clone()), ("x-shortline-edge-secret", SECRET.to_owned())];
        assert_eq!(credential(&forwarded), session);
        assert_eq!(credential(&forwarded[..1]), Err(AccessDenied::MissingKey));
        let of_the_edge = [("cookie", cookie.clone()), ("x-shortline-edge-secret", SECRET.to_owned())];
        assert_eq!(credential(&of_the_edge), Err(AccessDenied::MissingKey));
        let with_key = [("cookie", cookie), ("authorization", format!("Bearer {KEY}"))];
        assert_eq!(credential(&with_key), Ok(Credential::Bootstrap));
        assert_eq!(credential(&[("cookie", "theme=dark".to_owned())]), Err(AccessDenied::MissingKey));
    }
}
