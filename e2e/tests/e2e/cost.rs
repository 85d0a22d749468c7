//! Counts what a redirect uses: the bill of `cargo xtask cost` rests on these counts. Times are not checked.

use anyhow::{Result, ensure};
use bench::usage::{RunSize, measure};
use libtest_mimic::Trial;
use local_stack::artifacts::Artifacts;
use local_stack::checkout::Checkout;

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("redirect_uses_what_the_bill_assumes", counted)]
}

async fn counted() -> Result<()> {
    let usage =
        measure(Artifacts::in_place(&Checkout::here()), RunSize { links: 50, redirects: 2_000 }).await?;
    ensure!(usage.redirects == 2_000 && usage.misses >= 50, "{usage:?}");
    ensure!(
        usage.origin_requests <= usage.misses,
        "the origin was asked more often than the edge missed: {usage:?}"
    );
    ensure!(usage.clicks == 2_000 && usage.stored_clicks == 2_000, "{usage:?}");
    ensure!(usage.sends == usage.batches, "a batch was not sent exactly once: {usage:?}");
    ensure!(usage.chunks == usage.sends, "a batch of a hundred clicks needs more than one chunk: {usage:?}");
    ensure!(usage.sends <= usage.clicks, "a message has no click: {usage:?}");
    Ok(())
}
