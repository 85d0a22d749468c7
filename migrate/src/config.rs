//! Configuration from the environment: both databases, as the owner of the schema, and the logins to create.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use startup::{ConfigError, Lookup, Variable, raw_click_days};

const LINKS: Variable = Variable {
    name: "DATABASE_URL",
    expected: "the links database with the owner of the schema, such as postgres://owner:password@host:5432/links",
};
const ANALYTICS: Variable = Variable {
    name: "ANALYTICS_DATABASE_URL",
    expected: "the analytics database with the owner of the schema, such as postgres://owner:password@host:5432/analytics",
};
const LOGINS: Variable = Variable {
    name: "LOGINS",
    expected: "a JSON object from the applications' user names to passwords, or unset it if they have no users of their own",
};
const LISTS_LOGINS: Variable = Variable {
    name: "LISTS_LOGINS",
    expected: "a JSON object from the user names of the origin's lists to passwords, or unset it",
};

pub struct Config {
    pub links: PgConnectOptions,
    pub analytics: PgConnectOptions,
    pub logins: Vec<Login>,
    pub raw_click_days: i32,
}

/// A database user of an application, which cannot change the schema.
#[derive(Debug)]
pub struct Login {
    pub name: String,
    pub password: SecretString,
    pub role: LoginRole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRole {
    /// Reads and writes rows.
    Application,
    /// Reads lists of links for people, with short time limits.
    Lists,
}

impl Config {
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        let mut all = logins(&LOGINS, LoginRole::Application, lookup)?;
        all.extend(logins(&LISTS_LOGINS, LoginRole::Lists, lookup)?);
        Ok(Self {
            links: LINKS.require_database(lookup)?.application_name("shortline-migrate"),
            analytics: ANALYTICS.require_database(lookup)?.application_name("shortline-migrate"),
            logins: all,
            raw_click_days: raw_click_days(lookup)?,
        })
    }

    /// Roles belong to the server, not to a database, so the group is named after the database.
    pub(crate) fn application_group(&self) -> String {
        format!("{}_application", self.links.get_database().unwrap_or("links"))
    }
}

fn logins(variable: &Variable, role: LoginRole, lookup: &Lookup<'_>) -> Result<Vec<Login>, ConfigError> {
    let parse = |text: &str| serde_json::from_str::<BTreeMap<String, SecretString>>(text).ok();
    let passwords =
        variable.get_parsed(lookup, "is not a JSON object from user names to passwords", parse)?;
    let passwords = passwords.unwrap_or_default().into_iter();
    Ok(passwords.map(|(name, password)| Login { name, password, role }).collect())
}

/// Leaves the databases out, whose options hold passwords.
impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Config").field("logins", &self.logins).finish_non_exhaustive()
    }
}
