//! Shipping for a server: collects clicks and sends batches in the background, with retries until the queue accepts or rejects
//! them. The click buffer bounds what waits, and declares what it drops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use link_core::clicks::batch::{Click, DropReason};
use link_core::clicks::buffer::{ClickBuffer, FLUSH, FlushAction, SealedBatch};
use link_core::time::UnixMillis;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use super::queue::{ClickQueue, QueueError};
use crate::clock::Clock;
use crate::limits::{MAX_BATCHES_IN_FLIGHT, QUEUE_RETRY_DELAY};

#[derive(Debug)]
pub struct BackgroundShipping {
    shared: Arc<SharedBuffer>,
    sender: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct SharedBuffer {
    state: Mutex<BackgroundBuffer>,
    clock: Clock,
}

#[derive(Debug)]
struct BackgroundBuffer {
    buffer: ClickBuffer,
    /// `None` during shutdown: the sender stops when it has sent all.
    batches: Option<UnboundedSender<SealedBatch>>,
}

impl BackgroundShipping {
    pub(super) fn start(queue: Arc<dyn ClickQueue>, buffer: ClickBuffer, clock: Clock) -> Self {
        let (batches, sealed) = unbounded_channel();
        let shared = Arc::new(SharedBuffer {
            state: Mutex::new(BackgroundBuffer { buffer, batches: Some(batches) }),
            clock,
        });
        let sender = tokio::spawn(send_all(Arc::clone(&shared), queue, sealed));
        Self { shared, sender: Mutex::new(Some(sender)) }
    }

    pub(super) fn record(&self, click: &Click, now: UnixMillis) {
        let mut state = self.shared.state();
        let action = state.buffer.record(click, now);
        self.perform(action, &mut state);
    }

    pub(super) fn record_orphan_visit(&self, name: &str, now: UnixMillis) {
        let mut state = self.shared.state();
        let action = state.buffer.record_orphan_visit(name, now);
        self.perform(action, &mut state);
    }

    fn perform(&self, action: FlushAction, state: &mut BackgroundBuffer) {
        match action {
            FlushAction::Nothing => {}
            FlushAction::Send(batch) => state.enqueue(batch),
            FlushAction::StartTimer { batch } => {
                let shared = Arc::clone(&self.shared);
                tokio::spawn(async move {
                    sleep(FLUSH).await;
                    let mut state = shared.state();
                    if let Some(batch) = state.buffer.flush_due(batch) {
                        state.enqueue(batch);
                    }
                });
            }
        }
    }

    pub(super) async fn finish(&self, max_wait: Duration) {
        {
            let mut state = self.shared.state();
            if let Some(batch) = state.buffer.flush() {
                state.enqueue(batch);
            }
            state.declare_drops(self.shared.clock.now());
            state.batches = None;
        }
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender
            && timeout(max_wait, sender).await.is_err()
        {
            error!("stopped before all clicks were sent");
        }
    }
}

impl SharedBuffer {
    fn state(&self) -> MutexGuard<'_, BackgroundBuffer> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackgroundBuffer {
    fn enqueue(&mut self, batch: SealedBatch) {
        let clicks = batch.clicks;
        if self.batches.as_ref().is_none_or(|batches| batches.send(batch).is_err()) {
            error!(clicks, "clicks came after the last batch was sent");
        }
    }

