//! Publishing a change everywhere: the replica, a purge of every data centre's copies, our own copies; and once more when
//! no question from before the change can still be answered, then the confirmation. Decides the order and what counts as
//! published; does not wait, nor know how a purge or a confirmation is sent.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::stream;
use link_core::publication::{Change, ChangeList, Confirmation, ConfirmationList, cache_tag};
use link_core::record::{Resolution, Revision};
use link_core::time::UnixMillis;
use thiserror::Error;

use crate::lifetimes::{Lifetimes, UNPURGED_MILLIS, may_be_stored};
use crate::lookup::memory::Memory;
use crate::lookup::{Colo, Key, NoAnswer, Replica, fill};
use crate::timeouts::millis;

/// Of a write, in one invocation. Each is written to the replica up to twice, and an invocation has 1,000 operations on KV
/// (Workers platform limits); what does not fit waits for the next minute.
pub const MAX_CHANGES: usize = 400;
/// Asked for and written at a time: [`WRITES_AT_A_TIME`] of a quarter of a second each have written so many when their state
/// becomes too old for that.
const CHUNK: usize = 40;
/// Tags in one call, whatever the plan (Cloudflare's purge limits).
const TAGS_PER_PURGE: usize = 100;
/// A request has six connections at a time (Workers platform limits).
const WRITES_AT_A_TIME: usize = 6;

/// Forgets the copies that carry a tag, in all data centres.
pub trait Purge {
    async fn purge(&self, tags: &[String]) -> Result<(), NotPurged>;
}

#[derive(Debug, Error)]
#[error("nothing was purged: {0}")]
pub struct NotPurged(pub String);

/// The origin's list of changes whose publication is not confirmed.
pub trait ChangeLog {
    /// In the order of their revisions, those above `after`.
    async fn waiting(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, NoAnswer>;
    async fn confirm(&self, confirmed: &ConfirmationList) -> Result<(), NoAnswer>;
}

/// What the client of a write is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// No edge serves the old state after so many seconds.
    Published { within_seconds: i64 },
    /// A step failed; it is tried again every minute.
    Pending,
}

impl Propagation {
    /// As the header `Shortline-Propagation` says it.
    pub fn header(self) -> String {
        match self {
            Self::Published { within_seconds } => format!("published; within={within_seconds}"),
            Self::Pending => "pending".to_owned(),
        }
    }
}

/// What a publication writes to. `purge` is absent where none is configured.
pub struct Publisher<'a, C, R, P> {
    pub memory: &'a RefCell<Memory>,
    pub colo: &'a C,
    pub replica: &'a R,
    pub purge: Option<&'a P>,
    pub lifetimes: Lifetimes,
    pub clock: &'a dyn Fn() -> UnixMillis,
    pub random: &'a dyn Fn() -> f64,
}

