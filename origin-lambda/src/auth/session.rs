//! The token of a session and its cookie. Does not decide what a session may do: it stands for its key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use link_core::session::COOKIE;
use sha2::{Digest, Sha256};

use crate::limits::SESSION_LIFETIME;

pub const RANDOM_BYTES: usize = 32;
/// Removes the cookie from the browser.
pub const REMOVAL: &str = "__Host-shortline-session=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";

/// The text of a session's cookie, which only the browser keeps.
pub struct SessionToken(String);

/// SHA-256 of a token, which is long and random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionHash(pub [u8; 32]);

impl SessionToken {
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    pub fn hash(&self) -> SessionHash {
        SessionHash::of(&self.0)
    }

    /// The value of `Set-Cookie`.
    pub fn cookie(&self) -> String {
        let seconds = SESSION_LIFETIME.as_secs();
        format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}", self.0)
    }
}

impl SessionHash {
    /// What is stored for the session of a bound key: a release that knows no bounds does not find it.
    pub fn of_bound_key(self) -> Self {
        Self(Sha256::new().chain_update("bound").chain_update(self.0).finalize().into())
    }

    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken")
    }
}

#[cfg(test)]
mod tests {
    use link_core::session::token;

    use super::*;

    #[test]
    fn cookie_is_kept_from_scripts_other_sites_and_other_hosts() {
        let new = SessionToken::from_random([0xFB; RANDOM_BYTES]);
        assert_eq!(
            new.cookie(),
            "__Host-shortline-session=-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s; Path=/; Secure; HttpOnly; \
             SameSite=Strict; Max-Age=43200"
        );
        assert_eq!(token(&new.cookie()).map(SessionHash::of), Some(new.hash()));
        assert!(REMOVAL.starts_with(&format!("{COOKIE}=;")));
        assert_eq!(format!("{new:?}"), "SessionToken");
    }
}
