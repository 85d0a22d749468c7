//! Where a deployment's files lie.

use std::path::PathBuf;

use local_stack::checkout::Checkout;

/// Paths that the commands use.
pub(super) struct DeployPaths {
    pub(super) infra: PathBuf,
    pub(super) packages: PathBuf,
    /// Of the checkout, where the wrangler files lie.
    pub(super) root: PathBuf,
    pub(super) scratch: PathBuf,
}

impl DeployPaths {
    pub(super) fn of(checkout: &Checkout) -> Self {
        Self {
            infra: checkout.root().join("infra"),
            packages: checkout.packages(),
            root: checkout.root().to_path_buf(),
            scratch: checkout.shortline().join("deploy"),
        }
    }

    /// A Worker's filled configuration.
    pub(super) fn worker_config(&self, worker: &str) -> PathBuf {
        self.scratch.join(format!("wrangler-{worker}.json"))
    }

    /// The dashboard's files as built, with `_headers`. As in `wrangler.toml`.
    pub(super) fn dashboard(&self) -> PathBuf {
        self.root.join("dashboard/build")
    }

    /// The files that the visitor's Worker is uploaded with.
    pub(super) fn worker_assets(&self) -> PathBuf {
        self.scratch.join("assets")
    }

    pub(super) fn plan(&self) -> PathBuf {
        self.scratch.join("deploy.tfplan")
    }

    pub(super) fn preflight_plan(&self) -> PathBuf {
        self.scratch.join("preflight.tfplan")
    }

    /// Of the Worker that is uploaded now.
    pub(super) fn worker_secrets(&self) -> PathBuf {
        self.scratch.join("secrets.json")
    }
}
