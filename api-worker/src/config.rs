//! The configuration: the Worker's variables and secrets, parsed once per isolate.

use edge_runtime::config::{ConfigError, OriginConfig, Redacted, Variables};
use edge_runtime::traces::config::TracesConfig;

use crate::publishing::purge_rate::PurgePlan;

#[derive(Debug)]
pub struct Config {
    pub origin: OriginConfig,
    /// For the visits that imports bring.
    pub queue_url: String,
    /// Without it edits are not purged, and copies live for a minute.
    pub purge: Option<PurgeConfig>,
    /// `None` without a collector.
    pub traces: Option<TracesConfig>,
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

impl Config {
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = Variables(variable);
        let purge = match (read.optional("PURGE_ZONE_IDS"), read.optional("PURGE_TOKEN")) {
            (Some(zone_ids), Some(token)) => Some(PurgeConfig {
                api_url: read.http_url("CLOUDFLARE_API_URL")?,
                zone_ids: zone_ids.split(',').map(|id| id.trim().to_owned()).collect(),
                token: Redacted(token),
                plan: PurgePlan {
                    per_minute: read.parsed("PURGES_PER_MINUTE")?,
                    burst: read.parsed("PURGE_BURST")?,
                },
            }),
            (None, None) => None,
            (Some(_), None) => return Err(ConfigError::Missing("PURGE_TOKEN")),
            (None, Some(_)) => return Err(ConfigError::Missing("PURGE_ZONE_IDS")),
        };
        let traces = TracesConfig::read(&read, "shortline-api")?;
        let (origin, queue_url) = (OriginConfig::read(&read)?, read.http_url("CLICK_QUEUE_URL")?);
        Ok(Self { origin, queue_url, purge, traces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_with(changed: &str, value: Option<&str>) -> Result<Config, ConfigError> {
        Config::read(|name| {
            let default = match name {
                _ if name == changed => value,
                "ORIGIN_URLS" => Some("https://a.example"),
                "CLICK_QUEUE_URL" => Some("https://sqs.eu-central-1.amazonaws.com/1/clicks"),
                "CLOUDFLARE_API_URL" => Some("https://api.cloudflare.com/client/v4"),
                "PURGES_PER_MINUTE" => Some("5"),
                "PURGE_BURST" => Some("25"),
                _ if name.starts_with("OTEL_") => None,
                _ => Some("some value"),
            };
            default.map(str::to_owned)
        })
    }

    #[test]
    fn missing_variable_is_named() {
        for name in [
            "ORIGIN_URLS",
            "CLICK_QUEUE_URL",
            "EDGE_SECRET",
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
    fn malformed_variable_is_named() {
        let error = config_with("PURGE_BURST", Some("-1")).unwrap_err();
        assert!(matches!(error, ConfigError::Malformed { name: "PURGE_BURST", .. }), "{error}");
    }

    #[test]
    fn secret_is_not_shown() {
        let purge = config_with("PURGE_TOKEN", Some("hush")).unwrap().purge;
        assert!(!format!("{purge:?}").contains("hush"));
    }
}
