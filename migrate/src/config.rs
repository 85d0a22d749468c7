//! What the migrations are told: both databases, as their owner, and who else may log in. Connects to nothing.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;

pub struct Config {
    pub links: PgConnectOptions,
    pub analytics: PgConnectOptions,
    pub logins: Vec<Login>,
}

/// A user that an application connects as. It changes no schema.
pub struct Login {
    pub name: String,
    pub password: String,
    pub purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads and writes rows.
    Everything,
    /// Reads pages of links for people, who wait for none for long.
    Lists,
}

impl Config {
    /// `DATABASE_URL` and `ANALYTICS_DATABASE_URL` as the owner of the schema; `LOGINS` and `LISTS_LOGINS`, JSON objects from names
    /// to passwords, where applications have users of their own.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut all = logins("LOGINS", Purpose::Everything, &lookup)?;
        all.extend(logins("LISTS_LOGINS", Purpose::Lists, &lookup)?);
        Ok(Self {
            links: database("DATABASE_URL", &lookup)?,
            analytics: database("ANALYTICS_DATABASE_URL", &lookup)?,
            logins: all,
        })
    }

    /// Roles belong to a server and not to a database, so the group carries the name of its own.
    pub(crate) fn application_group(&self) -> String {
        format!("{}_application", self.links.get_database().unwrap_or("links"))
    }
}

fn logins(variable: &str, purpose: Purpose, lookup: impl Fn(&str) -> Option<String>) -> Result<Vec<Login>> {
    let Some(text) = lookup(variable).filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    // The error of the parser would repeat a password.
    let passwords: Option<BTreeMap<String, String>> = serde_json::from_str(&text).ok();
    let passwords =
        passwords.with_context(|| format!("{variable} is not a JSON object from user names to passwords"))?;
    Ok(passwords.into_iter().map(|(name, password)| Login { name, password, purpose }).collect())
}

fn database(variable: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<PgConnectOptions> {
    let url = lookup(variable).filter(|url| !url.is_empty());
    let url = url.with_context(|| format!("{variable} is not set. Set it to a postgres:// URL"))?;
    let options: PgConnectOptions =
        url.parse().ok().with_context(|| format!("{variable} is not a Postgres URL"))?;
    Ok(options.application_name("shortline-migrate"))
}

/// Everything in it holds a password.
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
