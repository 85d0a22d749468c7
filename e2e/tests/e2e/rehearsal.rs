//! A few switches between two origins under load. Both are of this build, and so is the schema: what `cargo xtask rehearse`
//! does with the build and the schema of before takes minutes to compile.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use xtask::artifacts::Artifacts;
use xtask::checkout::Checkout;
use xtask::rehearsal::{Cast, rehearse};

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("switching_between_origins_under_load_fails_no_request", switches)]
}

async fn switches() -> Result<()> {
    let checkout = Checkout::here();
    let now = Artifacts::in_place(&checkout).origin_lambda;
    let cast = Cast { before: now.clone(), migrations_before: checkout.root().join("migrations"), now };
    let report = rehearse(&cast, 6).await?;
    ensure!(report.account.failed == 0 && report.account.created > 0, "{report}");
    Ok(())
}
