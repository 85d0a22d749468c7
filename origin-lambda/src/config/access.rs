//! Reads the bootstrap key and the edge's secrets, and rejects weak ones.

use link_core::api_key::{MAX_KEY_BYTES, MIN_KEY_BYTES};
use sha2::{Digest, Sha256};
use startup::{ConfigError, Lookup, Variable};

use super::codes::CODE_KEY;
use crate::auth::Access;
use crate::auth::api_key::KeyHash;
use crate::auth::secret::Secret;

const ADMIN_KEY: Variable = Variable {
    name: "SHORTLINE_ADMIN_KEY",
    expected: "the API's bootstrap key: at least 8 characters without spaces, for example the output of `openssl rand -hex 24`",
};
pub(super) const EDGE_SECRET: Variable = Variable {
    name: "EDGE_SECRET",
    expected: "the secret that the Worker sends: at least 8 characters without spaces, for example the output of \
               `openssl rand -hex 32`",
};
const EDGE_SECRET_PREVIOUS: Variable = Variable {
    name: "EDGE_SECRET_PREVIOUS",
    expected: "the secret that EDGE_SECRET replaces while both are in use, or unset it",
};

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<Access, ConfigError> {
    let admin_key = ADMIN_KEY.require(lookup)?;
    let mark = admin_key_mark(&admin_key, &CODE_KEY.require(lookup)?);
    let admin_key = parse_secret(&ADMIN_KEY, admin_key)?;
    let mut edge_secrets = vec![parse_secret(&EDGE_SECRET, EDGE_SECRET.require(lookup)?)?];
    if let Some(previous) = EDGE_SECRET_PREVIOUS.get(lookup) {
        edge_secrets.push(parse_secret(&EDGE_SECRET_PREVIOUS, previous)?);
    }
    Ok(Access::new(admin_key, mark, edge_secrets))
}

/// Under the code key, which no database has: an operator may have chosen a short admin key, and a copy of the database must not
/// let anyone try keys.
fn admin_key_mark(admin_key: &str, code_key: &str) -> KeyHash {
    let digest = Sha256::new()
        .chain_update("shortline admin key of sessions\n")
        .chain_update(code_key.to_ascii_lowercase())
        .chain_update("\n")
        .chain_update(admin_key)
        .finalize();
    KeyHash(digest.into())
}

fn parse_secret(variable: &Variable, value: String) -> Result<Secret, ConfigError> {
    parse_secret_text(variable, &value)?;
    Ok(Secret::new(&value))
}

pub(super) fn parse_secret_text(variable: &Variable, value: &str) -> Result<(), ConfigError> {
    let characters = value.chars().count();
    if characters < MIN_KEY_BYTES {
        return Err(variable.invalid(format!("is too weak: it has {characters} characters")));
    }
    if characters > MAX_KEY_BYTES {
        return Err(variable.invalid(format!("is too long: it has {characters} characters")));
    }
    // The secret is sent in a header, which carries nothing else unchanged.
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(variable.invalid("has characters other than printable ASCII without spaces"));
    }
    Ok(())
}
