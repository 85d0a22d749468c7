//! Ships sealed batches: one with all its retries and, when the queue took it, the postponed ones and the drops that no
//! click declares. Decides how much one invocation sends.

use std::cell::RefCell;
use std::time::Duration;

use link_core::clicks::batch::DropReason;
use link_core::clicks::buffer::{ClickBuffer, SealedBatch};
use link_core::clicks::queue_answer::is_permanent_refusal;
use link_core::time::UnixMillis;

use edge_runtime::click_queue::ClickQueue;
use edge_runtime::origins::breaker::Breaker;
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::timeouts::{DRAINING, QUEUE_ATTEMPT, QUEUE_RETRY_PAUSES, millis};

pub struct Shipping<'a, Q, S> {
    pub clicks: &'a RefCell<ClickBuffer>,
    pub breaker: &'a RefCell<Breaker>,
    pub queue: &'a Q,
    pub clock: &'a dyn Clock,
    pub sleep: &'a S,
}

impl<Q: ClickQueue, S: AsyncFn(Duration)> Shipping<'_, Q, S> {
    /// `began` is when the invocation's `waitUntil` began. A batch cut off on the way may have arrived, and would keep its
    /// memory until the isolate ends.
    pub async fn send(&self, batch: SealedBatch, began: UnixMillis) {
        let mut next = Some(batch);
        let mut pauses = QUEUE_RETRY_PAUSES.as_slice();
        while let Some(batch) = next {
            let now = self.clock.now();
            if !self.breaker.borrow().admits(now) {
                self.clicks.borrow_mut().postpone(batch);
                return;
            }
            self.breaker.borrow_mut().begin(now, longest_send(pauses));
            let outcome = self.send_with_retries(&batch, pauses).await;
            let now = self.clock.now();
            let mut clicks = self.clicks.borrow_mut();
            match outcome {
                Ok(()) => clicks.sent(&batch),
                // The queue is available and refused this batch.
                Err(DropReason::QueueRefused) => clicks.give_up(&batch, DropReason::QueueRefused),
                Err(_) => {
                    self.breaker.borrow_mut().failed(now, self.clock.random());
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

    /// Tries once, and again after each pause, which is drawn between zero and the given one (full jitter).
    async fn send_with_retries(&self, batch: &SealedBatch, pauses: &[Duration]) -> Result<(), DropReason> {
        let SealedBatch { batch: number, clicks, .. } = batch;
        let mut pauses = pauses.iter();
        loop {
            let error = match self.queue.send(batch).await {
                Ok(answer) if answer.status == 200 => return Ok(()),
                Ok(answer) if is_permanent_refusal(answer.status, &answer.error_code) => {
                    let answer = String::from_utf8_lossy(&answer.body).into_owned();
                    tracing::error!(batch = number, clicks, answer, "queue refused a batch");
                    return Err(DropReason::QueueRefused);
                }
                Ok(answer) => format!("it answered {}", answer.status),
                Err(error) => error,
            };
            tracing::warn!(batch = number, error, "queue did not take a batch");
            let Some(longest) = pauses.next() else {
                tracing::error!(batch = number, clicks, "a batch of clicks has to wait");
                return Err(DropReason::QueueUnavailable);
            };
            (self.sleep)(longest.mul_f64(self.clock.random())).await;
        }
    }
}

/// An attempt, and one more after each pause.
fn longest_send(pauses: &[Duration]) -> Duration {
    pauses
        .iter()
        .map(|pause| QUEUE_ATTEMPT.saturating_add(*pause))
        .sum::<Duration>()
        .saturating_add(QUEUE_ATTEMPT)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_executor::block_on;
    use link_core::clicks::batch::ClickBatch;

    use super::*;
    use edge_runtime::click_queue::QueueAnswer;
    use edge_runtime::timing::clock::fixtures::TestClock;
    use edge_runtime::timing::timeouts::WAIT_UNTIL;

    type Answer = Result<QueueAnswer, String>;

    fn answer(status: u16, error_code: &str) -> Answer {
        Ok(QueueAnswer { status, error_code: error_code.to_owned(), body: Vec::new() })
    }

    fn sent() -> Answer {
        answer(200, "")
    }

    fn unavailable() -> Answer {
        answer(503, "")
    }

    fn refused() -> Answer {
        answer(400, "com.amazonaws.sqs#InvalidMessageContents")
    }

    /// A queue that takes time for each answer.
    struct Slow {
        clock: TestClock,
        takes: Duration,
        answers: RefCell<VecDeque<Answer>>,
        /// The batch of each attempt.
        attempts: RefCell<Vec<u32>>,
        pauses: RefCell<Vec<u128>>,
        clicks: RefCell<ClickBuffer>,
        breaker: RefCell<Breaker>,
    }

    impl ClickQueue for Slow {
        async fn send(&self, batch: &SealedBatch) -> Answer {
            self.clock.0.set(self.clock.0.get() + millis(self.takes));
            self.attempts.borrow_mut().push(batch.batch);
            let breaker = self.breaker.borrow();
            assert!(
                breaker.is_closed() || !breaker.admits(self.clock.now()),
                "a second probe was let through"
            );
            self.answers.borrow_mut().pop_front().unwrap_or_else(sent)
        }
    }

    impl Slow {
        /// With `waiting` postponed batches. After the answers every attempt succeeds.
        fn with(waiting: usize, takes: Duration, answers: impl IntoIterator<Item = Answer>) -> Self {
            let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
            let queue = Self {
                clock: TestClock::default(),
                takes,
                answers: RefCell::new(answers.into_iter().collect()),
                attempts: RefCell::default(),
                pauses: RefCell::default(),
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
            clicks.record_orphan_visit("a", self.clock.now());
            clicks.flush().unwrap()
        }

        /// Ships one new batch, and returns how long the invocation took.
        fn ship(&self) -> Duration {
            let began = self.clock.now();
            let (clicks, breaker) = (&self.clicks, &self.breaker);
            let sleep = async |pause: Duration| {
                self.pauses.borrow_mut().push(pause.as_millis());
                self.clock.0.set(self.clock.0.get() + millis(pause));
            };
            let shipping = Shipping { clicks, breaker, queue: self, clock: &self.clock, sleep: &sleep };
            block_on(shipping.send(self.seal(), began));
            Duration::from_millis(self.clock.now().millis_since(began).unsigned_abs())
        }

        fn waiting(&self) -> Vec<u32> {
            std::iter::from_fn(|| self.clicks.borrow_mut().next_waiting()).map(|batch| batch.batch).collect()
        }
    }

    const QUICK: Duration = Duration::from_millis(10);

    #[test]
    fn new_batch_has_four_attempts_with_jitter() {
        let timeout = Err("no answer within 5s".to_owned());
        let throttled = answer(400, "com.amazonaws.sqs#RequestThrottled");
        let queue = Slow::with(0, QUICK, [unavailable(), timeout, throttled, answer(403, "")]);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [1; 4]);
        assert_eq!(*queue.pauses.borrow(), [200, 800, 3_200], "half of the longest ones");
        assert_eq!(queue.waiting(), [1]);
    }

    #[test]
    fn probe_is_alone_through_all_its_attempts() {
        let slow = QUEUE_ATTEMPT.saturating_sub(Duration::from_millis(1));
        let queue = Slow::with(0, slow, (0..4).map(|_| unavailable()));
        (0..5).for_each(|_| queue.breaker.borrow_mut().failed(UnixMillis(0), 0.5));
        queue.clock.0.set(1_000);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [1; 4]);
        assert!(!queue.breaker.borrow().is_closed());
    }

    #[test]
    fn postponed_batches_follow_a_sent_one_and_are_tried_once() {
        let queue = Slow::with(2, QUICK, [unavailable(), sent(), sent(), unavailable()]);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [3, 3, 1, 2]);
        assert_eq!(queue.waiting(), [2]);
    }

    #[test]
    fn invocation_stops_in_time_and_the_next_continues() {
        let slowest = QUEUE_ATTEMPT.saturating_sub(Duration::from_millis(1));
        for takes in [Duration::from_millis(700), Duration::from_secs(3), slowest] {
            let queue = Slow::with(50, takes, []);
            assert!(queue.ship() < WAIT_UNTIL);
            let first = queue.attempts.borrow().len();
            assert!((2..50).contains(&first), "{first}");
            while queue.attempts.borrow().len() < 51 {
                assert!(queue.ship() < WAIT_UNTIL);
            }
            let mut attempts = queue.attempts.borrow().clone();
            attempts.sort_unstable();
            attempts.dedup();
            assert_eq!(attempts.len(), queue.attempts.borrow().len(), "a batch was sent twice");
        }
    }

    #[test]
    fn failed_batch_is_postponed_and_ends_the_run() {
        let queue = Slow::with(3, QUICK, [sent(), unavailable()]);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [4, 1]);
        assert_eq!(queue.waiting(), [2, 3, 1]);
    }

    #[test]
    fn refused_batch_is_declared_after_a_sent_one() {
        let queue = Slow::with(1, QUICK, [refused(), sent()]);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [2, 1, 3]);
        let queue = Slow::with(0, QUICK, [refused(), unavailable()]);
        queue.ship();
        assert_eq!(*queue.attempts.borrow(), [1], "no batch was sent that the declaration could follow");
        let next = ClickBatch::decode(&queue.seal().body).unwrap();
        assert_eq!(next.head.dropped.len(), 1);
    }
}
