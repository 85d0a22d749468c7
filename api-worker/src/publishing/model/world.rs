//! The systems around the edge: an origin that may be slow or down, colos that a purge reaches one after the other, a
//! replica that shows each write to each colo late. Every delay is drawn.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use link_core::publication::{Change, ChangeList, Confirmation, ConfirmationList, cache_tag};
use link_core::record::{LinkRecord, Resolution, Revision};
use link_core::time::UnixMillis;

use crate::publishing::{ChangeLog, Purge, PurgeError};
use edge_runtime::lookup::fixtures::{named, record};
use edge_runtime::lookup::freshness::{CachedResolution, MEMORY_MILLIS};
use edge_runtime::lookup::memory::Memory;
use edge_runtime::lookup::{
    Colo, LinkKey, Origin, OriginError, Replica, ReplicaReadError, ReplicaWriteError, SharedLookups,
};
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::simulation::{Simulation, Task};
use edge_runtime::timing::timeouts::{RESOLVE, millis};

pub const COLOS: usize = 3;
pub const LINKS: u32 = 2;
/// A purge reaches every colo within this time (Cloudflare says 150 ms), whenever its call returns.
pub const PURGE_TRAVELS: i64 = 150;
/// KV shows a write in other colos within this time.
pub const REPLICA_LAGS: i64 = 60_000;
/// The longest write to a cache or to KV.
pub const WRITE_TAKES: i64 = 450;

/// The name of a link by its number.
pub fn link_key(link: u32) -> LinkKey {
    named(if link == 0 { "m" } else { "m/n" })
}

pub struct World {
    pub simulation: Rc<Simulation>,
    links: RefCell<HashMap<LinkKey, Resolution>>,
    unconfirmed: RefCell<BTreeMap<Revision, Change>>,
    pub confirmed: RefCell<Vec<(Confirmation, UnixMillis)>>,
    pub origin_is_up: Cell<bool>,
    /// The longest one-way time to the origin.
    pub origin_takes: Cell<i64>,
    pub purge_refuses: Cell<bool>,
    refusals: RefCell<Vec<UnixMillis>>,
    /// When a lookup last put a stale copy or the replica's into a node's memory, until the origin's next answer replaces it.
    fallbacks: RefCell<HashMap<(usize, LinkKey), UnixMillis>>,
    revisions: Cell<i64>,
    colos: [RefCell<HashMap<LinkKey, (CachedResolution, UnixMillis)>>; COLOS],
    replica: RefCell<HashMap<LinkKey, Vec<ReplicaWrite>>>,
}

struct ReplicaWrite {
    resolution: Resolution,
    visible_at: [UnixMillis; COLOS],
}

impl World {
    pub fn new(simulation: &Rc<Simulation>) -> Rc<Self> {
        Rc::new(Self {
            simulation: Rc::clone(simulation),
            links: RefCell::default(),
            unconfirmed: RefCell::default(),
            confirmed: RefCell::default(),
            origin_is_up: Cell::new(true),
            origin_takes: Cell::new(50),
            purge_refuses: Cell::new(false),
            refusals: RefCell::default(),
            fallbacks: RefCell::default(),
            revisions: Cell::new(0),
            colos: Default::default(),
            replica: RefCell::default(),
        })
    }

    pub fn refused_between(&self, from: UnixMillis, to: UnixMillis) -> bool {
        self.refusals.borrow().iter().any(|moment| (from..to).contains(moment))
    }

    /// Whether a lookup fell back to a copy that the node's memory may have served since then.
    pub fn fell_back_since(&self, node: usize, link: u32, since: UnixMillis) -> bool {
        let fallbacks = self.fallbacks.borrow();
        fallbacks.get(&(node, link_key(link))).is_some_and(|at| at.plus_millis(MEMORY_MILLIS) > since)
    }

    /// Commits a write at the origin; `None` while it is down.
    pub fn commit(&self, key: &LinkKey, delete: bool) -> Option<Change> {
        if !self.origin_is_up.get() {
            return None;
        }
        self.revisions.set(self.revisions.get() + 1);
        let revision = Revision(self.revisions.get());
        let exists = matches!(self.links.borrow().get(key), Some(Resolution::Found { .. }));
        let record = (!(delete && exists)).then(|| LinkRecord {
            revision,
            code: key.code.clone(),
            ..record("https://a.test/")
        });
        let resolution = match &record {
            Some(record) => Resolution::Found { record: record.clone() },
            None => Resolution::Deleted { revision },
        };
        self.links.borrow_mut().insert(key.clone(), resolution);
        let change =
            Change { domain: key.domain.clone(), code: key.code.clone(), revision, record, document: None };
        let mut unconfirmed = self.unconfirmed.borrow_mut();
        unconfirmed.retain(|_, waiting| waiting.code != key.code);
        unconfirmed.insert(revision, change.clone());
        Some(change)
    }
}

/// One isolate, and the world as it sees it.
#[derive(Clone)]
pub struct Node {
    world: Rc<World>,
    number: usize,
    colo: usize,
    pub memory: Rc<RefCell<Memory>>,
    pub shared: Rc<SharedLookups<Task>>,
}

