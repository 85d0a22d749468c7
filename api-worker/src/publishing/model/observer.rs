//! What the nodes served, held against the promises.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use link_core::clicks::batch::CacheTier;
use link_core::time::UnixMillis;

use super::world::{PURGE_TRAVELS, REPLICA_LAGS, World, link_key};
use edge_runtime::lookup::freshness::{MEMORY_MILLIS, UNPURGED_MILLIS};
use edge_runtime::lookup::{Found, OriginError};
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::simulation::Simulation;
use edge_runtime::timing::timeouts::{RESOLVE, millis};

/// How long a memory may serve the old copy after a purge, and how long the purge travels.
const AFTER_A_PURGE: i64 = MEMORY_MILLIS + PURGE_TRAVELS + 50;

#[derive(Debug)]
pub struct Published {
    pub link: u32,
    pub revision: i64,
    pub at: UnixMillis,
    /// A state from before the write was travelling to a cache.
    pub met_a_late_fill: bool,
}

/// Records what the nodes served, and asserts the promises.
pub struct Observer {
    simulation: Rc<Simulation>,
    purging: bool,
    /// The highest revision that each node served, by link.
    highest: RefCell<HashMap<(usize, u32), i64>>,
    pub published: RefCell<Vec<Published>>,
    /// Links whose state is travelling from the origin to a cache.
    travelling: RefCell<Vec<(u32, u32)>>,
    journeys: Cell<u32>,
}

impl Observer {
    pub fn new(simulation: &Rc<Simulation>, purging: bool) -> Rc<Self> {
        Rc::new(Self {
            simulation: Rc::clone(simulation),
            purging,
            highest: RefCell::default(),
            published: RefCell::default(),
            travelling: RefCell::default(),
            journeys: Cell::new(0),
        })
    }

    pub fn sets_out(self: &Rc<Self>, link: u32) -> Journey {
        self.journeys.set(self.journeys.get() + 1);
        let number = self.journeys.get();
        self.travelling.borrow_mut().push((link, number));
        Journey { observer: Rc::clone(self), link, number }
    }

    pub fn served(
        &self,
        world: &World,
        node: usize,
        link: u32,
        began: UnixMillis,
        found: &Result<Found, OriginError>,
    ) {
        let now = self.simulation.now();
        let published = self.published.borrow();
        let published = published.iter().filter(|published| published.link == link);
        let Ok(found) = found else {
            for publication in published {
                let everywhere = publication.at.plus_millis(REPLICA_LAGS);
                assert!(began < everywhere, "{now:?}: {publication:?} was not served");
            }
            return;
        };
        let revision = found.copy.revision().map_or(0, |revision| revision.0);
        let mut highest = self.highest.borrow_mut();
        let highest = highest.entry((node, link)).or_insert(0);
        assert!(revision >= *highest, "{now:?}: node {node} went back from {highest} to {revision}");
        *highest = revision;

        // The lookup that put a stale copy into memory may have no visitor left who was served it as stale.
        let is_stale = match found.tier {
            CacheTier::Memory | CacheTier::Negative => world.fell_back_since(node, link, began),
            tier => matches!(tier, CacheTier::Stale | CacheTier::Replica),
        };
        let may_be_old_until = |what: &str, newer: i64, since: UnixMillis, bound: i64| {
            // While the origin is down, an edit arrives with the replica.
            let bound = if is_stale { bound + REPLICA_LAGS } else { bound };
            let end = since.plus_millis(bound);
            assert!(
                revision >= newer || began <= end,
                "{now:?}: node {node} serves {revision} of link {link} as {:?}, though {newer} was {what} at {since:?}",
                found.tier
            );
        };
        let unpurged = if self.purging { 0 } else { UNPURGED_MILLIS };
        for publication in published {
            let rule = AFTER_A_PURGE + unpurged;
            // An answer from before the change was still travelling: the origin's timeout and a second.
            let worst = rule.max(millis(RESOLVE) + 1_000);
            let bound = if publication.met_a_late_fill { worst } else { rule };
            // The second purge corrects a late fill, and where that is refused the schedule does; until then there is no
            // bound. KV orders nothing either: of two concurrent writes the older may land last.
            let second_time_refused =
                world.refused_between(publication.at, publication.at.plus_millis(worst));
            if publication.met_a_late_fill && (is_stale || second_time_refused) {
                continue;
            }
            may_be_old_until("published", publication.revision, publication.at, bound);
        }
        for (confirmation, at) in world.confirmed.borrow().iter() {
            if confirmation.code == link_key(link).code {
                may_be_old_until("confirmed", confirmation.revision.0, *at, AFTER_A_PURGE + unpurged);
            }
        }
    }
}

/// A state that travels from the origin to a cache, until it is dropped.
pub struct Journey {
    observer: Rc<Observer>,
    link: u32,
    number: u32,
}

impl Journey {
    pub fn meets_another(&self) -> bool {
        let travelling = self.observer.travelling.borrow();
        travelling.iter().any(|(link, number)| *link == self.link && *number != self.number)
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        let is_other = |(_, number): &(u32, u32)| *number != self.number;
        self.observer.travelling.borrow_mut().retain(is_other);
    }
}
