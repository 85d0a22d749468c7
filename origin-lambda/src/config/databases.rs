//! Reads where the two databases are. Pool sizes and timeouts are in `limits`.

use std::fmt;

use sqlx::postgres::PgConnectOptions;
use startup::{ConfigError, Lookup, Variable, raw_click_days};

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
    /// How long the maintenance keeps raw clicks.
    pub raw_click_days: i32,
}

/// Hides the options, which hold passwords.
impl fmt::Debug for DatabasesConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabasesConfig")
    }
}

pub(super) fn from_lookup(lookup: &Lookup<'_>) -> Result<DatabasesConfig, ConfigError> {
    let named = |options: PgConnectOptions| options.application_name("shortline-origin");
    Ok(DatabasesConfig {
        links: named(LINKS.require_database(lookup)?),
        lists: LISTS.get_database(lookup)?.map(named),
        analytics: named(ANALYTICS.require_database(lookup)?),
        raw_click_days: raw_click_days(lookup)?,
    })
}
