//! One piece of work for all requests that come while the one before is under way, as a database commits in groups. Decides who
//! shares with whom; not what the work is, nor how many may wait for it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::limits::{GATHERED_WORKS, MAX_GATHERED};

/// What a statement costs by itself (its way through the pool, a round trip, its start and end in Postgres) is several times
/// what a row of it costs. Under load requests share that; alone, a request is served at once and by itself.
pub struct Gathering<Q, A>(Arc<Mutex<State<Q, A>>>);

struct State<Q, A> {
    waiting: Vec<(Q, oneshot::Sender<A>)>,
    works: usize,
}

impl<Q, A> Default for Gathering<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { waiting: Vec::new(), works: 0 })))
    }
}

impl<Q, A> Clone for Gathering<Q, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q, A> fmt::Debug for Gathering<Q, A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(formatter, "Gathering({} waiting, {} under way)", state.waiting.len(), state.works)
    }
}

impl<Q, A> Gathering<Q, A> {
    fn lock(&self) -> MutexGuard<'_, State<Q, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Send + 'static, A: Send + 'static> Gathering<Q, A> {
    /// `work` answers every question, in their order, and goes on with those that come meanwhile. Nothing is done for
    /// whoever has stopped waiting before its turn. `None` where the work broke off: only after a panic.
    pub async fn ask<W>(&self, question: Q, work: impl Fn(Vec<Q>) -> W + Send + 'static) -> Option<A>
    where
        W: Future<Output = Vec<A>> + Send + 'static,
    {
        let (asker, answer) = oneshot::channel();
        if let Some(turn) = self.join(question, asker) {
            tokio::spawn(turn.serve(work));
        }
        answer.await.ok()
    }

    /// `None` where those under way will serve this one too.
    fn join(&self, question: Q, asker: oneshot::Sender<A>) -> Option<Turn<Q, A>> {
        let mut state = self.lock();
        state.waiting.push((question, asker));
        if state.works == GATHERED_WORKS {
            return None;
        }
        state.works += 1;
        Some(Turn { gathering: self.clone(), ended: false })
    }
}

/// One of those under way.
struct Turn<Q, A> {
    gathering: Gathering<Q, A>,
    ended: bool,
}

impl<Q, A> Turn<Q, A> {
    async fn serve<W: Future<Output = Vec<A>>>(mut self, work: impl Fn(Vec<Q>) -> W) {
        while let Some((questions, askers)) = self.next() {
            for (asker, answer) in askers.into_iter().zip(work(questions).await) {
                // It may have gone meanwhile.
                let _ = asker.send(answer);
            }
        }
    }

    /// Ends where nobody waits: under the one lock, so that whoever comes then begins anew.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<oneshot::Sender<A>>)> {
        let mut state = self.gathering.lock();
        state.waiting.retain(|(_, asker)| !asker.is_closed());
        if state.waiting.is_empty() {
            state.works -= 1;
            drop(state);
            self.ended = true;
            return None;
        }
        let gathered = state.waiting.len().min(MAX_GATHERED);
        Some(state.waiting.drain(..gathered).unzip())
    }
}

impl<Q, A> Drop for Turn<Q, A> {
    fn drop(&mut self) {
        if !self.ended {
            self.gathering.lock().works -= 1;
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

    type Asking = Pin<Box<dyn Future<Output = Option<Vec<usize>>>>>;

    /// Each piece of work waits to be let through, and answers each question with all that it was asked.
    struct Gated {
        gathering: Gathering<usize, Vec<usize>>,
        gate: Arc<Semaphore>,
    }

    impl Gated {
        fn new() -> Self {
            Self { gathering: Gathering::default(), gate: Arc::new(Semaphore::new(0)) }
        }

        async fn begin(&self, question: usize) -> Asking {
            let (gathering, gate) = (self.gathering.clone(), Arc::clone(&self.gate));
            let work = move |questions: Vec<usize>| {
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    questions.iter().map(|_| questions.clone()).collect()
                }
            };
            let mut asking: Asking = Box::pin(async move { gathering.ask(question, work).await });
            let pending = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_pending())).await;
            assert!(pending);
            asking
        }

        /// As many as may be, each with one question.
        async fn begin_all_works(&self) -> Vec<Asking> {
            let mut asking = Vec::new();
            for question in 0..GATHERED_WORKS {
                asking.push(self.begin(question).await);
                while !self.gathering.lock().waiting.is_empty() {
                    tokio::task::yield_now().await;
                }
            }
            asking
        }
    }

    #[tokio::test]
    async fn who_comes_while_all_are_under_way_shares_the_next() {
        let gated = Gated::new();
        let first = gated.begin_all_works().await;
        let later = [gated.begin(7).await, gated.begin(8).await];
        gated.gate.add_permits(GATHERED_WORKS + 1);
        for (question, asking) in first.into_iter().enumerate() {
            assert_eq!(asking.await.unwrap(), [question]);
        }
        for asking in later {
            assert_eq!(asking.await.unwrap(), [7, 8]);
        }
    }

    #[tokio::test]
    async fn nothing_is_done_for_whoever_has_gone() {
        let gated = Gated::new();
        let _first = gated.begin_all_works().await;
        let gone = gated.begin(7).await;
        let stays = gated.begin(8).await;
        drop(gone);
        gated.gate.add_permits(GATHERED_WORKS + 1);
        assert_eq!(stays.await.unwrap(), [8]);
    }

    #[tokio::test]
    async fn one_piece_of_work_has_its_limit() {
        let gated = Gated::new();
        let _first = gated.begin_all_works().await;
        let mut later = Vec::new();
        for question in 0..=MAX_GATHERED {
            later.push(gated.begin(question).await);
        }
        gated.gate.add_permits(GATHERED_WORKS + 2);
        assert_eq!(later.pop().unwrap().await.unwrap(), [MAX_GATHERED]);
        assert_eq!(later.pop().unwrap().await.unwrap().len(), MAX_GATHERED);
    }

    #[tokio::test]
    async fn after_a_panic_others_are_served() {
        let gathering = Gathering::<bool, ()>::default();
        let work = async |questions: Vec<bool>| {
            assert!(!questions.contains(&true));
            vec![(); questions.len()]
        };
        for _ in 0..=GATHERED_WORKS {
            assert_eq!(gathering.ask(true, work).await, None);
        }
        assert_eq!(gathering.ask(false, work).await, Some(()));
    }
}
