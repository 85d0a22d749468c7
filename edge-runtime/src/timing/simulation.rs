//! A simulated clock and executor: time stands still until every task waits, then jumps. Each seed is repeatable.

#![expect(clippy::unwrap_used, reason = "only tests use this module")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_executor::{LocalPool, LocalSpawner};
use futures_util::future::{LocalBoxFuture, Shared};
use futures_util::task::LocalSpawnExt;
use link_core::time::UnixMillis;

use super::clock::Clock;

/// A task that others may wait for.
pub type Task = Shared<LocalBoxFuture<'static, ()>>;

pub struct Simulation {
    now: Cell<i64>,
    /// By moment, then by the order in which they were set.
    timers: RefCell<BTreeMap<(i64, u64), Waker>>,
    set: Cell<u64>,
    random: Cell<u64>,
    spawner: LocalSpawner,
}

impl Simulation {
    /// Runs everything that `begin` spawns until no timer is left.
    pub fn run(seed: u64, begin: impl FnOnce(&Rc<Self>)) {
        let mut pool = LocalPool::new();
        let simulation = Rc::new(Self {
            now: Cell::new(0),
            timers: RefCell::default(),
            set: Cell::new(0),
            random: Cell::new(seed),
            spawner: pool.spawner(),
        });
        begin(&simulation);
        loop {
            pool.run_until_stalled();
            let Some(((moment, _), waker)) = simulation.timers.borrow_mut().pop_first() else { break };
            simulation.now.set(moment);
            waker.wake();
        }
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.spawner.spawn_local(task).unwrap();
    }

    pub fn sleep(self: &Rc<Self>, millis: i64) -> impl Future<Output = ()> + use<> {
        Sleep { simulation: Rc::clone(self), until: self.now.get() + millis, is_set: false }
    }

    pub async fn sleep_up_to(self: &Rc<Self>, millis: i64) {
        self.sleep(self.below(millis + 1)).await;
    }

    /// One in ten takes up to `long`.
    pub async fn sleep_mostly_up_to(self: &Rc<Self>, millis: i64, long: i64) {
        let longest = if self.below(10) == 0 { long } else { millis };
        self.sleep_up_to(longest).await;
    }

    /// SplitMix64.
    pub fn below(&self, end: i64) -> i64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

impl Clock for Simulation {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    fn random(&self) -> f64 {
        0.5
    }
}

struct Sleep {
    simulation: Rc<Simulation>,
    until: i64,
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.simulation.now.get() >= self.until {
            return Poll::Ready(());
        }
        if !self.is_set {
            let number = self.simulation.set.get() + 1;
            self.simulation.set.set(number);
            let waker = context.waker().clone();
            self.simulation.timers.borrow_mut().insert((self.until, number), waker);
            self.is_set = true;
        }
        Poll::Pending
    }
}
