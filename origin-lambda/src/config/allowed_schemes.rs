//! Reads which schemes besides `http` and `https` the operator allows in links: those of apps.

use std::collections::BTreeSet;

use link_core::names::app_url::is_app_scheme;
use startup::{ConfigError, Lookup, Variable};

const ALLOWED_SCHEMES: Variable = Variable {
    name: "ALLOWED_SCHEMES",
    expected: "the schemes of app links, such as mailto,tel,sms,intent,market or an app's own, separated by commas, or unset it if \
               links only lead to web pages; http and https are always allowed, javascript, data, file, blob and vbscript never",
};

/// In lower case.
#[derive(Debug, Default)]
pub(crate) struct AllowedSchemes(BTreeSet<String>);

impl AllowedSchemes {
    /// `scheme` is in lower case.
    pub(crate) fn contains(&self, scheme: &str) -> bool {
        self.0.contains(scheme)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn fixture() -> Self {
        Self(["intent", "tel"].map(str::to_owned).into())
    }
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<AllowedSchemes, ConfigError> {
    let list = ALLOWED_SCHEMES.get(lookup).unwrap_or_default();
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let schemes = names.map(|name| {
        is_app_scheme(name)
            .then(|| name.to_ascii_lowercase())
            .ok_or_else(|| ALLOWED_SCHEMES.invalid("has an entry that cannot be allowed"))
    });
    schemes.collect::<Result<_, _>>().map(AllowedSchemes)
}
