//! Reads where the two databases are. Pool sizes and timeouts are in `limits`.

use std::fmt;

use sqlx::postgres::PgConnectOptions;

use super::variable::{ConfigError, Lookup, Variable};

const LINKS: Variable = Variable {
    name: "DATABASE_URL",
    expected: "the links database, such as postgres://user:password@host:5432/links",
};
const LISTS: Variable = Variable {
    name: "LISTS_DATABASE_URL",
    expected: "the links database or a replica of it, with the user that reads lists, or unset it",
};
const ANALYTICS: Variable = Variable {
    name: "ANALYTICS_DATABASE_URL",
    expected: "the analytics database, such as postgres://user:password@host:5432/analytics",
};

pub struct DatabasesConfig {
    pub links: PgConnectOptions,
    /// The links database or a replica, which may lag behind. Its user has a short `statement_timeout`, so that a list query
    /// stops soon after an origin has given it up.
    pub lists: Option<PgConnectOptions>,
    pub analytics: PgConnectOptions,
}

/// Hides the options, which hold passwords.
impl fmt::Debug for DatabasesConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabasesConfig")
    }
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<DatabasesConfig, ConfigError> {
    Ok(DatabasesConfig {
        links: options(&LINKS, LINKS.require(lookup)?)?,
        lists: LISTS.get(lookup).map(|url| options(&LISTS, url)).transpose()?,
        analytics: options(&ANALYTICS, ANALYTICS.require(lookup)?)?,
    })
}

fn options(variable: &Variable, url: String) -> Result<PgConnectOptions, ConfigError> {
    // sqlx accepts any scheme.
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(variable.invalid("is not a postgres:// URL"));
    }
    let options: PgConnectOptions = url.parse().map_err(|_| variable.invalid("is not a Postgres URL"))?;
    Ok(options.application_name("shortline-origin"))
}
