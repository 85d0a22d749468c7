//! Reads what the secrets of webhooks are derived from.

use startup::{ConfigError, Lookup, Variable};

use super::access::parse_secret_text;
use crate::webhooks::secret::SigningKey;

const SIGNING_SECRET: Variable = Variable {
    name: "SIGNING_SECRET",
    expected: "the secret that those of webhooks are derived from, for example the output of `openssl rand -hex 32`, or unset \
               it if there are no webhooks",
};

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<Option<SigningKey>, ConfigError> {
    let Some(secret) = SIGNING_SECRET.get(lookup) else { return Ok(None) };
    parse_secret_text(&SIGNING_SECRET, &secret)?;
    Ok(Some(SigningKey::new(&secret)))
}
