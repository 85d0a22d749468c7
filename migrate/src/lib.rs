//! Brings both databases to the schema of this build: creates them, applies `migrations/`, and lets the applications log
//! in. Safe to repeat and to run many times at once. Decides no schema; it is in `migrations/`.

pub mod config;
mod database;
mod lock;
mod logins;
mod schema;

use anyhow::{Context, Result};
use serde::Serialize;
use sqlx::Connection;
use sqlx::migrate::Migrator;

use config::Config;
use lock::Lock;

static LINKS: Migrator = sqlx::migrate!("../migrations/links");
static ANALYTICS: Migrator = sqlx::migrate!("../migrations/analytics");

/// Versions that this run applied; empty where there was nothing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub links: Vec<i64>,
    pub analytics: Vec<i64>,
}

pub async fn run(config: &Config) -> Result<Applied> {
    database::ensure(&config.links).await.context("the links database")?;
    let lock = Lock::acquire(&config.links).await?;
    database::ensure(&config.analytics).await.context("the analytics database")?;
    let mut links = database::connect(&config.links).await?;
    let mut analytics = database::connect(&config.analytics).await?;
    let applied = Applied {
        links: schema::bring_to(&LINKS, &mut links).await.context("migrations/links")?,
        analytics: schema::bring_to(&ANALYTICS, &mut analytics).await.context("migrations/analytics")?,
    };
    if !config.logins.is_empty() {
        let group = config.application_group();
        for connection in [&mut links, &mut analytics] {
            logins::ensure(connection, &group, &config.logins).await.context("the applications' logins")?;
        }
    }
    links.close().await?;
    analytics.close().await?;
    lock.release().await?;
    Ok(applied)
}
