//! Reads which other shorteners' APIs are served, and what keys' secrets for YOURLS' API are derived from.

use link_core::compatible_apis::CompatibleApis;
use startup::{ConfigError, Lookup, Variable};

use super::webhooks::signing_secret;
use crate::auth::yourls_secret::YourlsSecrets;

const COMPATIBLE_APIS: Variable = Variable {
    name: "COMPATIBLE_APIS",
    expected: "the other shorteners' APIs to serve, separated by commas: shlink, yourls; or unset it if there are none",
};

#[derive(Debug)]
pub struct CompatibleApisConfig {
    pub served: CompatibleApis,
    /// `None` without `SIGNING_SECRET`.
    pub yourls_secrets: Option<YourlsSecrets>,
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<CompatibleApisConfig, ConfigError> {
    let served = COMPATIBLE_APIS.get_parsed(lookup, "names another API", |list| list.parse().ok())?;
    let yourls_secrets = signing_secret(lookup)?.map(|secret| YourlsSecrets::new(&secret));
    Ok(CompatibleApisConfig { served: served.unwrap_or_default(), yourls_secrets })
}
