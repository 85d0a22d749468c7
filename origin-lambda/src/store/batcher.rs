//! Request batching: one batch for all requests that come while the previous batch runs, as databases do with group commit. Does
//! not decide what a batch does, or how many requests may wait.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use super::trace::batch_span;
use crate::limits::{MAX_BATCHED_REQUESTS, MAX_CONCURRENT_BATCHES};

/// A statement by itself (the pool, a round trip, its start and end in Postgres) costs several times what a row costs. Under load
/// requests share that; a single request is served immediately, in a batch of its own.
pub struct Batcher<R, A>(Arc<Mutex<Queue<R, A>>>);

struct Queue<R, A> {
    waiting: Vec<Waiting<R, A>>,
    running: usize,
}

struct Waiting<R, A> {
    request: R,
    sender: oneshot::Sender<A>,
    /// The span that waits.
    span: Span,
}

impl<R, A> Default for Batcher<R, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Queue { waiting: Vec::new(), running: 0 })))
    }
}

impl<R, A> Clone for Batcher<R, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R, A> fmt::Debug for Batcher<R, A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.lock();
        write!(formatter, "Batcher({} waiting, {} running)", queue.waiting.len(), queue.running)
    }
}

impl<R, A> Batcher<R, A> {
    fn lock(&self) -> MutexGuard<'_, Queue<R, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Send + 'static, A: Send + 'static> Batcher<R, A> {
    /// Adds a request to the next batch. `work` returns an answer per request, in order, and is called again for the requests
    /// that came meanwhile. Skips requests that are no longer awaited. `None` if the batch failed: only after a panic.
    pub async fn run<W>(&self, request: R, work: impl Fn(Vec<R>) -> W + Send + 'static) -> Option<A>
    where
        W: Future<Output = Vec<A>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        if let Some(runner) = self.enqueue(request, sender) {
            tokio::spawn(runner.serve(work));
        }
        answer.await.ok()
    }

    /// `None` if a current runner will serve this request too.
    fn enqueue(&self, request: R, sender: oneshot::Sender<A>) -> Option<BatchRunner<R, A>> {
        let mut queue = self.lock();
        queue.waiting.push(Waiting { request, sender, span: Span::current() });
        if queue.running == MAX_CONCURRENT_BATCHES {
            return None;
        }
        queue.running += 1;
        Some(BatchRunner { batcher: self.clone(), ended: false })
    }
}

/// Runs one batch after the other.
struct BatchRunner<R, A> {
    batcher: Batcher<R, A>,
    ended: bool,
}

impl<R, A> BatchRunner<R, A> {
    async fn serve<W: Future<Output = Vec<A>>>(mut self, work: impl Fn(Vec<R>) -> W) {
        while let Some((requests, senders, span)) = self.next() {
            // The span ends before those that wait for it.
            let answers = work(requests).instrument(span).await;
            for (sender, answer) in senders.into_iter().zip(answers) {
                // The request may be gone.
                let _ = sender.send(answer);
            }
        }
    }

    /// Ends when no request waits: under the same lock, so that the next request starts a new runner.
    fn next(&mut self) -> Option<(Vec<R>, Vec<oneshot::Sender<A>>, Span)> {
        let mut queue = self.batcher.lock();
        queue.waiting.retain(|waiting| !waiting.sender.is_closed());
        if queue.waiting.is_empty() {
            queue.running -= 1;
            drop(queue);
            self.ended = true;
            return None;
        }
        let size = queue.waiting.len().min(MAX_BATCHED_REQUESTS);
        let batch: Vec<_> = queue.waiting.drain(..size).collect();
        drop(queue);
        let span = batch_span(batch.iter().map(|waiting| &waiting.span));
        let (requests, senders) = batch.into_iter().map(|waiting| (waiting.request, waiting.sender)).unzip();
        Some((requests, senders, span))
    }
}

impl<R, A> Drop for BatchRunner<R, A> {
    fn drop(&mut self) {
        if !self.ended {
            self.batcher.lock().running -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    use tokio::sync::Semaphore;

    use super::*;

    type PendingAnswer = Pin<Box<dyn Future<Output = Option<Vec<usize>>>>>;

    /// Each batch waits for a permit, and answers each request with the whole batch.
    struct Gated {
        batcher: Batcher<usize, Vec<usize>>,
        gate: Arc<Semaphore>,
    }

    impl Gated {
        fn new() -> Self {
            Self { batcher: Batcher::default(), gate: Arc::new(Semaphore::new(0)) }
        }

        async fn begin(&self, request: usize) -> PendingAnswer {
            let (batcher, gate) = (self.batcher.clone(), Arc::clone(&self.gate));
            let work = move |requests: Vec<usize>| {
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    requests.iter().map(|_| requests.clone()).collect()
                }
            };
            let mut pending: PendingAnswer = Box::pin(async move { batcher.run(request, work).await });
            let waits = poll_fn(|context| Poll::Ready(pending.as_mut().poll(context).is_pending())).await;
            assert!(waits);
            pending
        }

        /// Starts as many batches as may run, each with one request.
        async fn begin_all_batches(&self) -> Vec<PendingAnswer> {
            let mut pending = Vec::new();
            for request in 0..MAX_CONCURRENT_BATCHES {
                pending.push(self.begin(request).await);
                while !self.batcher.lock().waiting.is_empty() {
                    tokio::task::yield_now().await;
                }
            }
            pending
        }
    }

    #[tokio::test]
    async fn requests_during_running_batches_share_the_next() {
        let gated = Gated::new();
        let first = gated.begin_all_batches().await;
        let later = [gated.begin(7).await, gated.begin(8).await];
        gated.gate.add_permits(MAX_CONCURRENT_BATCHES + 1);
        for (request, pending) in first.into_iter().enumerate() {
            assert_eq!(pending.await.unwrap(), [request]);
        }
        for pending in later {
            assert_eq!(pending.await.unwrap(), [7, 8]);
        }
    }

    #[tokio::test]
    async fn abandoned_request_is_skipped() {
        let gated = Gated::new();
        let _first = gated.begin_all_batches().await;
        let gone = gated.begin(7).await;
        let stays = gated.begin(8).await;
        drop(gone);
        gated.gate.add_permits(MAX_CONCURRENT_BATCHES + 1);
        assert_eq!(stays.await.unwrap(), [8]);
    }

    #[tokio::test]
    async fn batch_size_is_limited() {
        let gated = Gated::new();
        let _first = gated.begin_all_batches().await;
        let mut later = Vec::new();
        for request in 0..=MAX_BATCHED_REQUESTS {
            later.push(gated.begin(request).await);
        }
        gated.gate.add_permits(MAX_CONCURRENT_BATCHES + 2);
        assert_eq!(later.pop().unwrap().await.unwrap(), [MAX_BATCHED_REQUESTS]);
        assert_eq!(later.pop().unwrap().await.unwrap().len(), MAX_BATCHED_REQUESTS);
    }

    #[tokio::test]
    async fn requests_after_a_panic_are_served() {
        let batcher = Batcher::<bool, ()>::default();
        let work = async |requests: Vec<bool>| {
            assert!(!requests.contains(&true));
            vec![(); requests.len()]
        };
        for _ in 0..=MAX_CONCURRENT_BATCHES {
            assert_eq!(batcher.run(true, work).await, None);
        }
        assert_eq!(batcher.run(false, work).await, Some(()));
    }
}
