//! The configuration: the Worker's variables and secrets, parsed once per isolate.

use edge_runtime::config::{ConfigError, OriginConfig, Variables, parse};
use edge_runtime::traces::config::TracesConfig;
use link_core::compatible_apis::CompatibleApis;
use link_core::names::code::CodeKey;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;

use crate::visitors::allow_list::AllowList;

#[derive(Debug)]
pub struct Config {
    pub origin: OriginConfig,
    pub default_domain: Domain,
    /// The host with the dashboard's sessions, which has no links. `None` where it is the default domain, which has.
    pub dashboard_host: Option<Domain>,
    /// Other shorteners' APIs that are passed on like ours.
    pub compatible_apis: CompatibleApis,
    pub queue_url: String,
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
    /// `None` without a collector.
    pub traces: Option<TracesConfig>,
    /// Whether the API's Worker purges edits. Otherwise copies live for a minute.
    pub purging: bool,
}

impl Config {
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = Variables(variable);
        let default_domain: Domain = read.parsed("DEFAULT_DOMAIN")?;
        let dashboard_host = read.optional("DASHBOARD_HOST").map(|host| parse("DASHBOARD_HOST", &host));
        Ok(Self {
            dashboard_host: dashboard_host.transpose()?.filter(|host| *host != default_domain),
            default_domain,
            compatible_apis: parse("COMPATIBLE_APIS", &read.optional("COMPATIBLE_APIS").unwrap_or_default())?,
            purging: read.optional("PURGE_ZONE_IDS").is_some(),
            traces: TracesConfig::read(&read, "shortline-edge")?,
            origin: OriginConfig::read(&read)?,
            queue_url: read.http_url("CLICK_QUEUE_URL")?,
            fallback_url: read.optional("FALLBACK_URL").map(Destination::try_from).transpose().map_err(
                |error| ConfigError::Malformed { name: "FALLBACK_URL", reason: error.to_string() },
            )?,
            miss_limit: read.parsed("MISS_LIMIT_PER_SECOND")?,
            password_limit: read.parsed("PASSWORDS_PER_TEN_SECONDS")?,
            code_key: read.optional("CODE_KEY").map(|key| parse("CODE_KEY", &key)).transpose()?,
            code_ceiling: read.parsed("CODE_CEILING")?,
            miss_budget_per_second: read.parsed("FRUITLESS_QUESTIONS_PER_SECOND")?,
            require_https: read.parsed("REQUIRE_HTTPS")?,
            hsts: read
                .optional("HSTS_SECONDS")
                .map(|seconds| parse::<u32>("HSTS_SECONDS", &seconds))
                .transpose()?
                // Without `includeSubDomains`: they may belong to others.
                .map(|seconds| &*format!("max-age={seconds}").leak()),
            visitor_limit: read.parsed("RATE_LIMIT_PER_SECOND")?,
            allow_list: parse("RATE_LIMIT_ALLOW", &read.optional("RATE_LIMIT_ALLOW").unwrap_or_default())?,
        })
    }
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
                "RATE_LIMIT_PER_SECOND" => Some("100"),
                "MISS_LIMIT_PER_SECOND" => Some("10"),
                "PASSWORDS_PER_TEN_SECONDS" => Some("5"),
                "CODE_CEILING" => Some("1000000000"),
                "FRUITLESS_QUESTIONS_PER_SECOND" => Some("5"),
                "REQUIRE_HTTPS" => Some("true"),
                "HSTS_SECONDS" => Some("15552000"),
                "CODE_KEY" | "RATE_LIMIT_ALLOW" | "FALLBACK_URL" | "DASHBOARD_HOST" | "COMPATIBLE_APIS" => {
                    None
                }
                _ if name.starts_with("OTEL_") => None,
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
    fn missing_variable_is_named() {
        for name in [
            "ORIGIN_URLS",
            "EDGE_SECRET",
            "DEFAULT_DOMAIN",
            "CLICK_QUEUE_URL",
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert_eq!(config_with(name, None).unwrap_err(), ConfigError::Missing(name));
            assert_eq!(config_with(name, Some(" ")).unwrap_err(), ConfigError::Missing(name));
        }
    }

    #[test]
    fn malformed_variable_is_named_with_the_reason() {
        for (name, value) in [
            ("ORIGIN_URLS", "a.example"),
            ("DEFAULT_DOMAIN", "https://go.example.com"),
            ("DASHBOARD_HOST", "https://links.example.com"),
            ("CLICK_QUEUE_URL", "clicks"),
            ("COMPATIBLE_APIS", "bitly"),
            ("RATE_LIMIT_ALLOW", "everybody"),
            ("PASSWORDS_PER_TEN_SECONDS", "many"),
            ("CODE_KEY", "2b7e"),
            ("REQUIRE_HTTPS", "yes"),
            ("HSTS_SECONDS", "a year"),
            ("FALLBACK_URL", "javascript:alert(1)"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ] {
            let error = config_with(name, Some(value)).unwrap_err();
            assert!(matches!(error, ConfigError::Malformed { name: named, .. } if named == name), "{error}");
        }
    }

    #[test]
    fn default_domain_is_no_dashboard_host_of_its_own() {
        let host = |value| config_with("DASHBOARD_HOST", value).unwrap().dashboard_host;
        assert_eq!(host(Some("links.example.com")).unwrap().as_str(), "links.example.com");
        for value in [None, Some(""), Some("go.example.com")] {
            assert_eq!(host(value), None, "{value:?}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", config_with("EDGE_SECRET", Some("hunter2hunter2")).unwrap());
        assert!(!shown.contains("hunter2"));
    }
}
