//! A few switches between two origins under load, both of this build and schema. `cargo xtask rehearse` uses the
//! previous release, which takes minutes to compile.

use anyhow::{Result, ensure};
use bench::rehearsal::{Builds, rehearse};
use libtest_mimic::Trial;
use local_stack::artifacts::Artifacts;
use local_stack::checkout::Checkout;

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("switching_origins_under_load_fails_no_request", switches)]
}

async fn switches() -> Result<()> {
    let checkout = Checkout::here();
    let current = Artifacts::in_place(&checkout).origin_lambda;
    let builds = Builds {
        previous: current.clone(),
        previous_migrations: checkout.root().join("migrations"),
        current,
    };
    let report = rehearse(&builds, 6).await?;
    ensure!(report.tally.failed == 0 && report.tally.created > 0, "{report}");
    Ok(())
}
