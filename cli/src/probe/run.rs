//! Runs journeys on several threads and hands over what they find.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::fetch::Fetch;
use super::finding::Finding;
use super::journey::{Context, Journey};
use super::schedule::{Next, Schedule};
use crate::error::CliError;

#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Hosts at a time.
    pub jobs: u16,
    /// Between two requests to one host.
    pub pause: Duration,
}

struct Shared {
    schedule: Mutex<Schedule>,
    changed: Condvar,
    fetch: Arc<dyn Fetch>,
    pause: Duration,
    started: Instant,
}

/// `found` gets each finding as it comes; its error ends the run without waiting for requests under way.
pub fn run(
    journeys: Vec<Journey>,
    fetch: Arc<dyn Fetch>,
    pace: Pace,
    mut found: impl FnMut(Finding) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let shared = Arc::new(Shared {
        schedule: Mutex::new(Schedule::new(journeys)),
        changed: Condvar::new(),
        fetch,
        pause: pace.pause,
        started: Instant::now(),
    });
    let (sender, findings) = channel();
    for _ in 0..pace.jobs {
        let (shared, sender) = (Arc::clone(&shared), sender.clone());
        std::thread::spawn(move || work(&shared, &sender));
    }
    drop(sender);
    findings.into_iter().try_for_each(&mut found)
}

/// Ends when all is found, or when nobody listens.
fn work(shared: &Shared, sender: &Sender<Finding>) {
    let mut schedule = lock(shared);
    loop {
        match schedule.next(shared.started.elapsed()) {
            Next::Ask(journey) => {
                drop(schedule);
                let (host, origin) = (journey.host(), journey.origin());
                let (method, url) = journey.request();
                let answer = shared.fetch.fetch(method, url);
                let context = Context { now: OffsetDateTime::now_utc(), pause: shared.pause };
                let step = journey.after(answer, &context);
                schedule = lock(shared);
                let now = shared.started.elapsed();
                let finding = schedule.answered(&host, &origin, step, shared.pause, now);
                shared.changed.notify_all();
                if finding.is_some_and(|finding| sender.send(finding).is_err()) {
                    return;
                }
            }
            Next::Conclude(journey, state) => {
                if sender.send(journey.conclude(&state, OffsetDateTime::now_utc())).is_err() {
                    return;
                }
            }
            Next::Wait(wait) => {
                let woken = shared.changed.wait_timeout(schedule, wait);
                schedule = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
            Next::Idle => {
                schedule = shared.changed.wait(schedule).unwrap_or_else(PoisonError::into_inner);
            }
            Next::Finished => {
                shared.changed.notify_all();
                return;
            }
        }
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Schedule> {
    shared.schedule.lock().unwrap_or_else(PoisonError::into_inner)
}
