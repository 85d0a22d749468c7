//! Decides whether a request may wait for a connection. A few may, briefly: while connections are returned all the time, waiting
//! is cheaper than retrying. If none is returned, or too many wait, further requests are rejected immediately.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{POOL_STALLED_AFTER, PoolLimits};

#[derive(Debug, Clone)]
pub(super) struct Admission {
    /// One permit per connection and per waiting request.
    permits: Arc<Semaphore>,
    max_waiting: usize,
    /// When a connection was last returned or found free.
    progress: Arc<Mutex<Instant>>,
}

impl Admission {
    pub(super) fn new(limits: PoolLimits, now: Instant) -> Self {
        let max_waiting = limits.max_waiting as usize;
        Self {
            permits: Arc::new(Semaphore::new(max_waiting + limits.max_connections as usize)),
            max_waiting,
            progress: Arc::new(Mutex::new(now)),
        }
    }

    /// A permit for as long as the connection is needed, waiting included.
    pub(super) fn admit(&self, now: Instant) -> Option<OwnedSemaphorePermit> {
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        let has_connection = self.permits.available_permits() >= self.max_waiting;
        if has_connection {
            self.note_progress(now);
            return Some(permit);
        }
        let last = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        (now.saturating_duration_since(last) < POOL_STALLED_AFTER).then_some(permit)
    }

    /// Call it when an operation has ended without a timeout.
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
    fn requests_beyond_connections_and_queue_are_rejected() {
        let (admission, now) = admission(2, 1);
        let admitted: Vec<_> = (0..3).map(|_| admission.admit(now)).collect();
        assert!(admitted.iter().all(Option::is_some));
        assert!(admission.admit(now).is_none());
        drop(admitted);
        assert!(admission.admit(now).is_some());
    }

    #[test]
    fn nobody_waits_while_no_connection_is_returned() {
        let (admission, start) = admission(1, 10);
        // After any idle time.
        let long_after = start + 100 * POOL_STALLED_AFTER;
        let busy = admission.admit(long_after);
        assert!(busy.is_some());
        assert!(admission.admit(long_after + POOL_STALLED_AFTER / 2).is_some());
        assert!(admission.admit(long_after + POOL_STALLED_AFTER).is_none());
        admission.note_progress(long_after + POOL_STALLED_AFTER);
        assert!(admission.admit(long_after + POOL_STALLED_AFTER).is_some());
    }
}
