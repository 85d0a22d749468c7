//! Reads one environment variable, and says what is wrong with it.

use thiserror::Error;

/// Looks up a variable: `std::env::var` in the binary, a map in a test.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Messages never contain values: most of them are secrets.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    #[error("{variable} is not set. Set it to {expected}.")]
    Missing { variable: &'static str, expected: &'static str },
    #[error("{variable} {problem}. Set it to {expected}.")]
    Invalid { variable: &'static str, problem: String, expected: &'static str },
}

/// A variable and what a valid value looks like. An empty variable counts as absent, since infrastructure tools cannot always
/// leave one out.
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) expected: &'static str,
}

impl Variable {
    pub(super) fn get(&self, lookup: &Lookup<'_>) -> Option<String> {
        lookup(self.name).filter(|value| !value.is_empty())
    }

    pub(super) fn require(&self, lookup: &Lookup<'_>) -> Result<String, ConfigError> {
        self.get(lookup).ok_or(ConfigError::Missing { variable: self.name, expected: self.expected })
    }

    pub(super) fn invalid(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { variable: self.name, problem: problem.into(), expected: self.expected }
    }
}
