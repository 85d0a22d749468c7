//! Shipping for a server: clicks are collected, and batches are sent beside the requests, again and again until the queue
//! takes or refuses them. What waits is bounded by the click buffer, which then declares what falls out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use link_core::click_batch::{Click, DropReason};
use link_core::click_buffer::{ClickBuffer, FLUSH, FlushAction, SealedBatch};
use link_core::time::UnixMillis;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use super::{ClickQueue, QueueError};
use crate::clock::Clock;
use crate::limits::{BATCHES_UNDER_WAY, QUEUE_PAUSE};

#[derive(Debug)]
pub struct InBackground {
    books: Arc<Books>,
    sender: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Books {
    state: Mutex<State>,
    clock: Clock,
}

#[derive(Debug)]
struct State {
    buffer: ClickBuffer,
    /// `None` once the process ends: the sender stops when it has sent all.
    outlet: Option<UnboundedSender<SealedBatch>>,
}

impl InBackground {
    pub(super) fn start(queue: Arc<dyn ClickQueue>, buffer: ClickBuffer, clock: Clock) -> Self {
        let (outlet, sealed) = unbounded_channel();
        let books = Arc::new(Books { state: Mutex::new(State { buffer, outlet: Some(outlet) }), clock });
        let sender = tokio::spawn(send_all(Arc::clone(&books), queue, sealed));
        Self { books, sender: Mutex::new(Some(sender)) }
    }

    pub(super) fn record(&self, click: &Click, now: UnixMillis) {
        let mut state = self.books.state();
        let next = state.buffer.record(click, now);
        self.see_to(next, &mut state);
    }

    pub(super) fn record_orphan_visit(&self, name: &str, now: UnixMillis) {
        let mut state = self.books.state();
        let next = state.buffer.record_orphan_visit(name, now);
        self.see_to(next, &mut state);
    }

    fn see_to(&self, next: FlushAction, state: &mut State) {
        match next {
            FlushAction::Nothing => {}
            FlushAction::Send(batch) => state.post(batch),
            FlushAction::StartTimer { batch } => {
                let books = Arc::clone(&self.books);
                tokio::spawn(async move {
                    sleep(FLUSH).await;
                    let mut state = books.state();
                    if let Some(batch) = state.buffer.flush_due(batch) {
                        state.post(batch);
                    }
                });
            }
        }
    }

    pub(super) async fn finish(&self, patience: Duration) {
        {
            let mut state = self.books.state();
            if let Some(batch) = state.buffer.flush() {
                state.post(batch);
            }
            state.declare(self.books.clock.now());
            state.outlet = None;
        }
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender
            && timeout(patience, sender).await.is_err()
        {
            error!("stopped before the queue had taken all clicks");
        }
    }
}

impl Books {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn post(&mut self, batch: SealedBatch) {
        let clicks = batch.clicks;
        if self.outlet.as_ref().is_none_or(|outlet| outlet.send(batch).is_err()) {
            error!(clicks, "clicks came when all had been sent");
        }
    }

