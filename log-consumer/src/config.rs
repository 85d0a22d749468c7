//! The consumer's configuration, from the environment. The SDK reads the `AWS_*` variables itself.

use std::fmt;

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

const ANALYTICS_DATABASE_URL: &str = "ANALYTICS_DATABASE_URL";
const LINKS_DATABASE_URL: &str = "LINKS_DATABASE_URL";
const CLICK_QUEUE_URL: &str = "CLICK_QUEUE_URL";
const DEAD_LETTER_QUEUE_URL: &str = "DEAD_LETTER_QUEUE_URL";

pub struct Config {
    pub analytics_database: PgConnectOptions,
    /// For the totals of links. May be on another server.
    pub links_database: PgConnectOptions,
    pub click_queue_url: String,
    pub dead_letter_queue_url: String,
}

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Omits the value, which holds a password.
    #[error("{name} is not a Postgres URL: {error}")]
    NotADatabase {
        name: &'static str,
        #[source]
        error: sqlx::Error,
    },
}

impl Config {
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let required = |name: &'static str| {
            variable(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
        };
        let database =
            |name| required(name)?.parse().map_err(|error| ConfigError::NotADatabase { name, error });
        Ok(Self {
            analytics_database: database(ANALYTICS_DATABASE_URL)?,
            links_database: database(LINKS_DATABASE_URL)?,
            click_queue_url: required(CLICK_QUEUE_URL)?,
            dead_letter_queue_url: required(DEAD_LETTER_QUEUE_URL)?,
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // sqlx's `Debug` would print the password.
        formatter
            .debug_struct("Config")
            .field("analytics_database", &self.analytics_database.get_host())
            .field("links_database", &self.links_database.get_host())
            .field("click_queue_url", &self.click_queue_url)
            .field("dead_letter_queue_url", &self.dead_letter_queue_url)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            ANALYTICS_DATABASE_URL => "postgres://consumer:hunter2@db.internal:6432/analytics",
            LINKS_DATABASE_URL => "postgres://consumer:hunter2@db.internal:6432/links",
            CLICK_QUEUE_URL => "https://sqs.eu-central-1.amazonaws.com/1/clicks",
            DEAD_LETTER_QUEUE_URL => "https://sqs.eu-central-1.amazonaws.com/1/clicks-dead",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn missing_or_empty_variable_is_named() {
        for name in [ANALYTICS_DATABASE_URL, LINKS_DATABASE_URL, CLICK_QUEUE_URL, DEAD_LETTER_QUEUE_URL] {
            for absent in [None, Some(String::new())] {
                let error = Config::from_variables(|requested| {
                    if requested == name { absent.clone() } else { variable(requested) }
                });
                assert_eq!(error.unwrap_err().to_string(), format!("{name} is not set"));
            }
        }
    }

    #[test]
    fn password_is_neither_printed_nor_reported() {
        let shown = format!("{:?}", Config::from_variables(variable).unwrap());
        assert!(shown.contains("db.internal") && !shown.contains("hunter2"), "{shown}");
        let error = Config::from_variables(|name| variable(name).map(|url| url.replace("6432", "hunter2")));
        let shown = format!("{:?}", error.unwrap_err());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
