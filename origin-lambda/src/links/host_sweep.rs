//! Blocks and unblocks links after hosts have changed, for a limited time per request. The next request continues.

use tokio::time::Instant;
use tracing::warn;

use crate::clock::Clock;
use crate::config::own_hosts::OwnHosts;
use crate::limits::{SWEEP_BATCH_LINKS, SWEEP_TIMEOUT};
use crate::store::host_sweep::SweepProgress;
use crate::store::{LinksDatabase, StoreError};

/// So few links take almost no time.
const MIN_LINKS: i64 = SWEEP_BATCH_LINKS / 64;

/// Returns whether every link has been checked. A failure does not fail the request that changed the hosts, which is already
/// done.
pub(crate) async fn run(links: &LinksDatabase, own_hosts: &OwnHosts, clock: &Clock) -> bool {
    let end = Instant::now() + SWEEP_TIMEOUT;
    let mut batch_size = SWEEP_BATCH_LINKS;
    while Instant::now() < end {
        match links.sweep_hosts(batch_size, own_hosts, clock.now()).await {
            Ok(SweepProgress::More) => {}
            Ok(SweepProgress::Done) => return true,
            // Fewer links may be fast enough.
            Err(StoreError::Unavailable { .. }) if batch_size > MIN_LINKS => batch_size /= 8,
            Err(error) => {
                warn!(%error, "cannot check links after hosts have changed; the next request continues");
                return false;
            }
        }
    }
    false
}
