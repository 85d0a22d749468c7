//! Who leads, who follows, and who takes over.

use futures_util::FutureExt;
use futures_util::future::{pending, select};
use link_core::record::Resolution;
use link_core::redirect::link_path::link_path;

use super::*;
use crate::lookup::candidates::Candidates;
use crate::lookup::fixtures::{FRESHNESS, record};
use crate::lookup::freshness::CachedResolution;
use crate::lookup::memory::Memory;
use crate::lookup::{ReplicaReadError, ReplicaWriteError};
use crate::timing::simulation::{Simulation, Task};

const ORIGIN_TAKES: i64 = 100;

/// One isolate, as one of its visitors uses it.
#[derive(Clone)]
struct Visitor {
    isolate: Rc<Isolate>,
    may_skip: bool,
}

struct Isolate {
    simulation: Rc<Simulation>,
    memory: Rc<RefCell<Memory>>,
    shared: Rc<SharedLookups<Task>>,
    /// The number of first calls to the origin that never end.
    hanging_calls: RefCell<u32>,
    calls: RefCell<u32>,
    /// When each visit ended, and how.
    ended: RefCell<Vec<(i64, Answer)>>,
}

impl Clock for Visitor {
    fn now(&self) -> UnixMillis {
        self.isolate.simulation.now()
    }

    fn random(&self) -> f64 {
        0.5
    }
}

impl Tasks for Visitor {
    type Task = Task;

    fn start(&self, work: impl Future<Output = ()> + 'static) -> Task {
        let task = work.boxed_local().shared();
        self.isolate.simulation.spawn(task.clone());
        task
    }

    fn after(&self, task: &Task, work: impl Future<Output = ()> + 'static) {
        self.isolate.simulation.spawn(task.clone().then(|()| work));
    }

    async fn wait(&self, task: Task, at_most: Duration) {
        select(task, self.isolate.simulation.sleep(millis(at_most)).boxed_local()).await;
    }
}

impl Colo for Visitor {
    async fn get(&self, _: &LinkKey) -> Option<CachedResolution> {
        None
    }

    async fn put(&self, _: &LinkKey, _: &CachedResolution) {}
}

impl Origin for Visitor {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        *self.isolate.calls.borrow_mut() += 1;
        let hangs = *self.isolate.calls.borrow() <= *self.isolate.hanging_calls.borrow();
        if hangs {
            pending::<()>().await;
        }
        self.isolate.simulation.sleep(ORIGIN_TAKES).await;
        vec![Ok(Resolution::Found { record: record("https://a.test/") }); names.len()]
    }

    fn may_skip(&self) -> bool {
        self.may_skip
    }
}

impl Replica for Visitor {
    async fn get(&self, _: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        Ok(None)
    }

    async fn put(&self, _: &LinkKey, _: &Resolution) -> Result<(), ReplicaWriteError> {
        Ok(())
    }
}

impl Visitor {
    async fn visit(self, path: &'static str) {
        let isolate = &self.isolate;
        let path = link_path(path, str::to_owned).unwrap();
        let mut candidates = Candidates::new(&"go.example.com".parse().unwrap(), &path);
        let lookup = Lookup {
            memory: Rc::clone(&isolate.memory),
            colo: self.clone(),
            origin: self.clone(),
            replica: self.clone(),
            clock: self.clone(),
            freshness: FRESHNESS,
        };
        lookup.look_up(&mut candidates, &isolate.shared, &self).await;
        let answer = candidates.found(0).unwrap().clone();
        isolate.ended.borrow_mut().push((isolate.simulation.now().0, answer));
    }
}

/// Visits at their times, of visitors whose lookups may be skipped or not. Returns the isolate as they leave it.
fn after(hanging_calls: u32, visits: impl IntoIterator<Item = (i64, bool)>) -> Rc<Isolate> {
    let mut made = None;
    Simulation::run(0, |simulation| {
        let isolate = Rc::new(Isolate {
            simulation: Rc::clone(simulation),
            memory: Rc::default(),
            shared: Rc::default(),
            hanging_calls: RefCell::new(hanging_calls),
            calls: RefCell::default(),
            ended: RefCell::default(),
        });
        for (time, may_skip) in visits {
            let visitor = Visitor { isolate: Rc::clone(&isolate), may_skip };
            let begin = simulation.sleep(time);
            simulation.spawn(async move {
                begin.await;
                visitor.visit("/0000001").await;
            });
        }
        made = Some(isolate);
    });
    made.unwrap()
}

impl Isolate {
    fn times(&self) -> Vec<i64> {
        let ended = self.ended.borrow();
        ended.iter().filter(|(_, answer)| answer.is_ok()).map(|(time, _)| *time).collect()
    }
}

#[test]
fn thousand_visitors_ask_the_origin_once() {
    let isolate = after(0, (0..1_000).map(|number| (number % 90, false)));
    assert_eq!(*isolate.calls.borrow(), 1);
    assert_eq!(isolate.times(), [ORIGIN_TAKES; 1_000]);
}

#[test]
fn follower_takes_over_from_a_leader_that_hangs() {
    let isolate = after(1, [(0, false), (100, false), (200, false)]);
    assert_eq!(*isolate.calls.borrow(), 2, "one of the two followers asked again");
    let taken_over = millis(FOLLOWER_WAIT) + ORIGIN_TAKES;
    // The first visitor finds the answer in memory at its next check.
    assert_eq!(isolate.times(), [taken_over, taken_over, 3 * millis(FOLLOWER_WAIT / 2)]);
}

#[test]
fn skippable_lookup_is_followed_by_its_like_only() {
    let isolate = after(0, [(0, true), (10, true), (20, false), (30, true)]);
    assert_eq!(*isolate.calls.borrow(), 2);
    let (skippable, other) = (ORIGIN_TAKES, 20 + ORIGIN_TAKES);
    // The last one follows the lookup that cannot be skipped.
    assert_eq!(isolate.times(), [skippable, skippable, other, other]);
}

#[test]
fn visitor_waits_no_longer_than_the_timeout_of_a_lookup() {
    let isolate = after(100, [(0, false)]);
    let ended = isolate.ended.borrow();
    let (time, answer) = &ended[0];
    assert_eq!(*time, millis(LOOKUP));
    let error = answer.as_ref().unwrap_err().to_string();
    assert_eq!(error, "the origin cannot answer: no lookup finished in time");
}
