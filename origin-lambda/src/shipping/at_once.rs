//! Shipping for a Lambda: the click leaves before the answer does. Decides for how long a queue that is in trouble is let
//! be; meanwhile clicks wait in the buffer, and visitors do not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use link_core::click_batch::{Click, DropReason};
use link_core::click_buffer::{ClickBuffer, FlushAction, SealedBatch};
use link_core::time::UnixMillis;
use tokio::time::timeout;
use tracing::error;

use super::{ClickQueue, QueueError};
use crate::limits::{AT_ONCE_PATIENCE, ORPHANS_PAUSE_MILLIS, QUEUE_REST_MILLIS};

#[derive(Debug)]
pub struct AtOnce {
    queue: Arc<dyn ClickQueue>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    buffer: ClickBuffer,
    resting_until: Option<UnixMillis>,
    orphans_rest_until: Option<UnixMillis>,
}

impl AtOnce {
    pub(super) fn new(queue: Arc<dyn ClickQueue>, buffer: ClickBuffer) -> Self {
        Self { queue, state: Mutex::new(State { buffer, resting_until: None, orphans_rest_until: None }) }
    }

    pub(super) async fn record(&self, click: &Click, now: UnixMillis) {
        let batch = self.state().batch_with(click, now);
        self.send(batch, now).await;
    }

    pub(super) async fn record_orphan_visit(&self, name: &str, now: UnixMillis) {
        let batch = self.state().batch_with_orphan(name, now);
        self.send(batch, now).await;
    }

    async fn send(&self, batch: Option<SealedBatch>, now: UnixMillis) {
        let Some(batch) = batch else { return };
        let late = |_| Err(QueueError::Unavailable(format!("no answer within {AT_ONCE_PATIENCE:?}")));
        let outcome = timeout(AT_ONCE_PATIENCE, self.queue.send(&batch)).await.unwrap_or_else(late);
        let mut state = self.state();
        let reason = match &outcome {
            Ok(()) => return state.buffer.sent(&batch),
            Err(QueueError::Refused(_)) => DropReason::QueueRefused,
            Err(QueueError::Unavailable(_)) => {
                state.resting_until = Some(now.plus_millis(QUEUE_REST_MILLIS));
                DropReason::QueueUnavailable
            }
        };
        state.buffer.given_up(&batch, reason);
        let cause = outcome.err().map(|error| error.to_string());
        error!(batch = batch.batch, clicks = batch.clicks, cause, "a batch of clicks was given up");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn batch_with(&mut self, click: &Click, now: UnixMillis) -> Option<SealedBatch> {
        match self.buffer.record(click, now) {
            FlushAction::Send(batch) => Some(batch),
            _ if self.resting_until.is_some_and(|end| now < end) => None,
            _ => self.buffer.flush(),
        }
    }

    fn batch_with_orphan(&mut self, name: &str, now: UnixMillis) -> Option<SealedBatch> {
        // Its timer would not run: the process is frozen after the answer.
        self.buffer.record_orphan_visit(name, now);
        let rests = |until: Option<UnixMillis>| until.is_some_and(|end| now < end);
        if rests(self.resting_until) || rests(self.orphans_rest_until) {
            return None;
        }
        self.orphans_rest_until = Some(now.plus_millis(ORPHANS_PAUSE_MILLIS));
        self.buffer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{FakeQueue, buffer, click};
    use super::*;

    fn dropped(queue: &FakeQueue, message: usize) -> Vec<(u32, DropReason)> {
        let declared = queue.taken().swap_remove(message).head.dropped;
        declared.into_iter().map(|dropped| (dropped.batch, dropped.reason)).collect()
    }

    #[tokio::test]
    async fn a_click_is_in_the_queue_when_it_is_recorded() {
        let queue = FakeQueue::new([]);
        let shipping = AtOnce::new(queue.clone(), buffer());
        for moment in 1..=3 {
            shipping.record(&click(moment), UnixMillis(moment)).await;
            assert_eq!(queue.taken().len(), usize::try_from(moment).unwrap());
        }
        assert_eq!(queue.taken().last().unwrap().head.produced, 3);
    }

    #[tokio::test]
    async fn while_the_queue_rests_clicks_wait_and_then_leave_together() {
        let queue = FakeQueue::new([QueueError::Unavailable("down".into())]);
        let shipping = AtOnce::new(queue.clone(), buffer());
        for moment in [0, 1, QUEUE_REST_MILLIS - 1] {
            shipping.record(&click(moment), UnixMillis(moment)).await;
        }
        assert_eq!((queue.asked(), queue.taken().len()), (1, 0));
        shipping.record(&click(QUEUE_REST_MILLIS), UnixMillis(QUEUE_REST_MILLIS)).await;
        let [message] = &queue.taken()[..] else { panic!("{:?}", queue.taken()) };
        assert_eq!((message.clicks.len(), message.head.produced), (3, 4));
        assert_eq!(dropped(&queue, 0), [(1, DropReason::QueueUnavailable)]);
    }

    #[tokio::test]
    async fn a_refused_batch_is_declared_and_the_next_click_is_sent_at_once() {
        let queue = FakeQueue::new([QueueError::Refused("no".into())]);
        let shipping = AtOnce::new(queue.clone(), buffer());
        shipping.record(&click(0), UnixMillis(0)).await;
        shipping.record(&click(1), UnixMillis(1)).await;
        assert_eq!(dropped(&queue, 0), [(1, DropReason::QueueRefused)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_queue_does_not_hold_the_visitor_up() {
        let queue = FakeQueue::silent();
        let shipping = AtOnce::new(queue.clone(), buffer());
        shipping.record(&click(0), UnixMillis(0)).await;
        shipping.record(&click(1), UnixMillis(1)).await;
        assert_eq!(queue.asked(), 1);
    }
}