impl Node {
    pub fn new(world: &Rc<World>, number: usize) -> Self {
        let (colo, memory, shared) = (number % COLOS, Rc::default(), Rc::default());
        Self { world: Rc::clone(world), number, colo, memory, shared }
    }

    async fn time_passes(&self, up_to: i64) {
        self.world.simulation.sleep_up_to(up_to).await;
    }

    /// Travels to the origin, calls it, and travels back.
    async fn at_origin<A>(&self, ask: impl FnOnce() -> A) -> Result<A, OriginError> {
        let (world, longest) = (&self.world, self.world.origin_takes.get());
        let (there, back) = (world.simulation.below(longest + 1), world.simulation.below(longest + 1));
        if there + back >= millis(RESOLVE) {
            world.simulation.sleep(millis(RESOLVE)).await;
            return Err(OriginError::Unavailable("slow".into()));
        }
        world.simulation.sleep(there).await;
        if !world.origin_is_up.get() {
            return Err(OriginError::Unavailable("dead".into()));
        }
        let answer = ask();
        world.simulation.sleep(back).await;
        Ok(answer)
    }

    fn shelf(&self) -> &RefCell<HashMap<LinkKey, (CachedResolution, UnixMillis)>> {
        &self.world.colos[self.colo]
    }
}

impl Colo for Node {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution> {
        self.time_passes(10).await;
        let now = self.world.simulation.now();
        let kept = self.shelf().borrow().get(key).filter(|(_, until)| now < *until).cloned();
        self.time_passes(10).await;
        kept.map(|(copy, _)| copy)
    }

    async fn put(&self, key: &LinkKey, copy: &CachedResolution) {
        let now = self.world.simulation.now();
        let until = now.plus_millis(copy.colo_ttl_seconds(now) * 1_000);
        self.time_passes(WRITE_TAKES).await;
        self.shelf().borrow_mut().insert(key.clone(), (copy.clone(), until));
    }
}

impl Origin for Node {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let resolve = |key| self.world.links.borrow().get(key).cloned().unwrap_or(Resolution::NotFound);
        match self.at_origin(|| names.iter().map(resolve).collect::<Vec<_>>()).await {
            Ok(resolutions) => {
                let mut fallbacks = self.world.fallbacks.borrow_mut();
                for key in names {
                    fallbacks.remove(&(self.number, key.clone()));
                }
                resolutions.into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error); names.len()],
        }
    }
}

impl ChangeLog for Node {
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError> {
        let list = || {
            let unconfirmed = self.world.unconfirmed.borrow();
            let above =
                unconfirmed.values().filter(|change| after.is_none_or(|after| change.revision > after));
            above.take(limit).cloned().collect()
        };
        Ok(ChangeList { changes: self.at_origin(list).await?, ..ChangeList::default() })
    }

    async fn confirm(&self, list: &ConfirmationList) -> Result<(), OriginError> {
        let confirm = || {
            let now = self.world.simulation.now();
            for confirmation in &list.confirmed {
                if self.world.unconfirmed.borrow_mut().remove(&confirmation.revision).is_some() {
                    self.world.confirmed.borrow_mut().push((confirmation.clone(), now));
                }
            }
        };
        self.at_origin(confirm).await
    }
}

impl Replica for Node {
    async fn get(&self, key: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        self.time_passes(20).await;
        let now = self.world.simulation.now();
        // Only a lookup that falls back reads the replica; it puts its copy into memory before any other task runs.
        self.world.fallbacks.borrow_mut().insert((self.number, key.clone()), now);
        let replica = self.world.replica.borrow();
        let mut writes = replica.get(key).into_iter().flatten().rev();
        let visible = writes.find(|write| write.visible_at[self.colo] <= now);
        Ok(visible.map(|write| write.resolution.clone()))
    }

    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError> {
        self.time_passes(WRITE_TAKES).await;
        let simulation = &self.world.simulation;
        let visible_at =
            std::array::from_fn(|_| simulation.now().plus_millis(simulation.below(REPLICA_LAGS)));
        let write = ReplicaWrite { resolution: resolution.clone(), visible_at };
        self.world.replica.borrow_mut().entry(key.clone()).or_default().push(write);
        Ok(())
    }
}

impl Purge for Node {
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        self.time_passes(100).await;
        if self.world.purge_refuses.get() {
            self.world.refusals.borrow_mut().push(self.world.simulation.now());
            return Err(PurgeError("429".into()));
        }
        for colo in 0..COLOS {
            let (world, tags) = (Rc::clone(&self.world), tags.to_vec());
            self.world.simulation.spawn(async move {
                world.simulation.sleep_up_to(PURGE_TRAVELS).await;
                let is_meant = |key: &LinkKey| tags.contains(&cache_tag(&key.domain, &key.code));
                world.colos[colo].borrow_mut().retain(|key, _| !is_meant(key));
            });
        }
        self.time_passes(100).await;
        Ok(())
    }
}
