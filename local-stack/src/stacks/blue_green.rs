//! A blue-green stack: origins of two releases on one database that starts with the previous schema. Without edge and
//! queue; deleted at the end.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::checkout::Checkout;
use crate::parts::postgres::Postgres;
use crate::processes::run_folder::{RunFolder, prepare};
use crate::stacks::origin::Origin;
use crate::stacks::secrets::Secrets;
use crate::stacks::settings;

const LINKS: &str = "rehearsal_links";
const ANALYTICS: &str = "rehearsal_analytics";

/// Parts stop in the order of the fields when it is dropped.
#[derive(Debug)]
pub struct BlueGreen {
    postgres: Postgres,
    links_database_url: String,
    analytics_database_url: String,
    secrets: Secrets,
    folder: RunFolder,
}

impl BlueGreen {
    /// Starts with the schema of this `migrations` folder.
    pub async fn start(migrations: &Path) -> Result<Self> {
        let folder = RunFolder::create(&Checkout::here(), "rehearsal")?;
        prepare(folder.path(), &folder.path().join("logs"))?;
        let secrets = Secrets::load_or_create(folder.path())?;
        // Its default databases are migrated already, so create others.
        let postgres = Postgres::start_throwaway().await?;
        let url = |database| {
            let server = postgres.links_database_url.rsplit_once('/').map(|(server, _)| server);
            server.map(|server| format!("{server}/{database}")).context("no address of Postgres")
        };
        let (links_database_url, analytics_database_url) = (url(LINKS)?, url(ANALYTICS)?);
        for (database, url, kind) in
            [(LINKS, &links_database_url, "links"), (ANALYTICS, &analytics_database_url, "analytics")]
        {
            create(&postgres.links_database_url, database).await?;
            let folder = migrations.join(kind);
            let migrator = Migrator::new(folder.clone()).await;
            let migrator = migrator.with_context(|| format!("no migrations in {}", folder.display()))?;
            let mut connection = PgConnection::connect(url).await?;
            migrator
                .run_direct(None, &mut connection, false)
                .await
                .context("cannot create the previous schema")?;
            connection.close().await?;
        }
        Ok(Self { postgres, links_database_url, analytics_database_url, secrets, folder })
    }

    /// Migrates as a deployment does. Returns the applied versions.
    pub async fn migrate(&self) -> Result<Vec<i64>> {
        let config = migrate::config::Config::from_lookup(&|name| match name {
            "DATABASE_URL" => Some(self.links_database_url.clone()),
            "ANALYTICS_DATABASE_URL" => Some(self.analytics_database_url.clone()),
            _ => None,
        })?;
        let applied = migrate::run(&config).await?;
        Ok([applied.links, applied.analytics].concat())
    }

    pub async fn start_origin(&self, number: usize, binary: PathBuf) -> Result<Origin> {
        let databases = [self.links_database_url.as_str(), self.analytics_database_url.as_str()];
        let public_url = "http://127.0.0.1:8787";
        let environment =
            settings::origin_environment(databases, &self.secrets, &self.secrets.admin_key, public_url);
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        Origin::start(number, binary, environment, self.folder.path(), failures).await
    }

    pub fn admin_key(&self) -> &str {
        &self.secrets.admin_key
    }

    pub fn edge_secret(&self) -> &str {
        &self.secrets.edge_secret
    }

    pub async fn stop(&self) {
        self.postgres.part.stop().await;
    }
}

async fn create(server: &str, database: &str) -> Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    // The name is a constant of this file.
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
