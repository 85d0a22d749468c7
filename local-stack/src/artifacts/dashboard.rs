//! Builds the dashboard when its inputs change.

use anyhow::{Context, Result};

use super::fingerprint::fingerprint;
use crate::checkout::Checkout;
use crate::tools::{self, npm};

/// Installs the packages of the dashboard and builds its static files, if anything changed.
pub fn build_dashboard(checkout: &Checkout) -> Result<()> {
    tools::ensure_for_dashboard(checkout)?;
    // Taken before the build: a file saved during the build triggers another one.
    let inputs = fingerprint(checkout, ["dashboard"])?;
    let stamp = checkout.dashboard_build().join(".built-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
        return Ok(());
    }
    println!("      the dashboard …");
    let mut build = npm(&checkout.dashboard());
    tools::run_quietly(build.args(["run", "build"])).context("the dashboard cannot be built")?;
    std::fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}
