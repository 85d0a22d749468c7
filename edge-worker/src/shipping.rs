//! Ships sealed batches: one with all its retries and, when the queue took it, the postponed ones and the drops that no
//! click declares. Decides how much one invocation sends.

use std::cell::RefCell;
use std::time::Duration;

use link_core::click_batch::DropReason;
use link_core::click_buffer::{ClickBuffer, SealedBatch};
use link_core::time::UnixMillis;

use crate::breaker::Breaker;
use crate::timeouts::{DRAINING, QUEUE_RETRY_PAUSES, millis};

pub trait Queue {
    /// Tries once, and again after each pause.
    async fn send(&self, batch: &SealedBatch, pauses: &[Duration]) -> Result<(), DropReason>;
}

/// `clock` and `random` are the runtime's, or a test's.
pub struct Shipping<'a, Q> {
    pub clicks: &'a RefCell<ClickBuffer>,
    pub breaker: &'a RefCell<Breaker>,
    pub queue: &'a Q,
    pub clock: &'a dyn Fn() -> UnixMillis,
    pub random: &'a dyn Fn() -> f64,
}

impl<Q: Queue> Shipping<'_, Q> {
    /// `began` is when the invocation's `waitUntil` began. A batch cut off on the way may have arrived, and would keep its
    /// memory until the isolate ends.
    pub async fn send(&self, batch: SealedBatch, began: UnixMillis) {
        let mut next = Some(batch);
        let mut pauses = QUEUE_RETRY_PAUSES.as_slice();
        while let Some(batch) = next {
            let now = (self.clock)();
            if !self.breaker.borrow().admits(now) {
                self.clicks.borrow_mut().postpone(batch);
                return;
            }
            self.breaker.borrow_mut().begin(now);
            let outcome = self.queue.send(&batch, pauses).await;
            let now = (self.clock)();
            let mut clicks = self.clicks.borrow_mut();
            match outcome {
                Ok(()) => clicks.sent(&batch),
                // The queue is available and refused this batch.
                Err(DropReason::QueueRefused) => clicks.give_up(&batch, DropReason::QueueRefused),
                Err(_) => {
                    self.breaker.borrow_mut().failed(now, (self.random)());
                    clicks.postpone(batch);
                    return;
                }
            }
            self.breaker.borrow_mut().succeeded();
            if now.millis_since(began) > millis(DRAINING) {
                return;
            }
            let waiting = clicks.next_waiting();
            next = if outcome.is_ok() { waiting.or_else(|| clicks.flush_drops(now)) } else { waiting };
            // A postponed batch is tried once; the next successful batch tries it again.
            pauses = &[];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_executor::block_on;
    use link_core::click_batch::ClickBatch;

    use super::*;
    use crate::timeouts::{QUEUE_ATTEMPT, WAIT_UNTIL};

    /// A queue that takes time for each answer.
    struct Slow {
        now: Cell<i64>,
        takes: Duration,
        answers: RefCell<Vec<Result<(), DropReason>>>,
        /// Each batch's number, and the number of attempts allowed.
        asked: RefCell<Vec<(u32, usize)>>,
        clicks: RefCell<ClickBuffer>,
        breaker: RefCell<Breaker>,
    }

    impl Queue for Slow {
        async fn send(&self, batch: &SealedBatch, pauses: &[Duration]) -> Result<(), DropReason> {
            self.now.set(self.now.get() + millis(self.takes));
            self.asked.borrow_mut().push((batch.batch, 1 + pauses.len()));
            self.answers.borrow_mut().pop().unwrap_or(Ok(()))
        }
    }

    impl Slow {
        /// With `waiting` postponed batches. `answers` are given last first; after them every batch succeeds.
        fn with(waiting: usize, takes: Duration, answers: Vec<Result<(), DropReason>>) -> Self {
            let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
            let queue = Self {
                now: Cell::new(0),
                takes,
                answers: RefCell::new(answers),
                asked: RefCell::default(),
                clicks: RefCell::new(ClickBuffer::new(producer)),
                breaker: RefCell::default(),
            };
            for _ in 0..waiting {
                let batch = queue.seal();
                queue.clicks.borrow_mut().postpone(batch);
            }
            queue
        }

        fn seal(&self) -> SealedBatch {
            let mut clicks = self.clicks.borrow_mut();
            clicks.record_orphan_visit("a", UnixMillis(self.now.get()));
            clicks.flush().unwrap()
        }

        /// Ships one new batch, and returns how long the invocation took.
        fn ship(&self) -> Duration {
            let (clock, began) = (|| UnixMillis(self.now.get()), self.now.get());
            let (clicks, breaker) = (&self.clicks, &self.breaker);
            let shipping = Shipping { clicks, breaker, queue: self, clock: &clock, random: &|| 0.5 };
            block_on(shipping.send(self.seal(), UnixMillis(began)));
            Duration::from_millis(u64::try_from(self.now.get() - began).unwrap())
        }

        fn asked(&self) -> Vec<u32> {
            self.asked.borrow().iter().map(|(batch, _)| *batch).collect()
        }
    }

    #[test]
    fn postponed_batches_follow_a_sent_one_and_are_tried_once() {
        let queue = Slow::with(2, Duration::from_millis(10), vec![]);
        queue.ship();
        assert_eq!(*queue.asked.borrow(), [(3, 4), (1, 1), (2, 1)]);
        assert_eq!(queue.clicks.borrow_mut().next_waiting(), None);
    }

    #[test]
    fn invocation_stops_in_time_and_the_next_continues() {
        let slowest = QUEUE_ATTEMPT.saturating_sub(Duration::from_millis(1));
        for takes in [Duration::from_millis(700), Duration::from_secs(3), slowest] {
            let queue = Slow::with(50, takes, vec![]);
            assert!(queue.ship() < WAIT_UNTIL);
            let first = queue.asked().len();
            assert!((2..50).contains(&first), "{first}");
            while queue.asked().len() < 51 {
                assert!(queue.ship() < WAIT_UNTIL);
            }
            let mut asked = queue.asked();
            asked.sort_unstable();
            asked.dedup();
            assert_eq!(asked.len(), queue.asked().len(), "a batch was sent twice");
        }
    }

    #[test]
    fn failed_batch_is_postponed_and_ends_the_run() {
        let answers = vec![Err(DropReason::QueueUnavailable), Ok(())];
        let queue = Slow::with(3, Duration::from_millis(10), answers);
        queue.ship();
        assert_eq!(queue.asked(), [4, 1]);
        let waiting: Vec<_> = std::iter::from_fn(|| queue.clicks.borrow_mut().next_waiting()).collect();
        assert_eq!(waiting.iter().map(|batch| batch.batch).collect::<Vec<_>>(), [2, 3, 1]);
    }

    #[test]
    fn refused_batch_is_declared_after_a_sent_one() {
        let refused = vec![Ok(()), Err(DropReason::QueueRefused)];
        let queue = Slow::with(1, Duration::from_millis(10), refused);
        queue.ship();
        assert_eq!(queue.asked(), [2, 1, 3]);
        let unavailable = Err(DropReason::QueueUnavailable);
        let queue =
            Slow::with(0, Duration::from_millis(10), vec![unavailable, Err(DropReason::QueueRefused)]);
        queue.ship();
        assert_eq!(queue.asked(), [1], "no batch was sent that the declaration could follow");
        let next = ClickBatch::decode(&queue.seal().body).unwrap();
        assert_eq!(next.head.dropped.len(), 1);
    }
}
