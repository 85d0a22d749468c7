//! Fail-over: how long the first origin may take, whether a second one is asked, and what an answer says about an origin.

use std::cell::RefCell;
use std::time::Duration;

use super::choice::{CallKind, CallOutcome, NoOrigin, OriginCall, Origins};
use crate::lookup::OriginError;
use crate::timing::clock::Clock;

/// An HTTP answer from an origin's URL.
#[derive(Debug)]
pub struct Received<R> {
    pub status: u16,
    /// The origin echoes the request id. An answer without it comes from elsewhere: a refused signature, a throttled
    /// function, a proxy.
    pub echoes_request_id: bool,
    pub reply: R,
}

pub struct Failover<'a> {
    pub origins: &'a RefCell<Origins>,
    pub clock: &'a dyn Clock,
    pub request_id: &'a str,
}

impl Failover<'_> {
    /// Repeats an idempotent call at a second origin when the first fails, or takes more than half the timeout. A write is
    /// repeated only where it certainly never reached the first origin. `send` sends the call to a URL within a time; its
    /// error says why there is no answer.
    pub async fn call<R>(
        &self,
        kind: CallKind,
        method: &str,
        timeout: Duration,
        send: impl AsyncFn(&str, Duration) -> Result<Received<R>, String>,
    ) -> Result<R, OriginError> {
        let is_idempotent = kind == CallKind::Gate || matches!(method, "GET" | "HEAD");
        let began = self.clock.now();
        let first = self.begin(kind, None).map_err(|no_origin| self.no_origin(no_origin))?;
        let at_most = if is_idempotent && first.has_alternative { timeout / 2 } else { timeout };
        let answer = self.ended(&first, send(&first.url, at_most).await);
        if !may_repeat(&answer, is_idempotent) {
            return answer.map(|received| received.reply);
        }
        let Ok(second) = self.begin(kind, Some(&first)) else {
            return answer.map(|received| received.reply);
        };
        let spent = Duration::from_millis(self.clock.now().millis_since(began).unsigned_abs());
        let answer = send(&second.url, timeout.saturating_sub(spent)).await;
        self.ended(&second, answer).map(|received| received.reply)
    }

    fn begin(&self, kind: CallKind, not: Option<&OriginCall>) -> Result<OriginCall, NoOrigin> {
        self.origins.borrow_mut().begin(kind, self.clock.now(), not, || self.clock.random())
    }

    fn no_origin(&self, no_origin: NoOrigin) -> OriginError {
        match no_origin {
            NoOrigin::BreakerOpen => OriginError::Unavailable("the circuit breaker is open".to_owned()),
            NoOrigin::LimitReached => {
                if let Some(lookups) = self.origins.borrow_mut().count_skipped(self.clock.now()) {
                    let (request_id, reason) = (self.request_id, "limit_reached");
                    tracing::warn!(
                        request_id,
                        reason,
                        lookups,
                        "lookups were skipped at the concurrency limit"
                    );
                }
                OriginError::LimitReached
            }
        }
    }

    /// Reports the end of a call, and logs what is wrong with the origin.
    fn ended<R>(
        &self,
        call: &OriginCall,
        answer: Result<Received<R>, String>,
    ) -> Result<Received<R>, OriginError> {
        let (outcome, answer) = classify(answer);
        self.origins.borrow_mut().ended(call, self.clock.now(), outcome, self.clock.random());
        let (request_id, origin) = (self.request_id, call.url.as_str());
        match &answer {
            Ok(received) if received.status < 500 => {}
            // The origin itself answered (its analytics database may be down), so it is reachable.
            Ok(received) => {
                let reason = format!("it answered {}", received.status);
                tracing::warn!(request_id, origin, reason, "origin cannot answer");
            }
            // No outage; a retry does not help: a wrong key, a missing permission, a wrong URL.
            Err(OriginError::Refused(status)) => {
                let reason = "refused_before_origin";
                tracing::error!(request_id, origin, reason, status, "a call was refused before the origin");
            }
            Err(error) => {
                let reason = error.to_string();
                tracing::warn!(request_id, origin, reason, "origin cannot answer");
            }
        }
        answer
    }
}

fn may_repeat<R>(answer: &Result<Received<R>, OriginError>, is_idempotent: bool) -> bool {
    match answer {
        Ok(received) => is_idempotent && received.status >= 500,
        // Other refusals (a call too long or malformed) would be the same at another origin.
        Err(OriginError::Refused(status)) => matches!(status, 401 | 403 | 404),
        Err(OriginError::Throttled) => true,
        Err(_) => is_idempotent,
    }
}

