//! The pending second purge: which published changes share it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use link_core::publication::Confirmation;
use link_core::time::UnixMillis;

use edge_runtime::timing::timeouts::millis;

/// Published changes with a pending second purge. Writes within the debounce share one batch, which the first write's timer
/// purges.
#[derive(Debug, Default)]
pub struct PendingSecondPurge {
    open: Option<(UnixMillis, PurgeBatch)>,
}

pub type PurgeBatch = Rc<RefCell<Vec<Confirmation>>>;

impl PendingSecondPurge {
    /// How long a batch stays open; every write in it waits that long at most.
    pub const DEBOUNCE: Duration = Duration::from_millis(200);
    /// While the plan's purges are scarce: a later purge is better than one by the schedule.
    pub const DEBOUNCE_WHEN_SCARCE: Duration = Duration::from_secs(1);

    /// A batch that the caller must purge again, `debounce` and then [`SECOND_PURGE_DELAY`] later. `None` where an earlier
    /// caller does.
    ///
    /// [`SECOND_PURGE_DELAY`]: edge_runtime::timing::timeouts::SECOND_PURGE_DELAY
    pub fn add(
        &mut self,
        changes: impl Iterator<Item = Confirmation>,
        debounce: Duration,
        now: UnixMillis,
    ) -> Option<PurgeBatch> {
        if let Some((until, batch)) = &self.open
            && now < *until
        {
            batch.borrow_mut().extend(changes);
            return None;
        }
        let batch = PurgeBatch::new(RefCell::new(changes.collect()));
        self.open = Some((now.plus_millis(millis(debounce)), Rc::clone(&batch)));
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use link_core::record::Revision;

    use super::*;

    #[test]
    fn writes_within_the_debounce_share_a_purge() {
        let mut pending_second_purge = PendingSecondPurge::default();
        let one = |revision| {
            std::iter::once(Confirmation {
                domain: "go.example.com".parse().unwrap(),
                code: "a".parse().unwrap(),
                revision: Revision(revision),
            })
        };
        let mut add = |revision, now| {
            pending_second_purge.add(one(revision), PendingSecondPurge::DEBOUNCE, UnixMillis(now))
        };
        let batch = add(1, 0).unwrap();
        let end = millis(PendingSecondPurge::DEBOUNCE);
        assert!(add(2, end - 1).is_none());
        let next = add(3, end).unwrap();
        assert_eq!((batch.borrow().len(), next.borrow().len()), (2, 1));
    }
}
