//! An invocation of the Worker as the lookup's [`Tasks`]. The platform may end it, and its tasks with it.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, pending, select};
use link_core::time::UnixMillis;

use super::observer::Journey;
use edge_runtime::lookup::Tasks;
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::simulation::{Simulation, Task};
use edge_runtime::timing::timeouts::millis;

pub struct Invocation {
    simulation: Rc<Simulation>,
    ends_at: Option<UnixMillis>,
    /// The states that its lookup may bring into a cache.
    journeys: Rc<Vec<Journey>>,
}

impl Invocation {
    pub fn new(simulation: &Rc<Simulation>, dies_after: Option<i64>, journeys: Vec<Journey>) -> Self {
        let ends_at = dies_after.map(|millis| simulation.now().plus_millis(millis));
        Self { simulation: Rc::clone(simulation), ends_at, journeys: Rc::new(journeys) }
    }

    /// Runs the work until the invocation ends; false where it was cut off.
    fn cut_off<W: Future<Output = ()>>(&self, work: W) -> impl Future<Output = bool> + use<W> {
        let (simulation, ends_at) = (Rc::clone(&self.simulation), self.ends_at);
        async move {
            let Some(ends_at) = ends_at else {
                work.await;
                return true;
            };
            let end = simulation.sleep(ends_at.millis_since(simulation.now()));
            matches!(select(pin!(work), pin!(end)).await, Either::Left(_))
        }
    }
}

impl Tasks for Invocation {
    type Task = Task;

    fn start(&self, work: impl Future<Output = ()> + 'static) -> Task {
        let work = self.cut_off(work);
        let task = async move {
            if !work.await {
                pending::<()>().await;
            }
        };
        let task = task.boxed_local().shared();
        self.simulation.spawn(task.clone());
        task
    }

    fn after(&self, task: &Task, work: impl Future<Output = ()> + 'static) {
        let (simulation, task) = (Rc::clone(&self.simulation), task.clone());
        let work = self.cut_off(async move {
            task.await;
            simulation.sleep_mostly_up_to(50, 3_000).await;
            work.await;
        });
        let journeys = Rc::clone(&self.journeys);
        self.simulation.spawn(async move {
            work.await;
            drop(journeys);
        });
    }

    async fn wait(&self, task: Task, at_most: Duration) {
        select(task, pin!(self.simulation.sleep(millis(at_most)))).await;
    }
}
