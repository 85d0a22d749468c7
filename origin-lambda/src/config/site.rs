//! Reads which domain is the default one and how its short links begin. Does not know other domains.

use axum::http::Uri;
use link_core::domain::Domain;

use super::{ConfigError, Lookup, Variable};

const DEFAULT_DOMAIN: Variable = Variable {
    name: "DEFAULT_DOMAIN",
    expected: "the host name that short links live under, such as go.example.com, without scheme and port",
};
const PUBLIC_URL: Variable = Variable {
    name: "PUBLIC_URL",
    expected: "how short links of the default domain begin, such as http://127.0.0.1:8787, or leave it out for https and \
               DEFAULT_DOMAIN",
};

#[derive(Debug)]
pub struct SiteConfig {
    pub default_domain: Domain,
    public_url: Option<String>,
}

impl SiteConfig {
    /// What precedes `/{code}` in a short link, without a slash at the end.
    pub fn short_url_base(&self, domain: &Domain) -> String {
        match &self.public_url {
            Some(base) if *domain == self.default_domain => base.clone(),
            _ => format!("https://{domain}"),
        }
    }
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<SiteConfig, ConfigError> {
    let default_domain =
        DEFAULT_DOMAIN.require(lookup)?.parse().map_err(|_| DEFAULT_DOMAIN.invalid("is not a host name"))?;
    let public_url = PUBLIC_URL
        .get(lookup)
        .map(|text| {
            base(&text).ok_or_else(|| PUBLIC_URL.invalid("is not the bare beginning of a web address"))
        })
        .transpose()?;
    Ok(SiteConfig { default_domain, public_url })
}

fn base(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.contains('@');
    bare.then(|| format!("{scheme}://{authority}"))
}
