//! Tests the promises of the edge against many colos and isolates, in the interleavings that a seed draws:
//! 1. After a confirmed publication no node serves the old record beyond the stated bound.
//! 2. No node goes back to an older revision.
//! 3. While the origin is down every published link is served.
//!
//! The nodes run the visitor's Worker's own lookup, shared lookups included, and this Worker's own publication.

mod invocation;
mod observer;
mod world;

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, pending, select};
use link_core::publication::{Change, ChangeList, Confirmation};
use link_core::redirect::link_path::link_path;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRng, TestRunner};

use crate::publishing::{ChangeLog, MAX_CHANGES, PendingSecondPurge, Propagation, Publisher};
use edge_runtime::lookup::Lookup;
use edge_runtime::lookup::candidates::Candidates;
use edge_runtime::lookup::freshness::Freshness;
use edge_runtime::lookup::memory::Memory;
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::simulation::Simulation;
use edge_runtime::timing::timeouts::{REPLICA, SECOND_PURGE_DEADLINE, SECOND_PURGE_DELAY, millis};
use invocation::Invocation;
use observer::{Journey, Observer, Published};

use world::{COLOS, LINKS, Node, World, link_key};

const ISOLATES: usize = 2 * COLOS;
/// What each may mean, by the numbers of links: `/m/n` is also looked up as `/m`.
const PATHS: [(&str, &[u32]); 2] = [("/m", &[0]), ("/m/n", &[1, 0])];
/// The platform ends at most one invocation in this time: followers of two dead leaders in a row may time out.
const BETWEEN_DEATHS: i64 = 10_000;

#[derive(Debug, Clone)]
enum Event {
    Visit {
        node: usize,
        path: usize,
        /// After this many milliseconds the platform ends the invocation, and with it the lookup that it leads.
        dies_after: Option<i64>,
    },
    Write {
        node: usize,
        link: u32,
        delete: bool,
        is_lost: bool,
    },
    OriginDies,
    OriginComesBack,
    OriginTakes(i64),
    PurgeRefuses(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        30 => (0..ISOLATES, 0..PATHS.len(), prop::option::weighted(0.1, 0..2_500i64))
            .prop_map(|(node, path, dies_after)| Event::Visit { node, path, dies_after }),
        5 => (0..ISOLATES, 0..LINKS, prop::bool::weighted(0.2), prop::bool::weighted(0.2))
            .prop_map(|(node, link, delete, is_lost)| Event::Write { node, link, delete, is_lost }),
        1 => Just(Event::OriginDies),
        2 => Just(Event::OriginComesBack),
        1 => prop_oneof![Just(20), Just(1_050), Just(1_900)].prop_map(Event::OriginTakes),
        1 => prop::bool::weighted(0.3).prop_map(Event::PurgeRefuses),
    ]
}

/// Mostly crowded, with pauses in which copies expire.
fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..60i64, 3 => 0..700i64, 1 => 0..9_000i64]
}

/// A fault that the model must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Isolates keep no copy between two visits, so they do not know the newest revision that they have served.
    ForgetsTheRevision,
}

struct Edge {
    world: Rc<World>,
    nodes: Vec<Node>,
    freshness: Freshness,
    observer: Rc<Observer>,
    fault: Fault,
    died_at: Cell<i64>,
}

impl Edge {
    fn new(simulation: &Rc<Simulation>, purging: bool, fault: Fault) -> Rc<Self> {
        let world = World::new(simulation);
        let nodes = (0..ISOLATES).map(|number| Node::new(&world, number)).collect();
        let observer = Observer::new(simulation, purging);
        let (freshness, died_at) = (Freshness { purging }, Cell::new(-BETWEEN_DEATHS));
        Rc::new(Self { world, nodes, freshness, observer, fault, died_at })
    }

    fn begin(self: &Rc<Self>, event: Event) {
        let edge = Rc::clone(self);
        match event {
            Event::Visit { node, path, dies_after } => {
                let now = self.world.simulation.now().0;
                let dies_after = dies_after.filter(|_| now - self.died_at.get() >= BETWEEN_DEATHS);
                if let Some(millis) = dies_after {
                    self.died_at.set(now + millis);
                }
                self.world.simulation.spawn(async move { edge.visit(node, path, dies_after).await });
            }
            Event::Write { node, link, delete, is_lost } => {
                self.world.simulation.spawn(async move { edge.write(node, link, delete, is_lost).await });
            }
            Event::OriginDies => self.world.origin_is_up.set(false),
            Event::OriginComesBack => self.world.origin_is_up.set(true),
            Event::OriginTakes(millis) => self.world.origin_takes.set(millis),
            Event::PurgeRefuses(refuses) => self.world.purge_refuses.set(refuses),
        }
    }

