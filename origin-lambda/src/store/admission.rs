//! Who may wait for a connection of a pool. A few may, for a moment: with connections that come back all the time, waiting is
//! cheaper than being told to come again. Once none comes back, or too many wait, the answer is given at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{PoolLimits, STALLED_AFTER};

#[derive(Debug, Clone)]
pub(super) struct Admission {
    /// One for each connection and for each that may wait for one.
    places: Arc<Semaphore>,
    max_waiting: usize,
    /// When a connection last became free, or was.
    progress: Arc<Mutex<Instant>>,
}

impl Admission {
    pub(super) fn new(limits: PoolLimits, now: Instant) -> Self {
        let max_waiting = limits.max_waiting as usize;
        Self {
            places: Arc::new(Semaphore::new(max_waiting + limits.max_connections as usize)),
            max_waiting,
            progress: Arc::new(Mutex::new(now)),
        }
    }

    /// A place for as long as a connection is needed, waiting for it included.
    pub(super) fn admit(&self, now: Instant) -> Option<OwnedSemaphorePermit> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let has_connection = self.places.available_permits() >= self.max_waiting;
        if has_connection {
            self.note_progress(now);
            return Some(place);
        }
        let last = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        (now.saturating_duration_since(last) < STALLED_AFTER).then_some(place)
    }

    /// An operation has ended by itself, and was not given up.
    pub(super) fn note_progress(&self, now: Instant) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admission(max_connections: u32, max_waiting: u32) -> (Admission, Instant) {
        let start = Instant::now();
        let limits = PoolLimits {
            max_connections,
            max_waiting,
            acquire: Duration::from_secs(1),
            operation: Duration::from_secs(1),
        };
        (Admission::new(limits, start), start)
    }

    #[test]
    fn beyond_connections_and_waiting_places_nobody_is_admitted() {
        let (admission, now) = admission(2, 1);
        let admitted: Vec<_> = (0..3).map(|_| admission.admit(now)).collect();
        assert!(admitted.iter().all(Option::is_some));
        assert!(admission.admit(now).is_none());
        drop(admitted);
        assert!(admission.admit(now).is_some());
    }

    #[test]
    fn nobody_waits_behind_connections_that_do_not_come_back() {
        let (admission, start) = admission(1, 10);
        // However long nothing was asked for.
        let long_after = start + 100 * STALLED_AFTER;
        let busy = admission.admit(long_after);
        assert!(busy.is_some());
        assert!(admission.admit(long_after + STALLED_AFTER / 2).is_some());
        assert!(admission.admit(long_after + STALLED_AFTER).is_none());
        admission.note_progress(long_after + STALLED_AFTER);
        assert!(admission.admit(long_after + STALLED_AFTER).is_some());
    }
}
