//! What a publication leaves behind in a world of which any part can refuse.

use std::cell::Cell;

use futures_executor::block_on;
use link_core::record::LinkRecord;

use super::*;
use crate::lifetimes::Copy;
use crate::lookup::fixtures::{LIFETIMES, named, record};
use crate::lookup::{NotReplicated, Unreadable};
use crate::timeouts::RESOLVE;

/// Everything that a publication touches, with parts that can be broken.
#[derive(Default)]
struct World {
    now: Cell<i64>,
    memory: RefCell<Memory>,
    colo: RefCell<Vec<(Key, Copy)>>,
    replica: RefCell<Vec<(Key, Resolution)>>,
    replica_refuses: RefCell<Vec<&'static str>>,
    purges: RefCell<Vec<usize>>,
    purges_allowed: Cell<usize>,
    waiting: RefCell<Vec<Change>>,
    confirmed: RefCell<Vec<Confirmation>>,
}

impl Colo for World {
    async fn get(&self, key: &Key) -> Option<Copy> {
        self.colo.borrow().iter().rev().find(|(name, _)| name == key).map(|(_, copy)| copy.clone())
    }

    async fn put(&self, key: &Key, copy: &Copy) {
        self.colo.borrow_mut().push((key.clone(), copy.clone()));
    }
}

impl Replica for World {
    async fn get(&self, _: &Key) -> Result<Option<Resolution>, Unreadable> {
        Ok(None)
    }

    async fn put(&self, key: &Key, resolution: &Resolution) -> Result<(), NotReplicated> {
        if self.replica_refuses.borrow().contains(&key.code.as_str()) {
            return Err(NotReplicated("too soon".into()));
        }
        self.replica.borrow_mut().push((key.clone(), resolution.clone()));
        Ok(())
    }
}

impl Purge for World {
    async fn purge(&self, tags: &[String]) -> Result<(), NotPurged> {
        let left = self.purges_allowed.get();
        if left == 0 {
            return Err(NotPurged("429".into()));
        }
        self.purges_allowed.set(left - 1);
        self.purges.borrow_mut().push(tags.len());
        Ok(())
    }
}

impl ChangeLog for World {
    async fn waiting(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, NoAnswer> {
        let waiting = self.waiting.borrow();
        let above = waiting.iter().filter(|change| after.is_none_or(|after| change.revision > after));
        let changes: Vec<_> = above.take(limit).cloned().collect();
        Ok(ChangeList { more: changes.len() == limit, changes })
    }

    async fn confirm(&self, list: &ConfirmationList) -> Result<(), NoAnswer> {
        self.confirmed.borrow_mut().extend(list.confirmed.iter().cloned());
        Ok(())
    }
}

impl World {
    fn new() -> Self {
        Self { purges_allowed: Cell::new(100), ..Self::default() }
    }

