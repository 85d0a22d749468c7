//! The consumer's configuration, from the environment. The SDK reads the `AWS_*` variables itself.

use std::fmt;

use sqlx::postgres::PgConnectOptions;
use startup::{ConfigError, Lookup, Variable, raw_click_days};

const ANALYTICS_DATABASE: Variable = Variable {
    name: "ANALYTICS_DATABASE_URL",
    expected: "the analytics database, such as postgres://user:password@host:5432/analytics",
};
const LINKS_DATABASE: Variable = Variable {
    name: "LINKS_DATABASE_URL",
    expected: "the links database, such as postgres://user:password@host:5432/links",
};
const CLICK_QUEUE: Variable =
    Variable { name: "CLICK_QUEUE_URL", expected: "the URL of the SQS queue that clicks come from" };
const DEAD_LETTER_QUEUE: Variable = Variable {
    name: "DEAD_LETTER_QUEUE_URL",
    expected: "the URL of the SQS queue for messages that can never be stored",
};

pub struct Config {
    pub analytics_database: PgConnectOptions,
    /// For the totals of links. May be on another server.
    pub links_database: PgConnectOptions,
    pub click_queue_url: String,
    pub dead_letter_queue_url: String,
    /// Raw clicks are kept this long. Of older visits that are imported, only the roll-ups are written.
    pub raw_click_days: i32,
}

impl Config {
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            analytics_database: ANALYTICS_DATABASE.require_database(lookup)?,
            links_database: LINKS_DATABASE.require_database(lookup)?,
            click_queue_url: CLICK_QUEUE.require(lookup)?,
            dead_letter_queue_url: DEAD_LETTER_QUEUE.require(lookup)?,
            raw_click_days: raw_click_days(lookup)?,
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
            .field("raw_click_days", &self.raw_click_days)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "ANALYTICS_DATABASE_URL" => "postgres://consumer:hunter2@db.internal:6432/analytics",
            "LINKS_DATABASE_URL" => "postgres://consumer:hunter2@db.internal:6432/links",
            "CLICK_QUEUE_URL" => "https://sqs.eu-central-1.amazonaws.com/1/clicks",
            "DEAD_LETTER_QUEUE_URL" => "https://sqs.eu-central-1.amazonaws.com/1/clicks-dead",
            _ => return None,
        };
        Some(value.into())
    }

    #[test]
    fn missing_variable_is_named() {
        for absent in [&ANALYTICS_DATABASE, &LINKS_DATABASE, &CLICK_QUEUE, &DEAD_LETTER_QUEUE] {
            let lookup = |name: &str| variable(name).filter(|_| name != absent.name);
            let error = Config::from_lookup(&lookup).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{} is not set. Set it to ", absent.name)), "{error}");
        }
    }

    #[test]
    fn password_is_neither_printed_nor_reported() {
        let shown = format!("{:?}", Config::from_lookup(&variable).unwrap());
        assert!(shown.contains("db.internal") && !shown.contains("hunter2"), "{shown}");
        let bad_port = |name: &str| variable(name).map(|url| url.replace("6432", "hunter2"));
        let shown = format!("{:?}", Config::from_lookup(&bad_port).unwrap_err());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
