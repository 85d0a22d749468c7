//! An origin with its own Postgres, without edge and queue, for load tests of the origin. Deleted at the end.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::checkout::Checkout;
use crate::parts::postgres::{Durability, Postgres};
use crate::processes::run_folder::{RunFolder, prepare};
use crate::stacks::origin::Origin;
use crate::stacks::secrets::Secrets;
use crate::stacks::settings;

/// Parts stop in the order of the fields when it is dropped.
#[derive(Debug)]
pub struct OriginStack {
    pub origin: Origin,
    pub postgres: Postgres,
    pub admin_key: String,
    pub edge_secret: String,
    folder: RunFolder,
}

impl OriginStack {
    pub async fn start(origin_lambda: PathBuf) -> Result<Self> {
        let checkout = Checkout::here();
        let folder = RunFolder::create(&checkout, "origin")?;
        prepare(folder.path(), &folder.path().join("logs"))?;
        let secrets = Secrets::load_or_create(folder.path())?;
        // Nobody listens: a caller of a dead part gets an error anyway.
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let postgres =
            Postgres::start(&checkout, folder.path(), Durability::Throwaway, failures.clone()).await?;
        let databases = [postgres.links_database_url.as_str(), postgres.analytics_database_url.as_str()];
        // There is no edge; this is only the base of short links.
        let public_url = "http://127.0.0.1:8787";
        let environment = settings::origin_environment(databases, &secrets, &secrets.admin_key, public_url);
        let origin = Origin::start(0, origin_lambda, environment, folder.path(), failures).await?;
        Ok(Self { origin, postgres, admin_key: secrets.admin_key, edge_secret: secrets.edge_secret, folder })
    }

    /// For the caller's files, which are deleted with the stack.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn stop(&self) {
        self.origin.part.stop().await;
        self.postgres.part.stop().await;
    }
}
