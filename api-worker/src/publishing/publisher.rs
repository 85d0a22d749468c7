//! Publishes a change everywhere: the replica, a purge of every data centre, this data centre's cache; then a second purge when
//! no answer from before the change can still be cached, and the confirmation. Decides the order and what counts as
//! published.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream;
use link_core::publication::{Change, ChangeList, Confirmation, ConfirmationList, cache_tag};
use link_core::record::Revision;
use link_core::time::UnixMillis;

use edge_runtime::lookup::freshness::{Freshness, UNPURGED_MILLIS, may_store};
use edge_runtime::lookup::{Colo, LinkKey, OriginError, Replica, fill};
use edge_runtime::timing::clock::Clock;

use super::systems::{ChangeLog, Purge};

/// Changes of a write that one invocation publishes. Each is written to the replica up to twice, and an invocation has 1,000
/// operations on KV (Workers platform limits); the others wait for the next minute.
pub const MAX_CHANGES: usize = 400;
/// Changes that are read from the origin and written together: [`WRITES_AT_A_TIME`] of a quarter of a second each write so
/// many before their state is too old to store.
const CHUNK: usize = 40;
/// Tags in one call, on every plan (Cloudflare's purge limits).
const TAGS_PER_PURGE: usize = 100;
/// A request has six concurrent connections (Workers platform limits).
const WRITES_AT_A_TIME: usize = 6;

/// What a write's answer says about propagation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// No edge serves the old state after this many seconds.
    Published { within_seconds: i64 },
    /// A step failed; the schedule retries it every minute.
    Pending,
}

impl Propagation {
    /// The value of the header `Shortline-Propagation`.
    pub fn header(self) -> String {
        match self {
            Self::Published { within_seconds } => format!("published; within={within_seconds}"),
            Self::Pending => "pending".to_owned(),
        }
    }
}

/// The systems that a publication writes to. `purge` is `None` where purging is not configured.
pub struct Publisher<'a, C, R, P> {
    pub colo: &'a C,
    pub replica: &'a R,
    pub purge: Option<&'a P>,
    pub freshness: Freshness,
    pub clock: &'a dyn Clock,
}

impl<C: Colo, R: Replica, P: Purge> Publisher<'_, C, R, P> {
    /// Publishes the changes of a write that was sent to the origin at `asked_at`.
    pub async fn publish(&self, list: &ChangeList, asked_at: UnixMillis) -> Propagation {
        let changes = &list.changes;
        let publishable = changes.get(..MAX_CHANGES).unwrap_or(changes);
        let tags = changes.iter().map(|change| cache_tag(&change.domain, &change.code));
        let (replicated, purged) = join(self.replicate(publishable, asked_at), self.purge_all(tags)).await;
        // After the purge, which would remove them.
        self.write_colo(publishable, asked_at).await;
        if list.more || replicated.len() < changes.len() || purged < changes.len() {
            return Propagation::Pending;
        }
        let within_seconds = if self.purge.is_some() { 1 } else { UNPURGED_MILLIS / 1_000 };
        Propagation::Published { within_seconds }
    }

    /// The second purge. Call it [`SECOND_PURGE_DELAY`] after the changes: answers from before them are in the caches by
    /// then. It needs no origin, so that an outage leaves no old copy fresh for an hour. Returns the purged changes.
    ///
    /// [`SECOND_PURGE_DELAY`]: edge_runtime::timing::timeouts::SECOND_PURGE_DELAY
    pub async fn purge_again<'c>(&self, changed: &'c [Confirmation]) -> &'c [Confirmation] {
        let tags = changed.iter().map(|change| cache_tag(&change.domain, &change.code));
        let purged = self.purge_all(tags).await;
        changed.get(..purged).unwrap_or(changed)
    }

    /// Publishes the current state of the purged changes, and confirms them. Call it [`REPLICA`] after the second purge:
    /// earlier writes to the replica have landed by then. A change that a later one replaced is left to that one's
    /// publisher. What has not begun at `until` is left to the schedule; earlier confirmations stand.
    ///
    /// [`REPLICA`]: edge_runtime::timing::timeouts::REPLICA
    pub async fn confirm(
        &self,
        log: &impl ChangeLog,
        purged: &[Confirmation],
        until: UnixMillis,
    ) -> Result<(), OriginError> {
        let mut expected = purged.to_vec();
        // One counter numbers the revisions of all links, so a revision identifies its link, whose names share it.
        expected.sort_unstable_by_key(|change| change.revision);
        expected.truncate(MAX_CHANGES);
        let mut rest = expected.as_slice();
        while let Some(first) = rest.first()
            && self.clock.now() < until
        {
            let asked_at = self.clock.now();
            let mut page = log.unconfirmed(Some(Revision(first.revision.0 - 1)), CHUNK).await?;
            let reaches = match page.changes.last() {
                // The page may hold other writes' changes. Takes at least one, so that the loop ends whatever the origin
                // answers.
                Some(last) if page.more => {
                    rest.partition_point(|change| change.revision <= last.revision).max(1)
                }
                _ => rest.len(),
            };
            let chunk = rest.get(..reaches).unwrap_or(rest);
            rest = rest.get(reaches..).unwrap_or_default();
            let is_expected =
                |revision| chunk.binary_search_by_key(&revision, |change| change.revision).is_ok();
            page.changes.retain(|change| is_expected(change.revision));
            let replicated = self.replicate(&page.changes, asked_at).await;
            let done = chunk.iter().filter(|change| replicated.contains(change));
            let confirmed: Vec<_> = done.cloned().collect();
            if !confirmed.is_empty() {
                log.confirm(&ConfirmationList { confirmed }).await?;
            }
        }
        Ok(())
    }

    /// Writes to the replica, and returns what was written. A state that is too old is not written: a newer one may be
    /// there.
    async fn replicate(&self, changes: &[Change], asked_at: UnixMillis) -> HashSet<Confirmation> {
        let write = async |change: &Change| {
            if !may_store(asked_at, self.clock.now()) {
                return None;
            }
            let written = self.replica.put(&key_of(change), &change.resolution()).await;
            if let Err(error) = &written {
                tracing::warn!(%error, "a change was not written to the replica");
            }
            written.ok().map(|()| change.confirmation())
        };
        let writes = stream::iter(changes).map(write).buffer_unordered(WRITES_AT_A_TIME);
        writes.filter_map(std::future::ready).collect().await
    }

    /// How many of the tags, counted from the first, were purged.
    async fn purge_all(&self, tags: impl Iterator<Item = String>) -> usize {
        let Some(purge) = self.purge else { return tags.count() };
        let tags: Vec<_> = tags.collect();
        let mut purged = 0;
        for batch in tags.chunks(TAGS_PER_PURGE) {
            if let Err(error) = purge.purge(batch).await {
                tracing::warn!(%error, tags = tags.len() - purged, "tags were not purged");
                break;
            }
            purged += batch.len();
        }
        purged
    }

    /// Writes to this data centre, so that an editor sees the change as soon as the copies in the memory of visitors' isolates
    /// have ended, with or without a purge.
    async fn write_colo(&self, changes: &[Change], asked_at: UnixMillis) {
        let write = async |change: &Change| {
            let copy = self.freshness.cached(change.resolution(), asked_at, self.clock.random());
            fill(self.colo, &key_of(change), &copy, self.clock).await;
        };
        stream::iter(changes).for_each_concurrent(WRITES_AT_A_TIME, write).await;
    }
}

fn key_of(change: &Change) -> LinkKey {
    LinkKey { domain: change.domain.clone(), code: change.code.clone() }
}

#[cfg(test)]
pub(crate) mod tests;
