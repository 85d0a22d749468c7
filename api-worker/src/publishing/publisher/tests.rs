//! What a publication writes when a system refuses.

use std::cell::{Cell, RefCell};

use futures_executor::block_on;
use link_core::record::{LinkRecord, Resolution};

use super::*;
use crate::publishing::PurgeError;
use edge_runtime::lookup::fixtures::{FRESHNESS, named, record};
use edge_runtime::lookup::freshness::CachedResolution;
use edge_runtime::lookup::{ReplicaReadError, ReplicaWriteError};
use edge_runtime::timing::timeouts::{RESOLVE, millis};

/// The systems that a publication writes to; each can fail.
#[derive(Default)]
struct World {
    now: Cell<i64>,
    colo: RefCell<Vec<(LinkKey, CachedResolution)>>,
    replica: RefCell<Vec<(LinkKey, Resolution)>>,
    replica_refuses: RefCell<Vec<&'static str>>,
    purges: RefCell<Vec<usize>>,
    purges_allowed: Cell<usize>,
    waiting: RefCell<Vec<Change>>,
    confirmed: RefCell<Vec<Confirmation>>,
}

impl Colo for World {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution> {
        self.colo.borrow().iter().rev().find(|(name, _)| name == key).map(|(_, copy)| copy.clone())
    }

    async fn put(&self, key: &LinkKey, copy: &CachedResolution) {
        self.colo.borrow_mut().push((key.clone(), copy.clone()));
    }
}

impl Replica for World {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        Ok(None)
    }

    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError> {
        if self.replica_refuses.borrow().contains(&key.code.as_str()) {
            return Err(ReplicaWriteError("too soon".into()));
        }
        self.replica.borrow_mut().push((key.clone(), resolution.clone()));
        Ok(())
    }
}

impl Purge for World {
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        let left = self.purges_allowed.get();
        if left == 0 {
            return Err(PurgeError("429".into()));
        }
        self.purges_allowed.set(left - 1);
        self.purges.borrow_mut().push(tags.len());
        Ok(())
    }
}

impl ChangeLog for World {
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError> {
        let waiting = self.waiting.borrow();
        let above = waiting.iter().filter(|change| after.is_none_or(|after| change.revision > after));
        let changes: Vec<_> = above.take(limit).cloned().collect();
        Ok(ChangeList { more: changes.len() == limit, changes, ..ChangeList::default() })
    }

    async fn confirm(&self, list: &ConfirmationList) -> Result<(), OriginError> {
        self.confirmed.borrow_mut().extend(list.confirmed.iter().cloned());
        Ok(())
    }
}

impl Clock for World {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    fn random(&self) -> f64 {
        0.0
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
            colo: self,
            replica: self,
            purge: purging.then_some(self),
            freshness: FRESHNESS,
            clock: self,
        }))
    }

    fn publish_list(&self, purging: bool, changes: Vec<Change>, more: bool) -> String {
        let list = ChangeList { changes, more, ..ChangeList::default() };
        self.with_publisher(purging, async |publisher| publisher.publish(&list, UnixMillis(0)).await).header()
    }

    fn publish(&self, changes: Vec<Change>) -> String {
        self.publish_list(true, changes, false)
    }

    fn purge_again_and_confirm(&self, expected: &[Change]) -> Vec<i64> {
        let expected: Vec<_> = expected.iter().map(Change::confirmation).collect();
        let purge_again_and_confirm = async |publisher: Publisher<'_, Self, Self, Self>| {
            publisher.confirm(self, publisher.purge_again(&expected).await, UnixMillis(1)).await
        };
        self.with_publisher(true, purge_again_and_confirm).unwrap();
        self.confirmed.take().iter().map(|confirmed| confirmed.revision.0).collect()
    }
}

pub(crate) fn change(code: &str, revision: i64) -> Change {
    let LinkKey { domain, code } = named(code);
    let revision = Revision(revision);
    let record = LinkRecord { code: code.clone(), revision, ..record("https://a.test/") };
    Change { domain, code, revision, record: Some(record), document: None }
}

pub(crate) fn changes(count: i64) -> Vec<Change> {
    (1..=count).map(|number| change(&format!("{number:07}"), number)).collect()
}

#[test]
fn published_change_is_replicated_purged_and_cached() {
    let world = World::new();
    assert_eq!(world.publish(vec![change("a", 7)]), "published; within=1");
    assert_eq!(world.replica.borrow().len(), 1);
    assert_eq!(*world.purges.borrow(), [1]);
    assert_eq!(block_on(Colo::get(&world, &named("a"))).unwrap().revision(), Some(Revision(7)));
}

#[test]
fn without_purging_the_bound_is_60_seconds() {
    let world = World::new();
    assert_eq!(world.publish_list(false, changes(1), false), "published; within=60");
}

#[test]
fn failed_step_answers_pending() {
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
fn bulk_write_keeps_to_the_platform_limits() {
    let world = World::new();
    assert_eq!(world.publish(changes(250)), "published; within=1");
    assert_eq!(*world.purges.borrow(), [100, 100, 50]);
    let world = World::new();
    assert_eq!(world.publish(changes(1_000)), "pending");
    assert_eq!(world.replica.borrow().len(), MAX_CHANGES);
    assert_eq!(world.purges.borrow().len(), 10);
}

#[test]
fn second_purge_publishes_again_and_confirms() {
    let world = World::new();
    *world.waiting.borrow_mut() = changes(2);
    assert_eq!(world.purge_again_and_confirm(&changes(2)), [1, 2]);
    assert_eq!((world.replica.borrow().len(), world.purges.borrow().len()), (2, 1));
}

#[test]
fn replaced_change_is_neither_published_nor_confirmed() {
    let world = World::new();
    *world.waiting.borrow_mut() = vec![change("a", 9)];
    assert!(world.purge_again_and_confirm(&[change("a", 7)]).is_empty());
    assert!(world.replica.borrow().is_empty());
    assert_eq!(*world.purges.borrow(), [1], "older answers may still be cached");
}

#[test]
fn only_published_changes_are_confirmed() {
    let world = World::new();
    world.replica_refuses.borrow_mut().push("0000002");
    *world.waiting.borrow_mut() = changes(3);
    assert_eq!(world.purge_again_and_confirm(&changes(3)), [1, 3]);

    let world = World::new();
    world.purges_allowed.set(1);
    *world.waiting.borrow_mut() = changes(150);
    assert_eq!(world.purge_again_and_confirm(&changes(150)).len(), 100);
}

#[test]
fn names_of_a_link_are_confirmed_one_by_one() {
    let world = World::new();
    world.replica_refuses.borrow_mut().push("b");
    let names = ["a", "b", "c"].map(|code| change(code, 7));
    *world.waiting.borrow_mut() = names.to_vec();
    let expected: Vec<_> = names.iter().map(Change::confirmation).collect();
    world
        .with_publisher(true, async |publisher| publisher.confirm(&world, &expected, UnixMillis(1)).await)
        .unwrap();
    let confirmed: Vec<_> = world.confirmed.take().into_iter().map(|name| name.code.to_string()).collect();
    assert_eq!(confirmed, ["a", "c"]);
}

#[test]
fn changes_of_other_writes_are_left_alone() {
    let world = World::new();
    *world.waiting.borrow_mut() = changes(500);
    let own = [1, 41, 90, 499].map(|number| change(&format!("{number:07}"), number));
    assert_eq!(world.purge_again_and_confirm(&own), [1, 41, 90, 499]);
    assert_eq!(world.replica.borrow().len(), 4);
}
