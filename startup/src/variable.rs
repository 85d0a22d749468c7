//! Reads one environment variable, and says what is wrong with it.

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

/// Looks up a variable: [`environment`] in a program, a map in a test.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A variable of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Messages never contain values, because most are secrets.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{variable} is not set. Set it to {expected}.")]
    Missing { variable: &'static str, expected: &'static str },
    #[error("{variable} {problem}. Set it to {expected}.")]
    Invalid { variable: &'static str, problem: String, expected: &'static str },
}

/// A variable and what a valid value looks like. An empty variable counts as absent, because infrastructure tools cannot always leave
/// one out.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub expected: &'static str,
}

impl Variable {
    pub fn get(&self, lookup: &Lookup<'_>) -> Option<String> {
        lookup(self.name).filter(|value| !value.is_empty())
    }

    pub fn require(&self, lookup: &Lookup<'_>) -> Result<String, ConfigError> {
        self.required(self.get(lookup))
    }

    /// Fails with `problem` if `parse` returns `None`.
    pub fn get_parsed<T>(
        &self,
        lookup: &Lookup<'_>,
        problem: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let value = self.get(lookup);
        value.map(|value| parse(&value).ok_or_else(|| self.invalid(problem))).transpose()
    }

    /// Fails with `problem` if `parse` returns `None`.
    pub fn require_parsed<T>(
        &self,
        lookup: &Lookup<'_>,
        problem: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.required(self.get_parsed(lookup, problem, parse)?)
    }

    pub fn get_database(&self, lookup: &Lookup<'_>) -> Result<Option<PgConnectOptions>, ConfigError> {
        self.get_parsed(lookup, "is not a postgres:// URL", parse_database)
    }

    pub fn require_database(&self, lookup: &Lookup<'_>) -> Result<PgConnectOptions, ConfigError> {
        self.required(self.get_database(lookup)?)
    }

    pub fn invalid(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { variable: self.name, problem: problem.into(), expected: self.expected }
    }

    fn required<T>(&self, value: Option<T>) -> Result<T, ConfigError> {
        value.ok_or(ConfigError::Missing { variable: self.name, expected: self.expected })
    }
}

fn parse_database(url: &str) -> Option<PgConnectOptions> {
    // sqlx accepts any scheme.
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    is_postgres.then(|| url.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Variable = Variable { name: "PORT", expected: "a port, such as 8080" };

    fn port(value: Option<&str>) -> Result<u16, String> {
        let lookup = |_: &str| value.map(str::to_owned);
        PORT.require_parsed(&lookup, "is not a port", |text| text.parse().ok())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn message_names_the_variable_and_not_the_value() {
        assert_eq!(port(Some("8080")), Ok(8080));
        for absent in [None, Some("")] {
            assert_eq!(port(absent), Err("PORT is not set. Set it to a port, such as 8080.".into()));
        }
        assert_eq!(port(Some("hunter2")), Err("PORT is not a port. Set it to a port, such as 8080.".into()));
    }

    #[test]
    fn optional_variable_may_be_absent_but_not_invalid() {
        let read = |value: &'static str| {
            let parse = |text: &str| text.parse::<u16>().ok();
            PORT.get_parsed(&|_| Some(value.to_owned()), "is not a port", parse)
        };
        assert_eq!(read(""), Ok(None));
        assert!(read("hunter2").is_err());
    }

    #[test]
    fn database_must_be_a_postgres_url() {
        for (url, is_valid) in [
            ("postgres://user:hunter2@db.internal:6432/links", true),
            ("postgresql://db.internal/links", true),
            ("mysql://db.internal/links", false),
            ("postgres://:bad:port/links", false),
        ] {
            let options = PORT.require_database(&|_| Some(url.to_owned()));
            assert_eq!(options.is_ok(), is_valid, "{url}");
        }
    }
}
