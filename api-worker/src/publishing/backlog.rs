//! Publishes the backlog of unconfirmed changes, oldest first. Decides how many one run of the schedule publishes, and in
//! which steps.

use std::time::Duration;

use link_core::publication::{Change, Confirmation};
use link_core::time::UnixMillis;

use super::publisher::{MAX_CHANGES, Publisher};
use super::systems::{ChangeLog, Purge};
use edge_runtime::lookup::{Colo, OriginError, Replica};
use edge_runtime::timing::timeouts::{BACKLOG, REPLICA, SECOND_PURGE_DELAY, millis};

/// Pages of [`MAX_CHANGES`] in one run. Each change is written once; with the calls around them a run stays below the 1,000
/// calls of an invocation (Workers platform limits).
const PAGES: usize = 2;

impl<C: Colo, R: Replica, P: Purge> Publisher<'_, C, R, P> {
    /// Publishes changes of writes whose invocation ended early, had too many changes or met a refusal, and of sweeps.
    pub async fn publish_backlog(
        &self,
        log: &impl ChangeLog,
        sleep: &impl AsyncFn(Duration),
    ) -> Result<(), OriginError> {
        let until = self.clock.now().plus_millis(millis(BACKLOG));
        let mut after = None;
        for _ in 0..PAGES {
            let list = log.unconfirmed(after, MAX_CHANGES).await?;
            let waiting: Vec<_> = list.changes.iter().map(Change::confirmation).collect();
            let Some(last) = waiting.last() else { break };
            // No change is read twice: it would be purged twice, and the plan allows few purges.
            after = Some(last.revision);
            let all_purged = self.purge_again_and_confirm(log, &waiting, until, sleep).await?;
            if !list.more || !all_purged || self.clock.now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Purges and publishes changes again, and confirms them. Returns whether all were purged.
    pub async fn purge_again_and_confirm(
        &self,
        log: &impl ChangeLog,
        changed: &[Confirmation],
        until: UnixMillis,
        sleep: &impl AsyncFn(Duration),
    ) -> Result<bool, OriginError> {
        sleep(SECOND_PURGE_DELAY).await;
        let purged = self.purge_again(changed).await;
        if !purged.is_empty() {
            sleep(REPLICA).await;
            self.confirm(log, purged, until).await?;
        }
        Ok(purged.len() == changed.len())
    }
}

#[cfg(test)]
mod tests;
