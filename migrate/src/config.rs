//! Configuration from the environment: both databases, as the owner of the schema, and the logins to create.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;

pub struct Config {
    pub links: PgConnectOptions,
    pub analytics: PgConnectOptions,
    pub logins: Vec<Login>,
}

/// A database user of an application, which cannot change the schema.
pub struct Login {
    pub name: String,
    pub password: String,
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
    /// Reads `DATABASE_URL` and `ANALYTICS_DATABASE_URL`, whose user owns the schema, and the optional `LOGINS` and `LISTS_LOGINS`, JSON
    /// objects from user names to passwords.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut all = logins("LOGINS", LoginRole::Application, &lookup)?;
        all.extend(logins("LISTS_LOGINS", LoginRole::Lists, &lookup)?);
        Ok(Self {
            links: database("DATABASE_URL", &lookup)?,
            analytics: database("ANALYTICS_DATABASE_URL", &lookup)?,
            logins: all,
        })
    }

    /// Roles belong to the server, not to a database, so the group is named after the database.
    pub(crate) fn application_group(&self) -> String {
        format!("{}_application", self.links.get_database().unwrap_or("links"))
    }
}

fn logins(variable: &str, role: LoginRole, lookup: impl Fn(&str) -> Option<String>) -> Result<Vec<Login>> {
    let Some(text) = lookup(variable).filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    // The parser's error could quote a password, so it is dropped.
    let passwords: Option<BTreeMap<String, String>> = serde_json::from_str(&text).ok();
    let passwords =
        passwords.with_context(|| format!("{variable} is not a JSON object from user names to passwords"))?;
    Ok(passwords.into_iter().map(|(name, password)| Login { name, password, role }).collect())
}

fn database(variable: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<PgConnectOptions> {
    let url = lookup(variable).filter(|url| !url.is_empty());
    let url = url.with_context(|| format!("{variable} is not set. Set it to a postgres:// URL"))?;
    let options: PgConnectOptions =
        url.parse().ok().with_context(|| format!("{variable} is not a Postgres URL"))?;
    Ok(options.application_name("shortline-migrate"))
}

/// Prints only the logins' names: all other fields hold passwords.
impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.logins).finish()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}
