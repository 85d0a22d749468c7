//! Which copy a lookup returns, of memory, colo, origin and replica.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use futures_executor::LocalPool;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use link_core::clicks::batch::CacheTier;
use link_core::record::domain::DomainDocument;
use link_core::record::{LinkRecord, Resolution, Revision};
use link_core::redirect::link_path::link_path;
use link_core::time::UnixMillis;

use super::candidates::Candidates;
use super::fixtures::{FRESHNESS, copy, deleted, found, key, named, not_found, record};
use super::freshness::{
    CachedResolution, MEMORY_MILLIS, NEGATIVE_MILLIS, PURGED_MILLIS, STALE_IF_ERROR_MILLIS,
};
use super::memory::Memory;
use super::*;
use crate::timing::clock::Clock;
use crate::timing::timeouts::{FILL, RESOLVE, millis};

/// One isolate in one data centre; origin and replica can fail.
#[derive(Clone, Default)]
struct Edge(Rc<Systems>);

#[derive(Default)]
struct Systems {
    now: Cell<i64>,
    memory: Rc<RefCell<Memory>>,
    shared: Rc<SharedLookups<Task>>,
    colo: RefCell<Option<CachedResolution>>,
    origin: RefCell<Option<Resolution>>,
    replica: RefCell<Option<Resolution>>,
    origin_calls: Cell<u32>,
    origin_takes: Cell<i64>,
    skips: Cell<bool>,
    unreadable: Cell<bool>,
    /// Run after the answer.
    afterwards: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
}

type Task = Shared<LocalBoxFuture<'static, ()>>;

impl Deref for Edge {
    type Target = Systems;

    fn deref(&self) -> &Systems {
        &self.0
    }
}

impl Clock for Edge {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    fn random(&self) -> f64 {
        0.0
    }
}

impl Tasks for Edge {
    type Task = Task;

    fn start(&self, work: impl Future<Output = ()> + 'static) -> Task {
        work.boxed_local().shared()
    }

    fn after(&self, task: &Task, work: impl Future<Output = ()> + 'static) {
        self.afterwards.borrow_mut().push(task.clone().then(|()| work).boxed_local());
    }

    async fn wait(&self, task: Task, _: Duration) {
        task.await;
    }
}

impl Colo for Edge {
    async fn get(&self, _: &LinkKey) -> Option<CachedResolution> {
        self.colo.borrow().clone()
    }

    async fn put(&self, _: &LinkKey, copy: &CachedResolution) {
        *self.colo.borrow_mut() = Some(copy.clone());
    }
}

impl Origin for Edge {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        self.origin_calls.set(self.origin_calls.get() + 1);
        self.now.set(self.now.get() + self.origin_takes.get());
        let answer = match self.origin.borrow().clone() {
            _ if self.skips.get() => Err(OriginError::Skipped),
            answer => answer.ok_or_else(|| OriginError::Unavailable("down".into())),
        };
        vec![answer; names.len()]
    }

    fn may_skip(&self) -> bool {
        self.skips.get()
    }
}

impl Replica for Edge {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        if self.unreadable.get() { Err(ReplicaReadError) } else { Ok(self.replica.borrow().clone()) }
    }

    async fn put(&self, _: &LinkKey, _: &Resolution) -> Result<(), ReplicaWriteError> {
        Ok(())
    }
}

fn of_revision(revision: i64) -> Resolution {
    Resolution::Found { record: LinkRecord { revision: Revision(revision), ..record("https://a.test/") } }
}

impl Edge {
    fn serving(copy: &Rc<CachedResolution>) -> Self {
        let edge = Self::default();
        *edge.origin.borrow_mut() = Some(copy.resolution.clone());
        edge
    }

    fn holding(copy: &Rc<CachedResolution>) -> Self {
        let edge = Self::default();
        *edge.colo.borrow_mut() = Some((**copy).clone());
        edge
    }

    fn lookup(&self) -> Lookup<Self, Self, Self, Self> {
        Lookup {
            memory: Rc::clone(&self.memory),
            colo: self.clone(),
            origin: self.clone(),
            replica: self.clone(),
            clock: self.clone(),
            freshness: FRESHNESS,
        }
    }

    /// Looks up the candidates of a path at `now`, as the slow path does, and fills the colo.
    fn look_up(&self, path: &str, now: i64) -> Vec<Option<Found>> {
        self.now.set(now);
        let mut pool = LocalPool::new();
        let path = link_path(path, str::to_owned).unwrap();
        let mut candidates = Candidates::new(&"go.example.com".parse().unwrap(), &path);
        pool.run_until(self.lookup().look_up(&mut candidates, &self.shared, self));
        for work in self.afterwards.take() {
            pool.run_until(work);
        }
        let found = |position| candidates.found(position)?.as_ref().ok().cloned();
        (0..path.candidates.len()).map(found).collect()
    }

