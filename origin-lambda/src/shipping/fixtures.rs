//! A queue that fails as a test wants it, a buffer and clicks.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use link_core::click_batch::{CacheTier, Click, ClickBatch};
use link_core::click_buffer::{ClickBuffer, SealedBatch};
use link_core::record::RedirectStatus;
use link_core::time::UnixMillis;

use super::{ClickQueue, QueueError};

#[derive(Debug, Default)]
pub(super) struct FakeQueue(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: VecDeque<QueueError>,
    silent: bool,
    asked: Vec<String>,
    taken: Vec<ClickBatch>,
}

impl FakeQueue {
    /// Takes batches after these failures.
    pub(super) fn new(failures: impl IntoIterator<Item = QueueError>) -> Arc<Self> {
        let failures = failures.into_iter().collect();
        Arc::new(Self(Mutex::new(State { failures, ..State::default() })))
    }

    pub(super) fn silent() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { silent: true, ..State::default() })))
    }

    pub(super) fn taken(&self) -> Vec<ClickBatch> {
        self.0.lock().unwrap().taken.clone()
    }

    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked.len()
    }

    /// Different ones.
    pub(super) fn bodies(&self) -> usize {
        self.0.lock().unwrap().asked.iter().collect::<HashSet<_>>().len()
    }
}

impl ClickQueue for FakeQueue {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>> {
        let mut state = self.0.lock().unwrap();
        state.asked.push(batch.body.clone());
        if state.silent {
            return future::pending().boxed();
        }
        if let Some(error) = state.failures.pop_front() {
            return future::ready(Err(error)).boxed();
        }
        state.taken.push(ClickBatch::decode(&batch.body).unwrap());
        future::ready(Ok(())).boxed()
    }
}

pub(super) fn buffer() -> ClickBuffer {
    ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap())
}

pub(super) fn click(time: i64) -> Click {
    Click {
        time: UnixMillis(time),
        link: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
        status: RedirectStatus::Found,
        tier: CacheTier::Origin,
        head: false,
        request_id: "r".into(),
        country: None,
        user_agent: None,
        referrer: None,
        domain: None,
        purpose: None,
        asn: None,
        language: None,
        destination: None,
        visitor: None,
    }
}