fn classify<R>(answer: Result<Received<R>, String>) -> (CallOutcome, Result<Received<R>, OriginError>) {
    let received = match answer {
        Ok(received) if received.echoes_request_id => return (CallOutcome::Answered, Ok(received)),
        Ok(received) => received,
        Err(error) => return (CallOutcome::Failed, Err(OriginError::Unavailable(error))),
    };
    let outcome = CallOutcome::in_front(received.status);
    let error = match outcome {
        CallOutcome::Throttled => OriginError::Throttled,
        CallOutcome::Refused => OriginError::Refused(received.status),
        CallOutcome::Answered | CallOutcome::Failed => {
            OriginError::Unavailable(format!("a proxy in front of it answered {}", received.status))
        }
    };
    (outcome, Err(error))
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::timing::clock::fixtures::TestClock;

    const TIMEOUT: Duration = Duration::from_secs(2);

    /// Origins whose answers are given in the order of the calls; after them every call succeeds.
    struct Edge {
        origins: RefCell<Origins>,
        clock: TestClock,
        answers: RefCell<Vec<Result<Received<&'static str>, String>>>,
        calls: RefCell<Vec<(String, Duration)>>,
        /// How long each call takes.
        takes_millis: i64,
    }

    impl Edge {
        fn new(origins: usize, answers: Vec<Result<Received<&'static str>, String>>) -> Self {
            let urls: Vec<String> = (0..origins).map(|number| format!("http://origin-{number}")).collect();
            Self {
                origins: RefCell::new(Origins::new(&urls)),
                clock: TestClock::default(),
                answers: RefCell::new(answers.into_iter().rev().collect()),
                calls: RefCell::default(),
                takes_millis: 300,
            }
        }

        fn call(&self, kind: CallKind, method: &str) -> Result<&'static str, OriginError> {
            let Self { origins, clock, .. } = self;
            let failover = Failover { origins, clock, request_id: "a-1" };
            block_on(failover.call(kind, method, TIMEOUT, async |url: &str, at_most: Duration| {
                self.calls.borrow_mut().push((url.to_owned(), at_most));
                self.clock.0.set(self.clock.0.get() + self.takes_millis);
                self.answers.borrow_mut().pop().unwrap_or_else(|| own(200))
            }))
        }

        fn timeouts(&self) -> Vec<u128> {
            self.calls.borrow().iter().map(|(_, at_most)| at_most.as_millis()).collect()
        }
    }

    fn own(status: u16) -> Result<Received<&'static str>, String> {
        Ok(Received { status, echoes_request_id: true, reply: "own" })
    }

    fn proxy(status: u16) -> Result<Received<&'static str>, String> {
        Ok(Received { status, echoes_request_id: false, reply: "proxy" })
    }

    fn silence() -> Result<Received<&'static str>, String> {
        Err("no answer".into())
    }

    #[test]
    fn idempotent_call_gives_the_first_origin_half_the_time() {
        let edge = Edge::new(2, vec![silence()]);
        assert_eq!(edge.call(CallKind::Lookup, "GET").unwrap(), "own");
        assert_eq!(edge.timeouts(), [1_000, 1_700], "the second one has what is left");
        let calls = edge.calls.borrow();
        assert_ne!(calls[0].0, calls[1].0);
    }

    #[test]
    fn single_origin_has_the_whole_time_and_is_asked_once() {
        let edge = Edge::new(1, vec![silence()]);
        assert!(matches!(edge.call(CallKind::Lookup, "GET"), Err(OriginError::Unavailable(_))));
        assert_eq!(edge.timeouts(), [2_000]);
    }

    #[test]
    fn write_is_repeated_only_if_it_never_reached_the_origin() {
        for (answer, calls) in [
            (silence(), 1),
            (own(500), 1),
            (own(404), 1),
            (proxy(502), 1),
            (proxy(413), 1),
            (proxy(403), 2),
            (proxy(429), 2),
        ] {
            let edge = Edge::new(2, vec![answer]);
            let _ = edge.call(CallKind::Other, "POST");
            assert_eq!((edge.calls.borrow().len(), edge.timeouts()[0]), (calls, 2_000));
        }
    }

    #[test]
    fn idempotent_call_is_repeated_after_a_failure() {
        for (kind, method, answer, calls) in [
            (CallKind::Lookup, "GET", own(503), 2),
            (CallKind::Lookup, "GET", own(404), 1),
            (CallKind::Lookup, "GET", proxy(502), 2),
            (CallKind::Lookup, "GET", proxy(414), 1),
            (CallKind::Other, "HEAD", silence(), 2),
            (CallKind::Gate, "POST", silence(), 2),
        ] {
            let edge = Edge::new(2, vec![answer]);
            let _ = edge.call(kind, method);
            assert_eq!(edge.calls.borrow().len(), calls, "{kind:?} {method}");
        }
    }

    #[test]
    fn answer_of_a_proxy_is_an_error() {
        for (status, message) in [
            (200, "the origin cannot answer: a proxy in front of it answered 200"),
            (403, "a proxy in front of the origin refused the call (403)"),
            (429, "a proxy in front of the origin takes no more calls (429)"),
        ] {
            let edge = Edge::new(1, vec![proxy(status)]);
            assert_eq!(edge.call(CallKind::Lookup, "GET").unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn own_answer_is_passed_on_whatever_its_status() {
        for status in [200, 404, 500] {
            let edge = Edge::new(1, vec![own(status)]);
            assert_eq!(edge.call(CallKind::Lookup, "GET").unwrap(), "own");
        }
    }

    #[test]
    fn open_breaker_sends_nothing() {
        let edge = Edge::new(1, (0..5).map(|_| silence()).collect());
        (0..5).for_each(|_| drop(edge.call(CallKind::Lookup, "GET")));
        let error = edge.call(CallKind::Lookup, "GET").unwrap_err();
        assert_eq!(error.to_string(), "the origin cannot answer: the circuit breaker is open");
        assert_eq!(edge.calls.borrow().len(), 5);
    }
}
