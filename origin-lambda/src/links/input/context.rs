//! What a client's values are validated against, from the configuration.

use link_core::names::domain::Domain;
use link_core::time::UnixMillis;
use serde_json::Value;

use crate::auth::LinkBounds;
use crate::config::allowed_schemes::AllowedSchemes;
use crate::config::own_hosts::OwnHosts;
use crate::config::site::SiteConfig;
use crate::http::host_input;

pub(crate) const UNKNOWN_DOMAIN: &str = "must be a domain of this shortener; GET /api/v1/domains lists them";

#[derive(Debug, Clone, Copy)]
pub(crate) struct ValidationContext<'a> {
    pub(crate) default_domain: &'a Domain,
    /// Hosts that no link may point to. Other domains and blocked hosts are checked by the statement that stores the link.
    pub(crate) own_hosts: &'a OwnHosts,
    /// Those of apps.
    pub(crate) allowed_schemes: &'a AllowedSchemes,
    pub(crate) now: UnixMillis,
    /// The domains that exist for the caller's key. Empty: all.
    pub(crate) domains: &'a [Domain],
}

impl<'a> ValidationContext<'a> {
    pub(crate) fn new(site: &'a SiteConfig, bounds: &'a LinkBounds, now: UnixMillis) -> Self {
        let default = &site.default_domain;
        let first = bounds.domains.first().filter(|_| !bounds.include_domain(default));
        let default_domain = first.unwrap_or(default);
        let (own_hosts, allowed_schemes) = (&site.own_hosts, &site.allowed_schemes);
        Self { default_domain, own_hosts, allowed_schemes, now, domains: &bounds.domains }
    }

    /// As of a key without bounds, at [`SiteConfig::fixture`].
    #[cfg(test)]
    pub(crate) fn fixture(site: &'a SiteConfig, now: UnixMillis) -> Self {
        Self {
            default_domain: &site.default_domain,
            own_hosts: &site.own_hosts,
            allowed_schemes: &site.allowed_schemes,
            now,
            domains: &[],
        }
    }

    /// One that exists for the caller's key, as far as that is known without the database.
    pub(crate) fn known_domain(self, value: &Value) -> Result<Domain, String> {
        let domain = host_input::domain(value).map_err(|error| error.to_string())?;
        let exists = self.domains.is_empty() || self.domains.contains(&domain);
        if exists { Ok(domain) } else { Err(UNKNOWN_DOMAIN.to_owned()) }
    }
}
