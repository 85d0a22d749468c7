//! What waits to be published, oldest first: how much of it one run of the schedule takes on, and in which steps. Does not
//! know how a pause is made.

use std::time::Duration;

use link_core::publication::{Change, Confirmation};
use link_core::time::UnixMillis;

use super::{ChangeLog, MAX_CHANGES, Publisher, Purge};
use crate::lookup::{Colo, NoAnswer, Replica};
use crate::timeouts::{BACKLOG, REPLICA, SETTLED, millis};

/// Of [`MAX_CHANGES`] each, which are written once: with what is asked, purged and confirmed around them they stay below the
/// 1,000 calls of an invocation (Workers platform limits).
const PAGES: usize = 2;

impl<C: Colo, R: Replica, P: Purge> Publisher<'_, C, R, P> {
    /// Of writes whose invocation ended early or had too many changes, of those that met a refusal, and of sweeps.
    pub async fn publish_waiting(
        &self,
        log: &impl ChangeLog,
        sleep: &impl AsyncFn(Duration),
    ) -> Result<(), NoAnswer> {
        let until = (self.clock)().plus_millis(millis(BACKLOG));
        let mut after = None;
        for _ in 0..PAGES {
            let list = log.waiting(after, MAX_CHANGES).await?;
            let waiting: Vec<_> = list.changes.iter().map(Change::confirmation).collect();
            let Some(last) = waiting.last() else { break };
            // Nothing comes twice: it would be purged twice, too, and the plan has few purges.
            after = Some(last.revision);
            let all_purged = self.settle(log, &waiting, until, sleep).await?;
            if !list.more || !all_purged || (self.clock)() >= until {
                break;
            }
        }
        Ok(())
    }

    /// The second time that changes are purged and published, and their confirmation. Tells whether all were purged.
    pub async fn settle(
        &self,
        log: &impl ChangeLog,
        changed: &[Confirmation],
        until: UnixMillis,
        sleep: &impl AsyncFn(Duration),
    ) -> Result<bool, NoAnswer> {
        sleep(SETTLED).await;
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
