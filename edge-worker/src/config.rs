//! The configuration: the Worker's variables and secrets, parsed once per isolate.

use std::fmt;

use link_core::names::code::CodeKey;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use thiserror::Error;

use crate::origins::sigv4::Credentials;
use crate::publishing::purge_rate::PurgePlan;
use crate::visitors::allow_list::AllowList;

#[derive(Debug)]
pub struct Config {
    /// The origins: function URLs or plain servers. Never empty; no slash at the end.
    pub origin_urls: Vec<String>,
    pub edge_secret: Redacted,
    pub default_domain: Domain,
    pub queue_url: String,
    pub region: String,
    pub credentials: Credentials,
    /// Requests of one visitor per second, on average.
    pub visitor_limit: u32,
    /// Those of them that find nothing.
    pub miss_limit: u32,
    /// Password attempts of one network in ten seconds.
    pub password_limit: u32,
    /// Tells issued codes from others; without it every code may be issued.
    pub code_key: Option<CodeKey>,
    pub code_ceiling: u64,
    /// Unknown names that an isolate may ask the origin for per second.
    pub miss_budget_per_second: u32,
    pub allow_list: AllowList,
    /// Whether plain http is redirected to https or refused.
    pub require_https: bool,
    /// The value of `Strict-Transport-Security`. Leaked, so that answers borrow it.
    pub hsts: Option<&'static str>,
    /// Where unknown links redirect; otherwise they answer 404.
    pub fallback_url: Option<Destination>,
    /// Without it edits are not purged, and copies live for a minute.
    pub purge: Option<PurgeConfig>,
}

/// Purging by tag through Cloudflare's API.
#[derive(Debug)]
pub struct PurgeConfig {
    pub api_url: String,
    /// Every zone with a link domain; never empty.
    pub zone_ids: Vec<String>,
    pub token: Redacted,
    pub plan: PurgePlan,
}

/// A secret that `{:?}` does not show.
pub struct Redacted(pub String);

impl fmt::Debug for Redacted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redacted")
    }
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("the Worker's variable or secret {0} is not set")]
    Missing(&'static str),
    #[error("the Worker's variable {name}: {reason}")]
    Malformed { name: &'static str, reason: String },
}

impl Config {
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let required = |name: &'static str| optional(name).ok_or(ConfigError::Missing(name));
        let purge = match (optional("PURGE_ZONE_IDS"), optional("PURGE_TOKEN")) {
            (Some(zone_ids), Some(token)) => Some(PurgeConfig {
                api_url: http_url("CLOUDFLARE_API_URL", &required("CLOUDFLARE_API_URL")?)?,
                zone_ids: zone_ids.split(',').map(|id| id.trim().to_owned()).collect(),
                token: Redacted(token),
                plan: PurgePlan {
                    per_minute: parse("PURGES_PER_MINUTE", &required("PURGES_PER_MINUTE")?)?,
                    burst: parse("PURGE_BURST", &required("PURGE_BURST")?)?,
                },
            }),
            (None, None) => None,
            (Some(_), None) => return Err(ConfigError::Missing("PURGE_TOKEN")),
            (None, Some(_)) => return Err(ConfigError::Missing("PURGE_ZONE_IDS")),
        };
        Ok(Self {
            purge,
            origin_urls: required("ORIGIN_URLS")?
                .split(',')
                .map(|url| http_url("ORIGIN_URLS", url))
                .collect::<Result<_, _>>()?,
            edge_secret: Redacted(required("EDGE_SECRET")?),
            default_domain: parse("DEFAULT_DOMAIN", &required("DEFAULT_DOMAIN")?)?,
            queue_url: http_url("CLICK_QUEUE_URL", &required("CLICK_QUEUE_URL")?)?,
            region: required("AWS_REGION")?,
            credentials: Credentials {
                access_key_id: required("AWS_ACCESS_KEY_ID")?,
                secret_access_key: required("AWS_SECRET_ACCESS_KEY")?,
            },
            fallback_url: optional("FALLBACK_URL").map(Destination::try_from).transpose().map_err(
                |error| ConfigError::Malformed { name: "FALLBACK_URL", reason: error.to_string() },
            )?,
            miss_limit: parse("MISS_LIMIT_PER_SECOND", &required("MISS_LIMIT_PER_SECOND")?)?,
            password_limit: parse("PASSWORDS_PER_TEN_SECONDS", &required("PASSWORDS_PER_TEN_SECONDS")?)?,
            code_key: optional("CODE_KEY").map(|key| parse("CODE_KEY", &key)).transpose()?,
            code_ceiling: parse("CODE_CEILING", &required("CODE_CEILING")?)?,
            miss_budget_per_second: parse(
                "FRUITLESS_QUESTIONS_PER_SECOND",
                &required("FRUITLESS_QUESTIONS_PER_SECOND")?,
            )?,
            require_https: parse("REQUIRE_HTTPS", &required("REQUIRE_HTTPS")?)?,
            hsts: optional("HSTS_SECONDS")
                .map(|seconds| parse::<u32>("HSTS_SECONDS", &seconds))
                .transpose()?
                // Without `includeSubDomains`: they may belong to others.
                .map(|seconds| &*format!("max-age={seconds}").leak()),
            visitor_limit: parse("RATE_LIMIT_PER_SECOND", &required("RATE_LIMIT_PER_SECOND")?)?,
            allow_list: parse("RATE_LIMIT_ALLOW", &optional("RATE_LIMIT_ALLOW").unwrap_or_default())?,
        })
    }
}