    /// The tier of the domain's settings at `now`.
    fn settings_at(&self, now: i64) -> Option<&'static str> {
        self.now.set(now);
        let mut pool = LocalPool::new();
        let (domain, lookup) = ("go.example.com".parse().unwrap(), self.lookup());
        let settings = DomainDocument::Settings;
        let found = pool.run_until(lookup.look_up_document(&domain, settings.slug(), &self.shared, self));
        for work in self.afterwards.take() {
            pool.run_until(work);
        }
        found.ok().map(|found| found.tier.as_str())
    }

    fn at(&self, now: i64) -> Option<Found> {
        self.look_up("/0000001", now).remove(0)
    }

    fn tier_at(&self, now: i64) -> Option<&'static str> {
        self.at(now).map(|found| found.tier.as_str())
    }
}

#[test]
fn nearest_fresh_copy_answers() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS - 1), Some("memory"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS), Some("colo"));
    assert_eq!(edge.tier_at(MEMORY_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("origin"));
    assert_eq!(edge.origin_calls.get(), 2);
}

#[test]
fn document_of_a_domain_is_looked_up_like_a_link() {
    let document = |revision| Resolution::Document { revision: Revision(revision), document: String::new() };
    let edge = Edge::serving(&copy(document(3), 0));
    assert_eq!(edge.settings_at(0), Some("origin"));
    assert_eq!(edge.settings_at(MEMORY_MILLIS - 1), Some("memory"));
    assert_eq!(edge.settings_at(MEMORY_MILLIS), Some("colo"));
    assert_eq!(edge.origin_calls.get(), 1);
    // The origin is down, and the replica newer than the stale copy.
    *edge.origin.borrow_mut() = None;
    *edge.replica.borrow_mut() = Some(document(4));
    assert_eq!(edge.settings_at(PURGED_MILLIS), Some("replica"));
    *edge.replica.borrow_mut() = None;
    assert_eq!(edge.settings_at(STALE_IF_ERROR_MILLIS + PURGED_MILLIS), None);
}

#[test]
fn unknown_name_is_cached_for_30_seconds() {
    let edge = Edge::serving(&not_found(0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(1), Some("negative"));
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS - 1), Some("negative"));
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS), Some("origin"));
}

