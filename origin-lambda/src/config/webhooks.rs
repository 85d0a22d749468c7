//! Reads what the secrets of webhooks, and those of keys for YOURLS' API, are derived from.

use startup::{ConfigError, Lookup, Variable};

use super::access::parse_secret_text;
use crate::webhooks::secret::SigningKey;

const SIGNING_SECRET: Variable = Variable {
    name: "SIGNING_SECRET",
    expected: "the secret that those of webhooks and of YOURLS' clients are derived from, for example the output of \
               `openssl rand -hex 32`, or unset it if there are none",
};

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<Option<SigningKey>, ConfigError> {
    Ok(signing_secret(lookup)?.map(|secret| SigningKey::new(&secret)))
}

pub(super) fn signing_secret(lookup: &Lookup<'_>) -> Result<Option<String>, ConfigError> {
    let Some(secret) = SIGNING_SECRET.get(lookup) else { return Ok(None) };
    parse_secret_text(&SIGNING_SECRET, &secret)?;
    Ok(Some(secret))
}
