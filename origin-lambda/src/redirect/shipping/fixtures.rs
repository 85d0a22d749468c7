//! A queue with scripted failures, a buffer and clicks for tests.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use link_core::clicks::batch::{CacheTier, Click, ClickBatch};
use link_core::clicks::buffer::{ClickBuffer, SealedBatch};
use link_core::test_util;
use link_core::time::UnixMillis;

use super::queue::{ClickQueue, QueueError};

#[derive(Debug, Default)]
pub(super) struct FakeQueue(Mutex<FakeQueueState>);

#[derive(Debug, Default)]
struct FakeQueueState {
    failures: VecDeque<QueueError>,
    unresponsive: bool,
    attempts: Vec<String>,
    accepted: Vec<ClickBatch>,
}

impl FakeQueue {
    /// Accepts batches after these failures.
    pub(super) fn new(failures: impl IntoIterator<Item = QueueError>) -> Arc<Self> {
        let failures = failures.into_iter().collect();
        Arc::new(Self(Mutex::new(FakeQueueState { failures, ..FakeQueueState::default() })))
    }

    pub(super) fn unresponsive() -> Arc<Self> {
        Arc::new(Self(Mutex::new(FakeQueueState { unresponsive: true, ..FakeQueueState::default() })))
    }

    pub(super) fn accepted(&self) -> Vec<ClickBatch> {
        self.0.lock().unwrap().accepted.clone()
    }

    pub(super) fn attempts(&self) -> usize {
        self.0.lock().unwrap().attempts.len()
    }

    /// The number of different bodies.
    pub(super) fn bodies(&self) -> usize {
        self.0.lock().unwrap().attempts.iter().collect::<HashSet<_>>().len()
    }
}

impl ClickQueue for FakeQueue {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>> {
        let mut state = self.0.lock().unwrap();
        state.attempts.push(batch.body.clone());
        if state.unresponsive {
            return future::pending().boxed();
        }
        if let Some(error) = state.failures.pop_front() {
            return future::ready(Err(error)).boxed();
        }
        state.accepted.push(ClickBatch::decode(&batch.body).unwrap());
        future::ready(Ok(())).boxed()
    }
}

pub(super) fn buffer() -> ClickBuffer {
    ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap())
}

pub(super) fn click(time: i64) -> Click {
    Click { tier: CacheTier::Origin, ..test_util::click(UnixMillis(time)) }
}