fn http_url(name: &'static str, text: &str) -> Result<String, ConfigError> {
    let text = text.trim();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(ConfigError::Malformed { name, reason: format!("{text:?} is not an http or https URL") }),
    }
}

fn parse<T: std::str::FromStr<Err: fmt::Display>>(name: &'static str, text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Malformed { name, reason: error.to_string() })
}

#[cfg(test)]
pub(crate) mod fixtures {
    use super::*;

    /// A valid configuration, with one variable changed.
    pub(crate) fn config_with(changed: &str, value: Option<&str>) -> Result<Config, ConfigError> {
        Config::read(|name| {
            let default = match name {
                _ if name == changed => value,
                "ORIGIN_URLS" => Some("https://a.example/, https://b.example"),
                "DEFAULT_DOMAIN" => Some("go.example.com"),
                "CLICK_QUEUE_URL" => Some("https://sqs.eu-central-1.amazonaws.com/1/clicks"),
                "CLOUDFLARE_API_URL" => Some("https://api.cloudflare.com/client/v4"),
                "RATE_LIMIT_PER_SECOND" => Some("100"),
                "MISS_LIMIT_PER_SECOND" => Some("10"),
                "PASSWORDS_PER_TEN_SECONDS" => Some("5"),
                "CODE_CEILING" => Some("1000000000"),
                "FRUITLESS_QUESTIONS_PER_SECOND" => Some("5"),
                "PURGES_PER_MINUTE" => Some("5"),
                "PURGE_BURST" => Some("25"),
                "REQUIRE_HTTPS" => Some("true"),
                "HSTS_SECONDS" => Some("15552000"),
                "CODE_KEY" | "RATE_LIMIT_ALLOW" | "FALLBACK_URL" => None,
                _ => Some("some value"),
            };
            default.map(str::to_owned)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::config_with;
    use super::*;

    #[test]
    fn origins_are_separated_by_commas() {
        let config = config_with("", None).unwrap();
        assert_eq!(config.origin_urls, ["https://a.example", "https://b.example"]);
    }

    #[test]
    fn missing_variable_is_named() {
        for name in [
            "ORIGIN_URLS",
            "EDGE_SECRET",
            "DEFAULT_DOMAIN",
            "CLICK_QUEUE_URL",
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "PURGE_TOKEN",
            "PURGE_ZONE_IDS",
        ] {
            assert_eq!(config_with(name, None).unwrap_err(), ConfigError::Missing(name));
            assert_eq!(config_with(name, Some(" ")).unwrap_err(), ConfigError::Missing(name));
        }
    }

    #[test]
    fn malformed_variable_is_named_with_the_reason() {
        for (name, value) in [
            ("ORIGIN_URLS", "https://a.example,"),
            ("ORIGIN_URLS", "a.example"),
            ("DEFAULT_DOMAIN", "https://go.example.com"),
            ("CLICK_QUEUE_URL", "clicks"),
            ("RATE_LIMIT_ALLOW", "everybody"),
            ("PURGE_BURST", "-1"),
            ("PASSWORDS_PER_TEN_SECONDS", "many"),
            ("CODE_KEY", "2b7e"),
            ("REQUIRE_HTTPS", "yes"),
            ("HSTS_SECONDS", "a year"),
            ("FALLBACK_URL", "javascript:alert(1)"),
        ] {
            let error = config_with(name, Some(value)).unwrap_err();
            assert!(matches!(error, ConfigError::Malformed { name: named, .. } if named == name), "{error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", config_with("EDGE_SECRET", Some("hunter2hunter2")).unwrap());
        assert!(!shown.contains("hunter2"));
    }
}