impl<C: Colo, R: Replica, P: Purge> Publisher<'_, C, R, P> {
    /// On the way back of a write that was sent to the origin at `asked_at`.
    pub async fn publish(&self, list: &ChangeList, asked_at: UnixMillis) -> Propagation {
        let changes = &list.changes;
        let now_or_later = changes.get(..MAX_CHANGES).unwrap_or(changes);
        let tags = changes.iter().map(|change| cache_tag(&change.domain, &change.code));
        let (replicated, purged) = join(self.replicate(now_or_later, asked_at), self.purge_all(tags)).await;
        // After the purge, which would take them with it.
        self.keep_own_copies(now_or_later, asked_at).await;
        if list.more || replicated.len() < changes.len() || purged < changes.len() {
            return Propagation::Pending;
        }
        let within_seconds = if self.purge.is_some() { 1 } else { UNPURGED_MILLIS / 1_000 };
        Propagation::Published { within_seconds }
    }

    /// The second purge, to be called when [`SETTLED`] has passed since the changes: what was asked before them is in the
    /// caches by now. It needs no origin: one that is gone must not leave an old copy fresh for an hour. Returns those that
    /// were purged.
    ///
    /// [`SETTLED`]: crate::timeouts::SETTLED
    pub async fn purge_again<'c>(&self, changed: &'c [Confirmation]) -> &'c [Confirmation] {
        let tags = changed.iter().map(|change| cache_tag(&change.domain, &change.code));
        let purged = self.purge_all(tags).await;
        changed.get(..purged).unwrap_or(changed)
    }

    /// Publishes the current state of what was purged again, and confirms it. To be called when [`REPLICA`] has passed since
    /// that purge: the replica has by now what was written to it before the changes. The state of a change that another
    /// one has followed is left to the publisher of that. What has not begun at `until` is left to the schedule; what was
    /// confirmed before stays so.
    ///
    /// [`REPLICA`]: crate::timeouts::REPLICA
    pub async fn confirm(
        &self,
        log: &impl ChangeLog,
        purged: &[Confirmation],
        until: UnixMillis,
    ) -> Result<(), NoAnswer> {
        let mut expected = purged.to_vec();
        // One counter numbers all links, so a revision names the link as well.
        expected.sort_unstable_by_key(|change| change.revision);
        expected.truncate(MAX_CHANGES);
        let mut rest = expected.as_slice();
        while let Some(first) = rest.first()
            && (self.clock)() < until
        {
            let asked_at = (self.clock)();
            let mut page = log.waiting(Some(Revision(first.revision.0 - 1)), CHUNK).await?;
            let reaches = match page.changes.last() {
                // Others' changes may be among them. One at least, whatever the origin answers: this comes to an end.
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
            let done = chunk.iter().filter(|change| replicated.contains(&change.revision));
            let confirmed: Vec<_> = done.cloned().collect();
            if !confirmed.is_empty() {
                log.confirm(&ConfirmationList { confirmed }).await?;
            }
        }
        Ok(())
    }

    /// The revisions that the replica took. What lay about for too long is not written: something newer may be there.
    async fn replicate(&self, changes: &[Change], asked_at: UnixMillis) -> HashSet<Revision> {
        let write = async |change: &Change| {
            if !may_be_stored(asked_at, (self.clock)()) {
                return None;
            }
            let written = self.replica.put(&key_of(change), &resolution_of(change)).await;
            if let Err(error) = &written {
                tracing::warn!(%error, "a change waits");
            }
            written.ok().map(|()| change.revision)
        };
        let writes = stream::iter(changes).map(write).buffer_unordered(WRITES_AT_A_TIME);
        writes.filter_map(std::future::ready).collect().await
    }

    /// How many of the tags, from the first on, are gone from all caches.
    async fn purge_all(&self, tags: impl Iterator<Item = String>) -> usize {
        let Some(purge) = self.purge else { return tags.count() };
        let tags: Vec<_> = tags.collect();
        let mut purged = 0;
        for batch in tags.chunks(TAGS_PER_PURGE) {
            if let Err(error) = purge.purge(batch).await {
                tracing::warn!(%error, tags = tags.len() - purged, "a purge waits");
                break;
            }
            purged += batch.len();
        }
        purged
    }

    /// In this isolate and this data centre, so that whoever edits a link sees it at once, purge or no purge.
    async fn keep_own_copies(&self, changes: &[Change], asked_at: UnixMillis) {
        let keep = async |change: &Change| {
            let (key, now) = (key_of(change), (self.clock)());
            let copy = Rc::new(self.lifetimes.copy(resolution_of(change), asked_at, (self.random)()));
            if may_be_stored(asked_at, now) {
                self.memory.borrow_mut().put(key.clone(), Rc::clone(&copy), now);
            }
            fill(self.colo, &key, &copy, self.clock).await;
        };
        stream::iter(changes).for_each_concurrent(WRITES_AT_A_TIME, keep).await;
    }
}

fn key_of(change: &Change) -> Key {
    Key { domain: change.domain.clone(), code: change.code.clone() }
}

fn resolution_of(change: &Change) -> Resolution {
    match &change.record {
        Some(record) => Resolution::Found { record: record.clone() },
        None => Resolution::Deleted { revision: change.revision },
    }
}

/// Published changes that wait for their second purge. Writes of one moment share it: the first one's timer takes the others
/// along.
#[derive(Debug, Default)]
pub struct Settling {
    gathering: Option<(UnixMillis, Batch)>,
}

pub type Batch = Rc<RefCell<Vec<Confirmation>>>;

impl Settling {
    /// How long that moment is; each of its writes but the last has to wait the longer for its second purge.
    pub const GATHERING: Duration = Duration::from_millis(200);
    /// While the plan's rate of purges runs out: better late than not before the schedule.
    pub const GATHERING_WHEN_SCARCE: Duration = Duration::from_secs(1);

    /// A batch that the caller must settle, when `gathering` and then [`SETTLED`] have passed. `None` where another one does.
    ///
    /// [`SETTLED`]: crate::timeouts::SETTLED
    pub fn add(
        &mut self,
        changes: impl Iterator<Item = Confirmation>,
        gathering: Duration,
        now: UnixMillis,
    ) -> Option<Batch> {
        if let Some((until, batch)) = &self.gathering
            && now < *until
        {
            batch.borrow_mut().extend(changes);
            return None;
        }
        let batch = Batch::new(RefCell::new(changes.collect()));
        self.gathering = Some((now.plus_millis(millis(gathering)), Rc::clone(&batch)));
        Some(batch)
    }
}

mod backlog;
#[cfg(test)]
mod tests;