    fn declare(&mut self, now: UnixMillis) {
        if self.outlet.is_some()
            && let Some(batch) = self.buffer.flush_drops(now)
        {
            self.post(batch);
        }
    }
}

async fn send_all(books: Arc<Books>, queue: Arc<dyn ClickQueue>, mut sealed: UnboundedReceiver<SealedBatch>) {
    let batches = stream::poll_fn(|context| sealed.poll_recv(context));
    batches.for_each_concurrent(BATCHES_UNDER_WAY, |batch| deliver(&books, queue.as_ref(), batch)).await;
}

async fn deliver(books: &Books, queue: &dyn ClickQueue, batch: SealedBatch) {
    loop {
        match queue.send(&batch).await {
            Ok(()) => {
                let mut state = books.state();
                state.buffer.sent(&batch);
                state.declare(books.clock.now());
                return;
            }
            Err(QueueError::Refused(cause)) => {
                error!(batch = batch.batch, clicks = batch.clicks, cause, "a batch of clicks was given up");
                return books.state().buffer.given_up(&batch, DropReason::QueueRefused);
            }
            Err(QueueError::Unavailable(cause)) => {
                warn!(batch = batch.batch, clicks = batch.clicks, cause, "a batch of clicks has to wait");
                sleep(QUEUE_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{FakeQueue, buffer, click};
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn start(queue: &Arc<FakeQueue>) -> InBackground {
        InBackground::start(queue.clone(), buffer(), Clock::fixed(UnixMillis(0)))
    }

    fn unavailable() -> QueueError {
        QueueError::Unavailable("down".into())
    }

    #[tokio::test(start_paused = true)]
    async fn clicks_of_half_a_second_leave_together() {
        let queue = FakeQueue::new([]);
        let shipping = start(&queue);
        for moment in 0..3 {
            shipping.record(&click(moment), UnixMillis(moment));
        }
        assert_eq!(queue.asked(), 0);
        sleep(2 * FLUSH).await;
        assert_eq!(queue.taken().iter().map(|message| message.clicks.len()).collect::<Vec<_>>(), [3]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_in_the_buffer_when_the_origin_stops_is_sent() {
        let queue = FakeQueue::new([]);
        let shipping = start(&queue);
        for moment in 0..150 {
            shipping.record(&click(moment), UnixMillis(0));
        }
        shipping.finish(LONG).await;
        assert_eq!(queue.taken().iter().map(|message| message.clicks.len()).sum::<usize>(), 150);
    }

    #[tokio::test(start_paused = true)]
    async fn no_click_is_lost_or_sent_in_other_bytes_while_the_queue_is_away() {
        let queue = FakeQueue::new(vec![unavailable(); 500]);
        let shipping = start(&queue);
        for moment in 0..1_000 {
            shipping.record(&click(moment), UnixMillis(0));
        }
        shipping.finish(LONG).await;
        let taken = queue.taken();
        assert_eq!(taken.iter().map(|message| message.clicks.len()).sum::<usize>(), 1_000);
        assert_eq!(taken.iter().map(|message| message.head.produced).max(), Some(1_000));
        assert!(taken.iter().all(|message| message.head.dropped.is_empty()));
        assert_eq!((queue.asked(), queue.bodies()), (510, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_batch_is_declared_though_no_click_follows() {
        let queue = FakeQueue::new([QueueError::Refused("no".into())]);
        let shipping = start(&queue);
        shipping.record(&click(0), UnixMillis(0));
        sleep(2 * FLUSH).await;
        shipping.finish(LONG).await;
        let [message] = &queue.taken()[..] else { panic!("{:?}", queue.taken()) };
        assert_eq!((message.clicks.len(), message.head.produced), (0, 1));
        assert_eq!(message.head.dropped.iter().map(|dropped| dropped.clicks).sum::<u32>(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_origin_stops_though_the_queue_never_answers() {
        let queue = FakeQueue::silent();
        let shipping = start(&queue);
        shipping.record(&click(0), UnixMillis(0));
        shipping.finish(LONG).await;
        assert_eq!(queue.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_buffer_has_no_room_for_is_declared_when_the_queue_is_back() {
        let queue = FakeQueue::new(vec![unavailable(); 8]);
        let shipping = start(&queue);
        let large = Click { referrer: Some("x".repeat(1_024)), ..click(0) };
        for _ in 0..10_000 {
            shipping.record(&large, UnixMillis(0));
        }
        shipping.finish(LONG).await;
        let taken = queue.taken();
        let stored = taken.iter().map(|message| message.clicks.len() as u64).sum::<u64>();
        let dropped = taken.iter().flat_map(|message| &message.head.dropped);
        let dropped = dropped.map(|dropped| u64::from(dropped.clicks)).sum::<u64>();
        assert!(stored > 0 && dropped > 0, "{stored} {dropped}");
        assert_eq!(stored + dropped, 10_000);
    }
}