    fn with_publisher<O>(
        &self,
        purging: bool,
        act: impl AsyncFnOnce(Publisher<'_, Self, Self, Self>) -> O,
    ) -> O {
        block_on(act(Publisher {
            memory: &self.memory,
            colo: self,
            replica: self,
            purge: purging.then_some(self),
            lifetimes: LIFETIMES,
            clock: &|| UnixMillis(self.now.get()),
            random: &|| 0.0,
        }))
    }

    fn publish_list(&self, purging: bool, changes: Vec<Change>, more: bool) -> String {
        let list = ChangeList { changes, more };
        self.with_publisher(purging, async |publisher| publisher.publish(&list, UnixMillis(0)).await).header()
    }

    fn publish(&self, changes: Vec<Change>) -> String {
        self.publish_list(true, changes, false)
    }

    fn settle(&self, expected: &[Change]) -> Vec<i64> {
        let expected: Vec<_> = expected.iter().map(Change::confirmation).collect();
        let settle = async |publisher: Publisher<'_, Self, Self, Self>| {
            publisher.confirm(self, publisher.purge_again(&expected).await, UnixMillis(1)).await
        };
        self.with_publisher(true, settle).unwrap();
        self.confirmed.take().iter().map(|confirmed| confirmed.revision.0).collect()
    }
}

pub(super) fn change(code: &str, revision: i64) -> Change {
    let Key { domain, code } = named(code);
    let revision = Revision(revision);
    let record = LinkRecord { code: code.clone(), revision, ..record("https://a.test/") };
    Change { domain, code, revision, record: Some(record) }
}

pub(super) fn changes(count: i64) -> Vec<Change> {
    (1..=count).map(|number| change(&format!("{number:07}"), number)).collect()
}

#[test]
fn a_published_change_is_in_the_replica_purged_and_in_our_own_caches() {
    let world = World::new();
    assert_eq!(world.publish(vec![change("a", 7)]), "published; within=1");
    assert_eq!(world.replica.borrow().len(), 1);
    assert_eq!(*world.purges.borrow(), [1]);
    assert_eq!(block_on(Colo::get(&world, &named("a"))).unwrap().revision(), Some(Revision(7)));
    assert_eq!(world.memory.borrow().newest(&named("a")).unwrap().revision(), Some(Revision(7)));
}

#[test]
fn without_purging_the_bound_is_the_lifetime_of_a_copy() {
    let world = World::new();
    assert_eq!(world.publish_list(false, changes(1), false), "published; within=60");
}

#[test]
fn a_step_that_failed_leaves_the_change_pending() {
    let world = World::new();
    world.purges_allowed.set(0);
    assert_eq!(world.publish(changes(1)), "pending");

    let world = World::new();
    world.replica_refuses.borrow_mut().push("a");
    assert_eq!(world.publish(vec![change("a", 1), change("b", 2)]), "pending");

    let world = World::new();
    world.now.set(millis(RESOLVE));
    assert_eq!(world.publish(changes(1)), "pending");
    assert!(world.replica.borrow().is_empty() && world.colo.borrow().is_empty());

    let world = World::new();
    assert_eq!(world.publish_list(true, changes(1), true), "pending");
}

#[test]
fn a_bulk_write_is_purged_by_the_hundred_and_replicated_up_to_the_platforms_limit() {
    let world = World::new();
    assert_eq!(world.publish(changes(250)), "published; within=1");
    assert_eq!(*world.purges.borrow(), [100, 100, 50]);
    let world = World::new();
    assert_eq!(world.publish(changes(1_000)), "pending");
    assert_eq!(world.replica.borrow().len(), MAX_CHANGES);
    assert_eq!(world.purges.borrow().len(), 10);
}

#[test]
fn what_is_settled_is_published_once_more_and_confirmed() {
    let world = World::new();
    *world.waiting.borrow_mut() = changes(2);
    assert_eq!(world.settle(&changes(2)), [1, 2]);
    assert_eq!((world.replica.borrow().len(), world.purges.borrow().len()), (2, 1));
}

#[test]
fn a_change_that_another_one_followed_is_neither_published_nor_confirmed() {
    let world = World::new();
    *world.waiting.borrow_mut() = vec![change("a", 9)];
    assert!(world.settle(&[change("a", 7)]).is_empty());
    assert!(world.replica.borrow().is_empty());
    assert_eq!(*world.purges.borrow(), [1], "what was asked before it is still there");
}

#[test]
fn only_what_was_published_is_confirmed() {
    let world = World::new();
    world.replica_refuses.borrow_mut().push("0000002");
    *world.waiting.borrow_mut() = changes(3);
    assert_eq!(world.settle(&changes(3)), [1, 3]);

    let world = World::new();
    world.purges_allowed.set(1);
    *world.waiting.borrow_mut() = changes(150);
    assert_eq!(world.settle(&changes(150)).len(), 100);
}

#[test]
fn others_changes_in_between_are_left_to_their_publishers() {
    let world = World::new();
    *world.waiting.borrow_mut() = changes(500);
    let own = [1, 41, 90, 499].map(|number| change(&format!("{number:07}"), number));
    assert_eq!(world.settle(&own), [1, 41, 90, 499]);
    assert_eq!(world.replica.borrow().len(), 4);
}

#[test]
fn writes_of_one_moment_settle_together() {
    let mut settling = Settling::default();
    let one = |revision| std::iter::once(change("a", revision).confirmation());
    let mut add = |revision, now| settling.add(one(revision), Settling::GATHERING, UnixMillis(now));
    let batch = add(1, 0).unwrap();
    let end = millis(Settling::GATHERING);
    assert!(add(2, end - 1).is_none());
    let next = add(3, end).unwrap();
    assert_eq!((batch.borrow().len(), next.borrow().len()), (2, 1));
}