#[test]
fn stale_copy_is_served_for_a_day_if_the_origin_is_down() {
    let edge = Edge::holding(&found("https://a.test/", 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    assert_eq!(edge.tier_at(PURGED_MILLIS + 1), Some("memory"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS - 1), Some("stale"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS), None);
}

#[test]
fn cold_link_comes_from_the_replica_if_the_origin_is_down() {
    let edge = Edge::default();
    *edge.replica.borrow_mut() = Some(of_revision(1));
    assert_eq!(edge.tier_at(0), Some("replica"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    assert!(edge.colo.borrow().is_none(), "a replica's answer got into the colo");
}

#[test]
fn higher_revision_of_stale_copy_and_replica_is_served() {
    for (stale, replica, tier) in [
        (of_revision(1), of_revision(2), "replica"),
        (of_revision(2), of_revision(1), "stale"),
        (of_revision(1), of_revision(1), "stale"),
        (of_revision(1), Resolution::Deleted { revision: Revision(2) }, "replica"),
        (Resolution::Deleted { revision: Revision(2) }, of_revision(1), "stale"),
    ] {
        let edge = Edge::holding(&copy(stale, 0));
        *edge.replica.borrow_mut() = Some(replica);
        assert_eq!(edge.tier_at(PURGED_MILLIS), Some(tier));
    }
}

#[test]
fn tombstone_is_cached_like_a_record() {
    let edge = Edge::serving(&deleted(0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert_eq!(edge.tier_at(1), Some("memory"));
    *edge.origin.borrow_mut() = None;
    assert_eq!(edge.tier_at(PURGED_MILLIS - 1), Some("colo"));
    assert_eq!(edge.tier_at(STALE_IF_ERROR_MILLIS - 1), Some("stale"));
}

#[test]
fn dead_origin_is_never_a_404() {
    let edge = Edge::default();
    assert_eq!(edge.tier_at(0), None);
    *edge.colo.borrow_mut() = Some((*not_found(0)).clone());
    assert_eq!(edge.tier_at(NEGATIVE_MILLIS), None);
}

#[test]
fn recovered_origin_is_used_once_memory_expires() {
    let edge = Edge::holding(&copy(of_revision(1), 0));
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
    *edge.origin.borrow_mut() = Some(of_revision(2));
    assert_eq!(edge.tier_at(PURGED_MILLIS + MEMORY_MILLIS), Some("origin"));
}

#[test]
fn late_answer_is_served_and_not_cached() {
    let edge = Edge::serving(&found("https://a.test/", 0));
    edge.origin_takes.set(millis(RESOLVE));
    assert_eq!(edge.tier_at(0), Some("origin"));
    assert!(edge.colo.borrow().is_none());
    assert_eq!(edge.tier_at(millis(RESOLVE)), Some("origin"));
}

#[test]
fn skipped_lookup_caches_nothing_for_others() {
    let edge = Edge::default();
    edge.skips.set(true);
    assert_eq!(edge.tier_at(0), Some("negative"));
    assert!(edge.colo.borrow().is_none() && edge.memory.borrow().newest(&key(1)).is_none());
    *edge.replica.borrow_mut() = Some(of_revision(2));
    assert_eq!(edge.tier_at(1), Some("replica"));
    assert_eq!(edge.tier_at(2), Some("stale"));
    *edge.replica.borrow_mut() = Some(of_revision(1));
    let found = edge.at(3).unwrap();
    assert_eq!((found.copy.revision(), found.tier), (Some(Revision(2)), CacheTier::Stale));
    edge.skips.set(false);
    *edge.origin.borrow_mut() = Some(of_revision(3));
    assert_eq!(edge.tier_at(4), Some("origin"));
}

#[test]
fn candidates_share_one_call_and_fall_back_separately() {
    let edge = Edge::default();
    *edge.origin.borrow_mut() = Some(Resolution::NotFound);
    let tiers = |now| -> Vec<_> {
        let found = edge.look_up("/a/b", now).into_iter();
        found.map(|found| found.map(|found| found.tier.as_str())).collect()
    };
    assert_eq!(tiers(0), [Some("origin"), Some("origin")]);
    assert_eq!(edge.origin_calls.get(), 1);
    *edge.origin.borrow_mut() = None;
    *edge.colo.borrow_mut() = None;
    edge.memory.borrow_mut().note_seen(named("a"), found("https://a.test/", 0));
    assert_eq!(tiers(NEGATIVE_MILLIS), [None, Some("stale")]);
    assert_eq!(edge.origin_calls.get(), 2);
}

#[test]
fn colo_read_of_the_entry_is_not_repeated() {
    #[derive(Clone)]
    struct EntryRead(Rc<CachedResolution>);
    impl Colo for EntryRead {
        async fn get(&self, _: &LinkKey) -> Option<CachedResolution> {
            panic!("the colo was read again")
        }

        async fn put(&self, _: &LinkKey, _: &CachedResolution) {}

        fn take_entry_read(&self, _: &LinkKey) -> Option<Option<Rc<CachedResolution>>> {
            Some(Some(Rc::clone(&self.0)))
        }
    }
    let edge = Edge::default();
    edge.now.set(PURGED_MILLIS);
    let Lookup { memory, origin, replica, clock, freshness, .. } = edge.lookup();
    let colo = EntryRead(found("https://a.test/", 0));
    let lookup = Lookup { memory, colo, origin, replica, clock, freshness };
    let path = link_path("/0000001", str::to_owned).unwrap();
    let mut candidates = Candidates::new(&"go.example.com".parse().unwrap(), &path);
    LocalPool::new().run_until(lookup.look_up(&mut candidates, &edge.shared, &edge));
    assert_eq!(candidates.found(0).unwrap().as_ref().unwrap().tier, CacheTier::Stale);
}

#[test]
fn unreadable_replica_is_never_a_404() {
    let edge = Edge::default();
    edge.unreadable.set(true);
    for skips in [true, false] {
        edge.skips.set(skips);
        assert_eq!(edge.tier_at(0), None);
    }
    *edge.colo.borrow_mut() = Some((*found("https://a.test/", 0)).clone());
    assert_eq!(edge.tier_at(PURGED_MILLIS), Some("stale"));
}

#[test]
fn isolate_never_serves_an_older_revision() {
    let edge = Edge::serving(&copy(of_revision(2), 0));
    assert_eq!(edge.tier_at(0), Some("origin"));
    // Another isolate filled late, and the origin answered before the edit.
    *edge.colo.borrow_mut() = Some((*copy(of_revision(1), 0)).clone());
    *edge.origin.borrow_mut() = Some(of_revision(1));
    let found = edge.at(MEMORY_MILLIS).unwrap();
    assert_eq!((found.copy.revision(), found.tier), (Some(Revision(2)), CacheTier::Stale));
    assert!(!found.fill_colo);
}

#[test]
fn fill_never_replaces_a_newer_copy() {
    let edge = Edge::holding(&copy(of_revision(2), 0));
    let fill_with = |revision| {
        LocalPool::new().run_until(fill(&edge, &key(1), &copy(of_revision(revision), 0), &edge));
        edge.colo.borrow().as_ref().unwrap().revision()
    };
    assert_eq!(fill_with(1), Some(Revision(2)));
    assert_eq!(fill_with(3), Some(Revision(3)));
    edge.now.set(millis(RESOLVE - FILL));
    assert_eq!(fill_with(4), Some(Revision(3)), "too late");
}
