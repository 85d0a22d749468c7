//! Reads what the origin needs to redirect visitors itself and to count their clicks.

use axum::http::Uri;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::redirect::UnlockCookies;
use link_core::redirect::visit::SplitKey;
use startup::{ConfigError, Lookup, Variable};

use super::access::EDGE_SECRET;
use crate::http::host_input;

const CLICK_QUEUE_URL: Variable = Variable {
    name: "CLICK_QUEUE_URL",
    expected: "the URL of the SQS queue that clicks are sent to, or unset it if redirects by the origin need not be \
               counted",
};
const FAILOVER_DOMAIN: Variable = Variable {
    name: "FAILOVER_DOMAIN",
    expected: "the host name under which this origin redirects in place of the edge, such as go-direct.example.com, or \
               unset it if this origin serves the API",
};
const FALLBACK_URL: Variable = Variable {
    name: "FALLBACK_URL",
    expected: "the URL that visitors are sent to when no link matches, the same as at the edge, or unset it to show a page",
};

#[derive(Debug)]
pub struct RedirectsConfig {
    pub click_queue_url: Option<String>,
    /// Requests to this host are redirected as if to the default domain. An origin that has one does nothing but redirect.
    pub failover_domain: Option<Domain>,
    /// Where visitors are sent when no link matches.
    pub fallback_url: Option<Destination>,
    /// The edge's key, so that edge and origin put a visitor into the same branch of a split.
    pub split_key: SplitKey,
    /// The edge's too: a link that was unlocked there stays open here.
    pub unlock_cookies: UnlockCookies,
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<RedirectsConfig, ConfigError> {
    let queue_url = |url: &str| is_http_url(url).then(|| url.to_owned());
    let click_queue_url = CLICK_QUEUE_URL.get_parsed(lookup, "is not a URL", queue_url)?;
    let domain = |name: &str| host_input::parse_domain(name).ok();
    let failover_domain = FAILOVER_DOMAIN.get_parsed(lookup, "is not a host name", domain)?;
    let destination = |url: &str| Destination::parse(url).ok();
    let fallback_url = FALLBACK_URL.get_parsed(lookup, "is not an http or https URL", destination)?;
    let edge_secret = EDGE_SECRET.require(lookup)?;
    let split_key = SplitKey::derived_from(edge_secret.as_bytes());
    let unlock_cookies = UnlockCookies::new(edge_secret.as_bytes());
    Ok(RedirectsConfig { click_queue_url, failover_domain, fallback_url, split_key, unlock_cookies })
}

fn is_http_url(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}
