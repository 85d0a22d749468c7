//! What both Workers are configured with, and how variables and secrets are read.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::origins::sigv4::Credentials;

/// The origins, and what a call to them needs.
#[derive(Debug)]
pub struct OriginConfig {
    /// Function URLs or plain servers. Never empty; no slash at the end.
    pub urls: Vec<String>,
    pub edge_secret: Redacted,
    pub aws: AwsConfig,
}

/// The key that signs calls to AWS.
#[derive(Debug)]
pub struct AwsConfig {
    pub region: String,
    pub credentials: Credentials,
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

/// The Worker's variables and secrets, which are read alike.
#[derive(Debug)]
pub struct Variables<F>(pub F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    pub fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    pub fn parsed<T: FromStr<Err: fmt::Display>>(&self, name: &'static str) -> Result<T, ConfigError> {
        parse(name, &self.required(name)?)
    }

    pub fn http_url(&self, name: &'static str) -> Result<String, ConfigError> {
        http_url(name, &self.required(name)?)
    }
}

impl OriginConfig {
    pub fn read(variables: &Variables<impl Fn(&str) -> Option<String>>) -> Result<Self, ConfigError> {
        Ok(Self {
            urls: variables
                .required("ORIGIN_URLS")?
                .split(',')
                .map(|url| http_url("ORIGIN_URLS", url))
                .collect::<Result<_, _>>()?,
            edge_secret: Redacted(variables.required("EDGE_SECRET")?),
            aws: AwsConfig {
                region: variables.required("AWS_REGION")?,
                credentials: Credentials {
                    access_key_id: variables.required("AWS_ACCESS_KEY_ID")?,
                    secret_access_key: variables.required("AWS_SECRET_ACCESS_KEY")?,
                },
            },
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

pub fn parse<T: FromStr<Err: fmt::Display>>(name: &'static str, text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Malformed { name, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(urls: &str) -> Result<OriginConfig, ConfigError> {
        let read = |name: &str| Some(if name == "ORIGIN_URLS" { urls } else { "some value" }.to_owned());
        OriginConfig::read(&Variables(read))
    }

    #[test]
    fn origins_are_separated_by_commas() {
        let config = origins("https://a.example/, https://b.example").unwrap();
        assert_eq!(config.urls, ["https://a.example", "https://b.example"]);
        for malformed in ["https://a.example,", "a.example"] {
            let error = origins(malformed).unwrap_err();
            assert!(matches!(error, ConfigError::Malformed { name: "ORIGIN_URLS", .. }), "{error}");
        }
    }

    #[test]
    fn blank_variable_is_missing() {
        for blank in ["", " "] {
            assert_eq!(origins(blank).unwrap_err(), ConfigError::Missing("ORIGIN_URLS"));
        }
    }
}
