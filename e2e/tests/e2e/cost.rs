//! What a redirect uses up, counted in a run: the bill of `cargo xtask cost` rests on it. Times are noted there, and looked
//! at nowhere.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use xtask::artifacts::Artifacts;
use xtask::checkout::Checkout;
use xtask::cost::{Size, measure};

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("a_redirect_uses_up_what_the_bill_says", counted)]
}

async fn counted() -> Result<()> {
    let usage = measure(Artifacts::in_place(&Checkout::here()), Size { links: 50, redirects: 2_000 }).await?;
    ensure!(usage.redirects == 2_000 && usage.misses >= 50, "{usage:?}");
    ensure!(
        usage.questions <= usage.misses,
        "the origin is asked more often than visitors waited for it: {usage:?}"
    );
    ensure!(usage.clicks == 2_000 && usage.stored_clicks == 2_000, "{usage:?}");
    ensure!(usage.sends == usage.batches, "a batch is sent once: {usage:?}");
    ensure!(usage.chunks == usage.sends, "a batch of a hundred clicks fits into one chunk: {usage:?}");
    ensure!(usage.sends <= usage.clicks, "a message has at least a click: {usage:?}");
    Ok(())
}
