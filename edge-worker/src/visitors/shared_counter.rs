//! The counters that the isolates of a location share: what is reported to them, and what their answers mean. They fail
//! open: without an answer a visitor is admitted.

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;

use link_core::hex::hex;
use sha2::{Digest, Sha256};

use super::visitor_limit::{VisitorLimit, visitor_prefix};
use edge_runtime::timing::clock::Clock;
use edge_runtime::timing::timeouts::RATE_LIMIT_COUNTER;

/// Counts password attempts too, under a key of their own.
const MISSES: &str = "MISSES";

pub trait SharedCounter {
    /// Counts one for the key: whether that is still admitted. The error says why there is no answer.
    async fn count(&self, binding: &str, key: &str, at_most: Option<Duration>) -> Result<bool, String>;
}

/// A limit of visitors in this isolate, and the location's counter for it.
pub struct SharedLimit<'a, C> {
    pub limit: &'a RefCell<VisitorLimit>,
    pub counter: C,
    pub secret: &'a str,
    pub clock: &'a dyn Clock,
}

impl<C: SharedCounter> SharedLimit<'_, C> {
    /// Reports a visitor whose report was due. Runs after the answer.
    pub async fn report(&self, binding: &str, visitor: Option<IpAddr>) {
        if !self.admits(binding, binding, visitor, None).await {
            self.limit.borrow_mut().refuse(visitor, self.clock.now());
        }
    }

    /// Counts a password attempt. Asks the location before the attempt: otherwise every isolate would let one guess through.
    /// `Err` holds the seconds to wait.
    pub async fn admit_password(&self, visitor: Option<IpAddr>) -> Result<(), u32> {
        self.limit.borrow_mut().admit(visitor, self.clock.now())?;
        let is_report_due = self.limit.borrow_mut().take_report(visitor);
        if !is_report_due || self.admits(MISSES, "passwords", visitor, Some(RATE_LIMIT_COUNTER)).await {
            return Ok(());
        }
        let now = self.clock.now();
        self.limit.borrow_mut().refuse(visitor, now);
        self.limit.borrow().check(visitor, now)
    }

    async fn admits(
        &self,
        binding: &str,
        counted: &str,
        visitor: Option<IpAddr>,
        at_most: Option<Duration>,
    ) -> bool {
        let key = counter_key(self.secret, counted, visitor);
        let admitted = self.counter.count(binding, &key, at_most).await;
        admitted.unwrap_or_else(|error| {
            tracing::warn!(binding, error, "the location's counter did not answer");
            true
        })
    }
}

/// The visitor's key at the shared counter: equal in every isolate, and no address. `counted` separates limits that share a
/// counter.
fn counter_key(secret: &str, counted: &str, visitor: Option<IpAddr>) -> String {
    let digest = Sha256::digest(format!("{secret}\n{counted}\n{:?}", visitor.map(visitor_prefix)));
    hex(digest.split_at(16).0)
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use edge_runtime::timing::clock::fixtures::TestClock;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    struct Counter {
        answer: Result<bool, String>,
        calls: RefCell<Vec<(String, Option<Duration>)>>,
    }

    impl SharedCounter for &Counter {
        async fn count(&self, binding: &str, _: &str, at_most: Option<Duration>) -> Result<bool, String> {
            self.calls.borrow_mut().push((binding.to_owned(), at_most));
            self.answer.clone()
        }
    }

    fn with_answer<A>(
        answer: Result<bool, &str>,
        act: impl AsyncFnOnce(SharedLimit<'_, &Counter>, &Counter) -> A,
    ) -> A {
        let answer = answer.map_err(str::to_owned);
        let (counter, clock) = (Counter { answer, calls: RefCell::default() }, TestClock::default());
        let limit = RefCell::new(VisitorLimit::per_window(10));
        block_on(act(SharedLimit { limit: &limit, counter: &counter, secret: "s", clock: &clock }, &counter))
    }

    #[test]
    fn reported_visitor_is_refused_only_if_the_location_says_so() {
        for (answer, admitted) in [(Ok(true), true), (Ok(false), false), (Err("no answer"), true)] {
            let checked = with_answer(answer, async |shared, counter| {
                shared.limit.borrow_mut().admit(address("192.0.2.1"), shared.clock.now()).unwrap();
                shared.report("VISITORS", address("192.0.2.1")).await;
                assert_eq!(*counter.calls.borrow(), [("VISITORS".to_owned(), None)]);
                shared.limit.borrow().check(address("192.0.2.1"), shared.clock.now())
            });
            assert_eq!(checked.is_ok(), admitted, "{answer:?}");
        }
    }

    #[test]
    fn password_attempt_waits_for_the_location_and_fails_open() {
        for (answer, admitted) in [(Ok(true), Ok(())), (Ok(false), Err(10)), (Err("no answer"), Ok(()))] {
            let result = with_answer(answer, async |shared, counter| {
                let result = shared.admit_password(address("192.0.2.1")).await;
                assert_eq!(*counter.calls.borrow(), [(MISSES.to_owned(), Some(RATE_LIMIT_COUNTER))]);
                result
            });
            assert_eq!(result, admitted, "{answer:?}");
        }
    }

    #[test]
    fn password_attempt_beyond_the_limit_asks_no_counter() {
        with_answer(Ok(true), async |shared, counter| {
            for _ in 0..10 {
                shared.admit_password(address("192.0.2.1")).await.unwrap();
            }
            assert_eq!(shared.admit_password(address("192.0.2.1")).await, Err(10));
            assert_eq!(counter.calls.borrow().len(), 10);
        });
    }

    #[test]
    fn counter_key_is_the_prefixs_and_no_address() {
        let key = |text| counter_key("secret", "misses", address(text));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert!(!key("192.0.2.1").contains("192"));
        assert_ne!(key("192.0.2.1"), counter_key("secret", "passwords", address("192.0.2.1")));
    }
}
