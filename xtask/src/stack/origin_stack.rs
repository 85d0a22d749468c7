//! The smallest stack: an origin on a Postgres of its own, without edge and queue. For load tests of the origin. Empty at
//! the start, gone at the end.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::origin::Origin;
use super::postgres::{Durability, Postgres};
use super::secrets::Secrets;
use super::{folder, settings};
use crate::checkout::Checkout;

/// Fields are in the order in which the parts end when it is dropped.
#[derive(Debug)]
pub struct OriginStack {
    pub origin: Origin,
    pub postgres: Postgres,
    pub admin_key: String,
    pub edge_secret: String,
    folder: folder::RunFolder,
}

impl OriginStack {
    pub async fn start(origin_lambda: PathBuf) -> Result<Self> {
        let checkout = Checkout::here();
        let folder = folder::RunFolder::create(&checkout, "origin")?;
        super::prepare(folder.path(), &folder.path().join("logs"))?;
        let secrets = Secrets::load_or_create(folder.path())?;
        // Nobody listens: whoever uses a part that has died is told by its own error.
        let (failures, _) = tokio::sync::mpsc::unbounded_channel();
        let postgres =
            Postgres::start(&checkout, folder.path(), Durability::ThrowAway, failures.clone()).await?;
        let databases = [postgres.links_database_url.as_str(), postgres.analytics_database_url.as_str()];
        // No edge is there; this is only what short links begin with.
        let public_url = "http://127.0.0.1:8787";
        let environment = settings::origin_environment(databases, &secrets, &secrets.admin_key, public_url);
        let origin = Origin::start(0, origin_lambda, environment, folder.path(), failures).await?;
        Ok(Self { origin, postgres, admin_key: secrets.admin_key, edge_secret: secrets.edge_secret, folder })
    }

    /// For files of whoever uses it; they go with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn stop(&self) {
        self.origin.part.stop().await;
        self.postgres.part.stop().await;
    }
}
