//! How fast what waits is published, in a world where each call takes its time.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::{Resolution, Revision};

use super::super::tests::changes;
use super::*;
use crate::lifetimes::{Copy, may_be_stored};
use crate::lookup::fixtures::LIFETIMES;
use crate::lookup::memory::Memory;
use crate::lookup::{Key, NotReplicated, Unreadable};
use crate::model::simulation::Simulation;
use crate::publishing::NotPurged;
use crate::timeouts::SETTLING;

const ORIGIN_TAKES: i64 = 50;
const PURGE_TAKES: i64 = 200;

struct World {
    simulation: Rc<Simulation>,
    memory: RefCell<Memory>,
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
    async fn get(&self, _: &Key) -> Option<Copy> {
        None
    }

    async fn put(&self, _: &Key, _: &Copy) {}
}

impl Replica for World {
    async fn get(&self, _: &Key) -> Result<Option<Resolution>, Unreadable> {
        Ok(None)
    }

    async fn put(&self, _: &Key, _: &Resolution) -> Result<(), NotReplicated> {
        assert!(may_be_stored(self.asked_at.get(), self.simulation.now()), "too old to be written");
        self.simulation.sleep(self.replica_takes).await;
        self.written.set(self.written.get() + 1);
        Ok(())
    }
}

impl Purge for World {
    async fn purge(&self, tags: &[String]) -> Result<(), NotPurged> {
        self.simulation.sleep(PURGE_TAKES).await;
        if self.purges.borrow().len() >= self.purges_allowed {
            return Err(NotPurged("429".into()));
        }
        self.purges.borrow_mut().push(tags.to_vec());
        Ok(())
    }
}

impl ChangeLog for World {
    async fn waiting(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, NoAnswer> {
        self.asked_at.set(self.simulation.now());
        self.simulation.sleep(ORIGIN_TAKES).await;
        let waiting = self.waiting.borrow();
        let above = waiting.iter().filter(|change| after.is_none_or(|after| change.revision > after));
        let changes: Vec<_> = above.take(limit).cloned().collect();
        Ok(ChangeList { more: changes.len() == limit, changes })
    }

    async fn confirm(&self, list: &ConfirmationList) -> Result<(), NoAnswer> {
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
                memory: RefCell::default(),
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
                let clock = || world.simulation.now();
                let publisher = Publisher {
                    memory: &world.memory,
                    colo: &*world,
                    replica: &*world,
                    purge: Some(&*world),
                    lifetimes: LIFETIMES,
                    clock: &clock,
                    random: &|| 0.0,
                };
                act(Rc::clone(&world), publisher).await;
                world.ended_at.set(clock());
            });
        });
        made.take().unwrap()
    }

    async fn pause(&self, duration: Duration) {
        self.simulation.sleep(millis(duration)).await;
    }

    fn after_a_run_of_the_schedule(waiting: i64, replica_takes: i64, purges_allowed: usize) -> Rc<Self> {
        Self::after((waiting, replica_takes, purges_allowed), async |world, publisher| {
            publisher.publish_waiting(&*world, &async |duration| world.pause(duration).await).await.unwrap();
        })
    }

    fn confirmed(&self) -> Vec<i64> {
        self.confirmed.borrow().iter().map(|revision| revision.0).collect()
    }
}

#[test]
fn a_run_publishes_as_many_as_the_platform_allows_though_the_replica_takes_its_time() {
    for replica_takes in [20, 100, 200] {
        let world = World::after_a_run_of_the_schedule(20_000, replica_takes, 100);
        assert_eq!(world.confirmed(), (1..=800).collect::<Vec<_>>(), "{replica_takes} ms");
        assert_eq!(world.written.get(), 800);
        assert!(world.ended_at.get() < UnixMillis(50_000), "{:?}", world.ended_at);
    }
}

#[test]
fn nothing_is_purged_twice_in_a_run() {
    let world = World::after_a_run_of_the_schedule(20_000, 100, 100);
    let tags = world.purges.borrow().concat();
    assert_eq!((world.purges.borrow().len(), tags.len()), (8, 800));
    assert_eq!(tags.iter().collect::<HashSet<_>>().len(), 800);
}

#[test]
fn a_run_ends_before_the_next_one_however_slow_the_replica_is() {
    let world = World::after_a_run_of_the_schedule(20_000, 900, 100);
    assert!(world.ended_at.get() < UnixMillis(50_000), "{:?}", world.ended_at);
    assert!(world.confirmed().len() > 150, "{}", world.confirmed().len());
}

#[test]
fn a_run_ends_with_what_waits() {
    let world = World::after_a_run_of_the_schedule(30, 100, 100);
    assert_eq!(world.confirmed().len(), 30);
    assert!(world.ended_at.get() < UnixMillis(6_000), "{:?}", world.ended_at);
    let world = World::after_a_run_of_the_schedule(0, 100, 100);
    assert!(world.ended_at.get() < UnixMillis(1_000), "{:?}", world.ended_at);
}

#[test]
fn a_refused_purge_ends_the_run_when_what_was_purged_is_confirmed() {
    let world = World::after_a_run_of_the_schedule(20_000, 100, 2);
    assert_eq!(world.confirmed(), (1..=200).collect::<Vec<_>>());
    assert_eq!(world.purges.borrow().len(), 2);
}

#[test]
fn what_a_write_changed_is_confirmed_before_its_invocation_ends() {
    let settled = |replica_takes| {
        World::after((1_000, replica_takes, 100), async |world, publisher| {
            let changed: Vec<_> = changes(400).iter().map(Change::confirmation).collect();
            let until = UnixMillis(millis(SETTLING));
            let sleep = async |duration| world.pause(duration).await;
            publisher.settle(&*world, &changed, until, &sleep).await.unwrap();
        })
    };
    let world = settled(200);
    assert_eq!(world.confirmed(), (1..=400).collect::<Vec<_>>());
    let world = settled(900);
    assert!(world.ended_at.get() < UnixMillis(30_000), "{:?}", world.ended_at);
    assert!(!world.confirmed().is_empty());
}
