//! Reads the default domain, how its short links begin, this shortener's own hosts and the schemes of links.

use axum::http::Uri;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::names::host::is_loopback;
use startup::{ConfigError, Lookup, Variable};

use crate::config::allowed_schemes::{self, AllowedSchemes};
use crate::config::own_hosts::OwnHosts;
use crate::http::host_input;

const DEFAULT_DOMAIN: Variable = Variable {
    name: "DEFAULT_DOMAIN",
    expected: "the host name of short links, such as go.example.com, without scheme and port",
};
const PUBLIC_URL: Variable = Variable {
    name: "PUBLIC_URL",
    expected: "how short links of the default domain begin, such as http://127.0.0.1:8787, or unset it for https and \
               DEFAULT_DOMAIN",
};

const OWN_HOSTS: Variable = Variable {
    name: "OWN_HOSTS",
    expected: "other host names of this shortener, such as the failover domain, separated by commas, or unset it if there \
               are none",
};
const DASHBOARD_HOST: Variable = Variable {
    name: "DASHBOARD_HOST",
    expected: "the host name of the dashboard, such as links.example.com, or unset it for the default domain",
};
const WORKER_NAME: Variable =
    Variable { name: "WORKER_NAME", expected: "the Worker's name, or unset it for shortline" };
/// The name in `wrangler.toml`.
const DEFAULT_WORKER_NAME: &str = "shortline";

#[derive(Debug)]
pub struct SiteConfig {
    pub default_domain: Domain,
    pub(crate) own_hosts: OwnHosts,
    pub(crate) allowed_schemes: AllowedSchemes,
    public_url: Option<String>,
    pub(crate) dashboard_host: Option<Domain>,
}

impl SiteConfig {
    #[cfg(test)]
    pub(crate) fn fixture() -> Self {
        let default_domain = "go.example.com".parse().unwrap();
        let (own_hosts, allowed_schemes) = (OwnHosts::fixture(), AllowedSchemes::fixture());
        Self { default_domain, own_hosts, allowed_schemes, public_url: None, dashboard_host: None }
    }

    /// What precedes `/{code}` in a short link, without a slash at the end.
    pub fn short_url_base(&self, domain: &Domain) -> String {
        match &self.public_url {
            Some(base) if *domain == self.default_domain => base.clone(),
            _ => format!("https://{domain}"),
        }
    }

    /// Whether the host is the dashboard's alone.
    pub(crate) fn has_no_links(&self, host: &Domain) -> bool {
        self.dashboard_host.as_ref() == Some(host) && *host != self.default_domain
    }

    /// Whether sessions are made and accepted on this host. `host` is in lower case, without a port.
    pub(crate) fn has_dashboard(&self, host: &str) -> bool {
        match &self.dashboard_host {
            Some(dashboard) => dashboard.as_str() == host,
            // The edge serves the default domain under these names too.
            None => {
                self.default_domain.as_str() == host
                    || is_loopback(host)
                    || self.own_hosts.is_worker_host(host)
            }
        }
    }
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<SiteConfig, ConfigError> {
    let domain = |name: &str| host_input::parse_domain(name).ok();
    let default_domain = DEFAULT_DOMAIN.require_parsed(lookup, "is not a host name", domain)?;
    let public_url =
        PUBLIC_URL.get_parsed(lookup, "is not an http or https URL without path and query", base)?;
    let mut others = own_hosts(&OWN_HOSTS.get(lookup).unwrap_or_default())?;
    others.extend(public_url.as_deref().and_then(host));
    let dashboard_host = DASHBOARD_HOST.get_parsed(lookup, "is not a host name", domain)?;
    // It has no links, so a link to it would lead away from the dashboard.
    others.extend(dashboard_host.as_ref().map(Domain::to_string));
    let worker = WORKER_NAME.get(lookup).unwrap_or_else(|| DEFAULT_WORKER_NAME.to_owned());
    let own_hosts = OwnHosts::new(&default_domain, others, worker);
    let allowed_schemes = allowed_schemes::from_lookup(lookup)?;
    Ok(SiteConfig { default_domain, own_hosts, allowed_schemes, public_url, dashboard_host })
}

fn own_hosts(list: &str) -> Result<Vec<String>, ConfigError> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            host_input::parse(name).map_err(|_| OWN_HOSTS.invalid("has an entry that is not a host name"))
        })
        .collect()
}

fn host(url: &str) -> Option<String> {
    Some(Destination::parse(url).ok()?.comparable_host().into_owned())
}

fn base(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.contains('@');
    bare.then(|| format!("{scheme}://{authority}"))
}
