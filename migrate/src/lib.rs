//! Migrates both databases to the schema of this build: creates them, applies `migrations/`, and creates the applications' logins. Safe
//! to repeat and to run concurrently.

pub mod config;
pub mod counters;
mod database;
mod lock;
mod logins;
pub mod maintenance;
mod schema;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use sqlx::migrate::Migrator;

use config::Config;
use counters::{CounterOffsets, Counters};
use lock::Lock;

static LINKS: Migrator = sqlx::migrate!("../migrations/links");
static ANALYTICS: Migrator = sqlx::migrate!("../migrations/analytics");

/// Optional steps besides the migrations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// Needed once after a restore; see docs/runbook.md.
    pub move_counters_ahead: Option<CounterOffsets>,
}

/// The migrations that this run applied, and the counters if it moved them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub links: Vec<i64>,
    pub analytics: Vec<i64>,
    pub counters: Option<Counters>,
}

pub async fn run(config: &Config) -> Result<Applied> {
    run_with(config, &Request::default()).await
}

pub async fn run_with(config: &Config, request: &Request) -> Result<Applied> {
    database::ensure(&config.links).await.context("the links database")?;
    let lock = Lock::acquire(&config.links).await?;
    database::ensure(&config.analytics).await.context("the analytics database")?;
    let mut links = database::connect(&config.links).await?;
    let mut analytics = database::connect(&config.analytics).await?;
    let mut applied = Applied {
        links: schema::migrate(&LINKS, &mut links).await.context("migrations/links")?,
        analytics: schema::migrate(&ANALYTICS, &mut analytics).await.context("migrations/analytics")?,
        counters: None,
    };
    if let Some(offsets) = request.move_counters_ahead {
        applied.counters = Some(counters::move_ahead(&mut links, offsets).await?);
    }
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