    fn declare_drops(&mut self, now: UnixMillis) {
        if self.batches.is_some()
            && let Some(batch) = self.buffer.flush_drops(now)
        {
            self.enqueue(batch);
        }
    }
}

async fn send_all(
    shared: Arc<SharedBuffer>,
    queue: Arc<dyn ClickQueue>,
    mut sealed: UnboundedReceiver<SealedBatch>,
) {
    let batches = stream::poll_fn(|context| sealed.poll_recv(context));
    batches.for_each_concurrent(MAX_BATCHES_IN_FLIGHT, |batch| deliver(&shared, queue.as_ref(), batch)).await;
}

async fn deliver(shared: &SharedBuffer, queue: &dyn ClickQueue, batch: SealedBatch) {
    loop {
        match queue.send(&batch).await {
            Ok(()) => {
                let mut state = shared.state();
                state.buffer.sent(&batch);
                state.declare_drops(shared.clock.now());
                return;
            }
            Err(QueueError::Refused(cause)) => {
                error!(batch = batch.batch, clicks = batch.clicks, cause, "dropped a batch of clicks");
                return shared.state().buffer.give_up(&batch, DropReason::QueueRefused);
            }
            Err(QueueError::Unavailable(cause)) => {
                warn!(
                    batch = batch.batch,
                    clicks = batch.clicks,
                    cause,
                    "cannot send a batch of clicks; retrying"
                );
                sleep(QUEUE_RETRY_DELAY).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{FakeQueue, buffer, click};
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn start(queue: &Arc<FakeQueue>) -> BackgroundShipping {
        BackgroundShipping::start(queue.clone(), buffer(), Clock::fixed(UnixMillis(0)))
    }

    fn unavailable() -> QueueError {
        QueueError::Unavailable("down".into())
    }

    #[tokio::test(start_paused = true)]
    async fn clicks_of_half_a_second_are_sent_together() {
        let queue = FakeQueue::new([]);
        let shipping = start(&queue);
        for moment in 0..3 {
            shipping.record(&click(moment), UnixMillis(moment));
        }
        assert_eq!(queue.attempts(), 0);
        sleep(2 * FLUSH).await;
        assert_eq!(queue.accepted().iter().map(|message| message.clicks.len()).collect::<Vec<_>>(), [3]);
    }

    #[tokio::test(start_paused = true)]
    async fn buffered_clicks_are_sent_at_shutdown() {
        let queue = FakeQueue::new([]);
        let shipping = start(&queue);
        for moment in 0..150 {
            shipping.record(&click(moment), UnixMillis(0));
        }
        shipping.finish(LONG).await;
        assert_eq!(queue.accepted().iter().map(|message| message.clicks.len()).sum::<usize>(), 150);
    }

    #[tokio::test(start_paused = true)]
    async fn retries_send_the_same_bytes_and_lose_no_click() {
        let queue = FakeQueue::new(vec![unavailable(); 500]);
        let shipping = start(&queue);
        for moment in 0..1_000 {
            shipping.record(&click(moment), UnixMillis(0));
        }
        shipping.finish(LONG).await;
        let accepted = queue.accepted();
        assert_eq!(accepted.iter().map(|message| message.clicks.len()).sum::<usize>(), 1_000);
        assert_eq!(accepted.iter().map(|message| message.head.produced).max(), Some(1_000));
        assert!(accepted.iter().all(|message| message.head.dropped.is_empty()));
        assert_eq!((queue.attempts(), queue.bodies()), (510, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn rejected_batch_is_declared_without_another_click() {
        let queue = FakeQueue::new([QueueError::Refused("no".into())]);
        let shipping = start(&queue);
        shipping.record(&click(0), UnixMillis(0));
        sleep(2 * FLUSH).await;
        shipping.finish(LONG).await;
        let [message] = &queue.accepted()[..] else { panic!("{:?}", queue.accepted()) };
        assert_eq!((message.clicks.len(), message.head.produced), (0, 1));
        assert_eq!(message.head.dropped.iter().map(|dropped| dropped.clicks).sum::<u32>(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn origin_stops_although_the_queue_never_answers() {
        let queue = FakeQueue::unresponsive();
        let shipping = start(&queue);
        shipping.record(&click(0), UnixMillis(0));
        shipping.finish(LONG).await;
        assert_eq!(queue.attempts(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn overflow_is_declared_when_the_queue_recovers() {
        let queue = FakeQueue::new(vec![unavailable(); 8]);
        let shipping = start(&queue);
        let large = Click { referrer: Some("x".repeat(1_024)), ..click(0) };
        for _ in 0..10_000 {
            shipping.record(&large, UnixMillis(0));
        }
        shipping.finish(LONG).await;
        let accepted = queue.accepted();
        let stored = accepted.iter().map(|message| message.clicks.len() as u64).sum::<u64>();
        let dropped = accepted.iter().flat_map(|message| &message.head.dropped);
        let dropped = dropped.map(|dropped| u64::from(dropped.clicks)).sum::<u64>();
        assert!(stored > 0 && dropped > 0, "{stored} {dropped}");
        assert_eq!(stored + dropped, 10_000);
    }
}
