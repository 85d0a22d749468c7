//! Shipping for a Lambda: the click is sent before the response. After a failure, clicks wait in the buffer for a cooldown, so
//! that visitors do not wait for the queue.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use link_core::clicks::batch::{Click, DropReason};
use link_core::clicks::buffer::{ClickBuffer, FlushAction, SealedBatch};
use link_core::time::UnixMillis;
use tokio::time::timeout;
use tracing::error;

use super::queue::{ClickQueue, QueueError};
use crate::limits::{ORPHAN_VISITS_FLUSH_INTERVAL_MILLIS, QUEUE_COOLDOWN_MILLIS, SYNC_SHIPPING_TIMEOUT};

#[derive(Debug)]
pub struct SynchronousShipping {
    queue: Arc<dyn ClickQueue>,
    state: Mutex<SynchronousBuffer>,
}

#[derive(Debug)]
struct SynchronousBuffer {
    buffer: ClickBuffer,
    cooldown_until: Option<UnixMillis>,
    orphans_held_until: Option<UnixMillis>,
}

impl SynchronousShipping {
    pub(super) fn new(queue: Arc<dyn ClickQueue>, buffer: ClickBuffer) -> Self {
        Self {
            queue,
            state: Mutex::new(SynchronousBuffer { buffer, cooldown_until: None, orphans_held_until: None }),
        }
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
        let timed_out =
            |_| Err(QueueError::Unavailable(format!("no answer within {SYNC_SHIPPING_TIMEOUT:?}")));
        let outcome = timeout(SYNC_SHIPPING_TIMEOUT, self.queue.send(&batch)).await.unwrap_or_else(timed_out);
        let mut state = self.state();
        let reason = match &outcome {
            Ok(()) => return state.buffer.sent(&batch),
            Err(QueueError::Refused(_)) => DropReason::QueueRefused,
            Err(QueueError::Unavailable(_)) => {
                state.cooldown_until = Some(now.plus_millis(QUEUE_COOLDOWN_MILLIS));
                DropReason::QueueUnavailable
            }
        };
        state.buffer.give_up(&batch, reason);
        let cause = outcome.err().map(|error| error.to_string());
        error!(batch = batch.batch, clicks = batch.clicks, cause, "dropped a batch of clicks");
    }

    fn state(&self) -> MutexGuard<'_, SynchronousBuffer> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SynchronousBuffer {
    fn batch_with(&mut self, click: &Click, now: UnixMillis) -> Option<SealedBatch> {
        match self.buffer.record(click, now) {
            FlushAction::Send(batch) => Some(batch),
            _ if self.cooldown_until.is_some_and(|end| now < end) => None,
            _ => self.buffer.flush(),
        }
    }

    fn batch_with_orphan(&mut self, name: &str, now: UnixMillis) -> Option<SealedBatch> {
        // The buffer's timer would not run: the process is frozen after the response.
        self.buffer.record_orphan_visit(name, now);
        let is_held = |until: Option<UnixMillis>| until.is_some_and(|end| now < end);
        if is_held(self.cooldown_until) || is_held(self.orphans_held_until) {
            return None;
        }
        self.orphans_held_until = Some(now.plus_millis(ORPHAN_VISITS_FLUSH_INTERVAL_MILLIS));
        self.buffer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{FakeQueue, buffer, click};
    use super::*;

    fn dropped(queue: &FakeQueue, message: usize) -> Vec<(u32, DropReason)> {
        let declared = queue.accepted().swap_remove(message).head.dropped;
        declared.into_iter().map(|dropped| (dropped.batch, dropped.reason)).collect()
    }

    #[tokio::test]
    async fn recorded_click_is_already_sent() {
        let queue = FakeQueue::new([]);
        let shipping = SynchronousShipping::new(queue.clone(), buffer());
        for moment in 1..=3 {
            shipping.record(&click(moment), UnixMillis(moment)).await;
            assert_eq!(queue.accepted().len(), usize::try_from(moment).unwrap());
        }
        assert_eq!(queue.accepted().last().unwrap().head.produced, 3);
    }

    #[tokio::test]
    async fn clicks_wait_during_cooldown_and_are_sent_together() {
        let queue = FakeQueue::new([QueueError::Unavailable("down".into())]);
        let shipping = SynchronousShipping::new(queue.clone(), buffer());
        for moment in [0, 1, QUEUE_COOLDOWN_MILLIS - 1] {
            shipping.record(&click(moment), UnixMillis(moment)).await;
        }
        assert_eq!((queue.attempts(), queue.accepted().len()), (1, 0));
        shipping.record(&click(QUEUE_COOLDOWN_MILLIS), UnixMillis(QUEUE_COOLDOWN_MILLIS)).await;
        let [message] = &queue.accepted()[..] else { panic!("{:?}", queue.accepted()) };
        assert_eq!((message.clicks.len(), message.head.produced), (3, 4));
        assert_eq!(dropped(&queue, 0), [(1, DropReason::QueueUnavailable)]);
    }

    #[tokio::test]
    async fn rejected_batch_is_declared_with_the_next_click() {
        let queue = FakeQueue::new([QueueError::Refused("no".into())]);
        let shipping = SynchronousShipping::new(queue.clone(), buffer());
        shipping.record(&click(0), UnixMillis(0)).await;
        shipping.record(&click(1), UnixMillis(1)).await;
        assert_eq!(dropped(&queue, 0), [(1, DropReason::QueueRefused)]);
    }

    #[tokio::test(start_paused = true)]
    async fn unresponsive_queue_does_not_delay_visitors() {
        let queue = FakeQueue::unresponsive();
        let shipping = SynchronousShipping::new(queue.clone(), buffer());
        shipping.record(&click(0), UnixMillis(0)).await;
        shipping.record(&click(1), UnixMillis(1)).await;
        assert_eq!(queue.attempts(), 1);
    }
}
