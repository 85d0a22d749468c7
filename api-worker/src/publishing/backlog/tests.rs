//! How fast the backlog is published when each call takes time.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::{Resolution, Revision};

use super::super::publisher::tests::changes;
use super::*;
use crate::publishing::PurgeError;
use edge_runtime::lookup::fixtures::FRESHNESS;
use edge_runtime::lookup::freshness::{CachedResolution, may_store};
use edge_runtime::lookup::{LinkKey, ReplicaReadError, ReplicaWriteError};
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::simulation::Simulation;
use edge_runtime::timing::timeouts::SECOND_PURGE_DEADLINE;

const ORIGIN_TAKES: i64 = 50;
const PURGE_TAKES: i64 = 200;

struct World {
    simulation: Rc<Simulation>,
    replica_takes: i64,
    waiting: RefCell<Vec<Change>>,
    asked_at: Cell<UnixMillis>,
    written: Cell<usize>,
    purges_allowed: usize,
    /// The tags of each purge.
    purges: RefCell<Vec<Vec<String>>>,
    confirmed: RefCell<Vec<Revision>>,
    ended_at: Cell<UnixMillis>,
}

impl Colo for World {
    async fn get(&self, _: &LinkKey) -> Option<CachedResolution> {
        None
    }

    async fn put(&self, _: &LinkKey, _: &CachedResolution) {}
}

impl Replica for World {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        Ok(None)
    }

    async fn put(&self, _: &LinkKey, _: &Resolution) -> Result<(), ReplicaWriteError> {
        assert!(may_store(self.asked_at.get(), self.simulation.now()), "too old to write");
        self.simulation.sleep(self.replica_takes).await;
        self.written.set(self.written.get() + 1);
        Ok(())
    }
}

impl Purge for World {
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        self.simulation.sleep(PURGE_TAKES).await;
        if self.purges.borrow().len() >= self.purges_allowed {
            return Err(PurgeError("429".into()));
        }
        self.purges.borrow_mut().push(tags.to_vec());
        Ok(())
    }
}

impl ChangeLog for World {
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError> {
        self.asked_at.set(self.simulation.now());
        self.simulation.sleep(ORIGIN_TAKES).await;
        let waiting = self.waiting.borrow();
        let above = waiting.iter().filter(|change| after.is_none_or(|after| change.revision > after));
        let changes: Vec<_> = above.take(limit).cloned().collect();
        Ok(ChangeList { more: changes.len() == limit, changes, ..ChangeList::default() })
    }

    async fn confirm(&self, list: &ConfirmationList) -> Result<(), OriginError> {
        self.simulation.sleep(ORIGIN_TAKES).await;
        let confirmed: HashSet<_> = list.confirmed.iter().map(|change| change.revision).collect();
        self.waiting.borrow_mut().retain(|change| !confirmed.contains(&change.revision));
        self.confirmed.borrow_mut().extend(list.confirmed.iter().map(|change| change.revision));
        Ok(())
    }
}

impl World {
    fn after(
        (waiting, replica_takes, purges_allowed): (i64, i64, usize),
        act: impl AsyncFnOnce(Rc<Self>, Publisher<'_, Self, Self, Self>) + 'static,
    ) -> Rc<Self> {
        let made = RefCell::new(None);
        Simulation::run(0, |simulation| {
            let world = Rc::new(Self {
                simulation: Rc::clone(simulation),
                replica_takes,
                waiting: RefCell::new(changes(waiting)),
                asked_at: Cell::new(UnixMillis(0)),
                written: Cell::new(0),
                purges_allowed,
                purges: RefCell::default(),
                confirmed: RefCell::default(),
                ended_at: Cell::new(UnixMillis(0)),
            });
            *made.borrow_mut() = Some(Rc::clone(&world));
            simulation.spawn(async move {
                let publisher = Publisher {
                    colo: &*world,
                    replica: &*world,
                    purge: Some(&*world),
                    freshness: FRESHNESS,
                    clock: &*world.simulation,
                };
                act(Rc::clone(&world), publisher).await;
                world.ended_at.set(world.simulation.now());
            });
        });
        made.take().unwrap()
    }

    async fn pause(&self, duration: Duration) {
        self.simulation.sleep(millis(duration)).await;
    }

    fn after_a_run_of_the_schedule(waiting: i64, replica_takes: i64, purges_allowed: usize) -> Rc<Self> {
        Self::after((waiting, replica_takes, purges_allowed), async |world, publisher| {
            publisher.publish_backlog(&*world, &async |duration| world.pause(duration).await).await.unwrap();
        })
    }

    fn confirmed(&self) -> Vec<i64> {
        self.confirmed.borrow().iter().map(|revision| revision.0).collect()
    }
}

#[test]
fn run_publishes_up_to_the_platform_limit() {
    for replica_takes in [20, 100, 200] {
        let world = World::after_a_run_of_the_schedule(20_000, replica_takes, 100);
        assert_eq!(world.confirmed(), (1..=800).collect::<Vec<_>>(), "{replica_takes} ms");
        assert_eq!(world.written.get(), 800);
        assert!(world.ended_at.get() < UnixMillis(50_000), "{:?}", world.ended_at);
    }
}

#[test]
fn run_purges_nothing_twice() {
    let world = World::after_a_run_of_the_schedule(20_000, 100, 100);
    let tags = world.purges.borrow().concat();
    assert_eq!((world.purges.borrow().len(), tags.len()), (8, 800));
    assert_eq!(tags.iter().collect::<HashSet<_>>().len(), 800);
}

#[test]
fn run_ends_before_the_next_with_a_slow_replica() {
    let world = World::after_a_run_of_the_schedule(20_000, 900, 100);
    assert!(world.ended_at.get() < UnixMillis(50_000), "{:?}", world.ended_at);
    assert!(world.confirmed().len() > 150, "{}", world.confirmed().len());
}

#[test]
fn run_ends_when_the_backlog_is_empty() {
    let world = World::after_a_run_of_the_schedule(30, 100, 100);
    assert_eq!(world.confirmed().len(), 30);
    assert!(world.ended_at.get() < UnixMillis(6_000), "{:?}", world.ended_at);
    let world = World::after_a_run_of_the_schedule(0, 100, 100);
    assert!(world.ended_at.get() < UnixMillis(1_000), "{:?}", world.ended_at);
}

#[test]
fn refused_purge_ends_the_run_after_confirming() {
    let world = World::after_a_run_of_the_schedule(20_000, 100, 2);
    assert_eq!(world.confirmed(), (1..=200).collect::<Vec<_>>());
    assert_eq!(world.purges.borrow().len(), 2);
}

#[test]
fn write_is_confirmed_before_its_invocation_ends() {
    let confirmed_by = |replica_takes| {
        World::after((1_000, replica_takes, 100), async |world, publisher| {
            let changed: Vec<_> = changes(400).iter().map(Change::confirmation).collect();
            let until = UnixMillis(millis(SECOND_PURGE_DEADLINE));
            let sleep = async |duration| world.pause(duration).await;
            publisher.purge_again_and_confirm(&*world, &changed, until, &sleep).await.unwrap();
        })
    };
    let world = confirmed_by(200);
    assert_eq!(world.confirmed(), (1..=400).collect::<Vec<_>>());
    let world = confirmed_by(900);
    assert!(world.ended_at.get() < UnixMillis(30_000), "{:?}", world.ended_at);
    assert!(!world.confirmed().is_empty());
}