    async fn visit(&self, number: usize, path: usize, dies_after: Option<i64>) {
        let (node, simulation, (path, links)) = (&self.nodes[number], &self.world.simulation, PATHS[path]);
        if self.fault == Fault::ForgetsTheRevision {
            node.memory.replace(Memory::default());
        }
        let path = link_path(path, str::to_owned).unwrap();
        let mut candidates = Candidates::new(&link_key(0).domain, &path);
        let began = simulation.now();
        candidates.read_memory(&node.memory, began);
        let missing = links.iter().enumerate().filter(|(position, _)| candidates.found(*position).is_none());
        let journeys: Vec<Journey> = missing.map(|(_, link)| self.observer.sets_out(*link)).collect();
        let invocation = Invocation::new(simulation, dies_after, journeys);
        let lookup = Lookup {
            memory: Rc::clone(&node.memory),
            colo: node.clone(),
            origin: node.clone(),
            replica: node.clone(),
            clock: Rc::clone(simulation),
            freshness: self.freshness,
        };
        let is_answered = {
            let look_up = pin!(lookup.look_up(&mut candidates, &node.shared, &invocation));
            let death: LocalBoxFuture<'_, ()> = match dies_after {
                Some(millis) => simulation.sleep(millis).boxed_local(),
                None => pending().boxed_local(),
            };
            matches!(select(look_up, death).await, Either::Left(_))
        };
        if !is_answered {
            return;
        }
        for (position, link) in links.iter().enumerate() {
            if let Some(found) = candidates.found(position) {
                self.observer.served(&self.world, number, *link, began, found);
            }
        }
    }

    /// A write through a node. The platform may end it before anything is published.
    async fn write(&self, number: usize, link: u32, delete: bool, is_lost: bool) {
        let (node, simulation) = (&self.nodes[number], &self.world.simulation);
        let asked_at = simulation.now();
        let journey = self.observer.sets_out(link);
        simulation.sleep_up_to(self.world.origin_takes.get()).await;
        let Some(change) = self.world.commit(&link_key(link), delete) else { return };
        let met_a_late_fill = journey.meets_another();
        simulation.sleep_mostly_up_to(self.world.origin_takes.get(), 9_000).await;
        if is_lost {
            return;
        }
        let confirmation = change.confirmation();
        let (revision, list) =
            (change.revision.0, ChangeList { changes: vec![change], ..ChangeList::default() });
        let propagation = self.publisher(node).publish(&list, asked_at).await;
        drop(journey);
        if propagation != Propagation::Pending {
            let published = Published { link, revision, at: simulation.now(), met_a_late_fill };
            self.observer.published.borrow_mut().push(published);
        }
        simulation.sleep(millis(PendingSecondPurge::DEBOUNCE)).await;
        self.purge_again_and_confirm(node, vec![confirmation]).await;
    }

    async fn purge_again_and_confirm(&self, node: &Node, changed: Vec<Confirmation>) {
        let simulation = &self.world.simulation;
        simulation.sleep(millis(SECOND_PURGE_DELAY)).await;
        let is_changed = |link: &u32| changed.iter().any(|change| change.code == link_key(*link).code);
        let _journeys: Vec<Journey> =
            (0..LINKS).filter(is_changed).map(|link| self.observer.sets_out(link)).collect();
        let publisher = self.publisher(node);
        let purged = publisher.purge_again(&changed).await;
        simulation.sleep(millis(REPLICA)).await;
        // If the origin is down, the schedule confirms.
        let until = simulation.now().plus_millis(millis(SECOND_PURGE_DEADLINE));
        let _ = publisher.confirm(node, purged, until).await;
    }

    fn publisher<'a>(&'a self, node: &'a Node) -> Publisher<'a, Node, Node, Node> {
        Publisher {
            colo: node,
            replica: node,
            purge: self.freshness.purging.then_some(node),
            freshness: self.freshness,
            clock: &*self.world.simulation,
        }
    }

    async fn schedule(&self, until: i64) {
        while self.world.simulation.now().0 < until {
            self.world.simulation.sleep(60_000).await;
            let node = self.world.simulation.below(i64::try_from(ISOLATES).unwrap());
            let node = &self.nodes[usize::try_from(node).unwrap()];
            if let Ok(list) = node.unconfirmed(None, MAX_CHANGES).await {
                let changed = list.changes.iter().map(Change::confirmation).collect();
                self.purge_again_and_confirm(node, changed).await;
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    purging: bool,
    events: Vec<(i64, Event)>,
}

fn case() -> impl Strategy<Value = Case> {
    let events = prop::collection::vec((pause(), event()), 20..200);
    (any::<u64>(), prop::bool::weighted(0.8), events).prop_map(|(seed, purging, events)| Case {
        seed,
        purging,
        events,
    })
}

fn play(Case { seed, purging, events }: Case, fault: Fault) -> TestCaseResult {
    Simulation::run(seed, |simulation| {
        let edge = Edge::new(simulation, purging, fault);
        let length = events.iter().map(|(pause, _)| pause).sum::<i64>() + 150_000;
        let (scheduled, clock) = (Rc::clone(&edge), Rc::clone(simulation));
        simulation.spawn(async move { scheduled.schedule(length).await });
        simulation.spawn(async move {
            for (pause, event) in events {
                clock.sleep(pause).await;
                edge.begin(event);
            }
            // At the end, every node must serve the last state.
            for pause in [0, 61_000, 5_000] {
                clock.sleep(pause).await;
                for node in 0..ISOLATES {
                    (0..PATHS.len())
                        .for_each(|path| edge.begin(Event::Visit { node, path, dies_after: None }));
                }
            }
        });
    });
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn three_promises_hold(case in case()) {
        play(case, Fault::None)?;
    }
}

#[test]
fn lookup_that_forgets_the_revision_is_found() {
    let config = ProptestConfig { max_shrink_iters: 0, ..config() };
    let random = TestRng::deterministic_rng(config.rng_algorithm);
    let found =
        TestRunner::new_with_rng(config, random).run(&case(), |case| play(case, Fault::ForgetsTheRevision));
    let found = found.expect_err("no case met a broken promise").to_string();
    assert!(found.contains("went back from"), "{found}");
}
