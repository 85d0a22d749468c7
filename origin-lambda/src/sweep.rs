//! How long a request takes part in judging links by hosts that have changed. What it leaves, the next one goes on with.

use tokio::time::Instant;
use tracing::warn;

use crate::app::App;
use crate::limits::{SWEEP_LINKS, SWEEP_PATIENCE};
use crate::store::StoreError;
use crate::store::host_sweep::Sweep;

/// A statement of so few takes no time.
const LEAST_LINKS: i64 = SWEEP_LINKS / 64;

/// Whether every link has been judged by now. A failure is none of the request that has changed the hosts: that is done.
pub(crate) async fn sweep(app: &App) -> bool {
    let end = Instant::now() + SWEEP_PATIENCE;
    let mut links = SWEEP_LINKS;
    while Instant::now() < end {
        match app.links.sweep_hosts(links, &app.site.own_hosts, app.clock.now()).await {
            Ok(Sweep::More) => {}
            Ok(Sweep::Done) => return true,
            // Perhaps so many take too long here.
            Err(StoreError::Unavailable { .. }) if links > LEAST_LINKS => links /= 8,
            Err(error) => {
                warn!(%error, "links wait to be judged by hosts that have changed");
                return false;
            }
        }
    }
    false
}
