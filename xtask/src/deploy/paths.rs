//! Where a deployment's files lie.

use std::path::PathBuf;

use local_stack::checkout::Checkout;

/// Paths that the commands use.
pub(super) struct DeployPaths {
    pub(super) infra: PathBuf,
    pub(super) packages: PathBuf,
    pub(super) wrangler_toml: PathBuf,
    pub(super) scratch: PathBuf,
}

impl DeployPaths {
    pub(super) fn of(checkout: &Checkout) -> Self {
        Self {
            infra: checkout.root().join("infra"),
            packages: checkout.packages(),
            wrangler_toml: checkout.root().join("wrangler.toml"),
            scratch: checkout.shortline().join("deploy"),
        }
    }

    pub(super) fn worker_config(&self) -> PathBuf {
        self.scratch.join("wrangler.json")
    }

    pub(super) fn plan(&self) -> PathBuf {
        self.scratch.join("deploy.tfplan")
    }

    pub(super) fn preflight_plan(&self) -> PathBuf {
        self.scratch.join("preflight.tfplan")
    }

    pub(super) fn worker_secrets(&self) -> PathBuf {
        self.scratch.join("secrets.json")
    }
}
