//! Reads what the origin needs to redirect visitors itself, and to count them. Does not decide when it does.

use axum::http::Uri;
use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::visit::SplitKey;

use super::access::EDGE_SECRET;
use super::{ConfigError, Lookup, Variable};
use crate::host_input;

const CLICK_QUEUE_URL: Variable = Variable {
    name: "CLICK_QUEUE_URL",
    expected: "the URL of the SQS queue that clicks travel through, or leave it out where redirects past the edge need not \
               be counted",
};
const FAILOVER_DOMAIN: Variable = Variable {
    name: "FAILOVER_DOMAIN",
    expected: "the host name under which this origin stands in for the edge, such as go-direct.example.com, or leave it \
               out where it serves the API",
};
const FALLBACK_URL: Variable = Variable {
    name: "FALLBACK_URL",
    expected: "the URL to which visitors without a link are sent, as at the edge, or leave it out where they get a page",
};

#[derive(Debug)]
pub struct RedirectsConfig {
    pub click_queue_url: Option<String>,
    /// Stands for the default domain. An origin that has one redirects, and does nothing else.
    pub failover_domain: Option<Domain>,
    /// Where those are sent who follow no link.
    pub fallback_url: Option<Destination>,
    /// The edge's: a visitor falls into the same share of a split wherever the answer comes from.
    pub split_key: SplitKey,
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<RedirectsConfig, ConfigError> {
    let click_queue_url = CLICK_QUEUE_URL
        .get(lookup)
        .map(|url| if is_web_address(&url) { Ok(url) } else { Err(CLICK_QUEUE_URL.invalid("is no URL")) })
        .transpose()?;
    let failover_domain = FAILOVER_DOMAIN
        .get(lookup)
        .map(|name| {
            host_input::parse_domain(&name).map_err(|_| FAILOVER_DOMAIN.invalid("is not a host name"))
        })
        .transpose()?;
    let fallback_url = FALLBACK_URL
        .get(lookup)
        .map(|url| Destination::parse(&url).map_err(|_| FALLBACK_URL.invalid("is no web address")))
        .transpose()?;
    let split_key = SplitKey::derived_from(EDGE_SECRET.require(lookup)?.as_bytes());
    Ok(RedirectsConfig { click_queue_url, failover_domain, fallback_url, split_key })
}

fn is_web_address(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}
