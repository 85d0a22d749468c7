//! Decides whether a failed request is sent again, and when.

use std::time::Duration;

/// Attempts of one request, the first included.
pub const MAX_ATTEMPTS: u32 = 6;
/// For all waits of one request together. A key's limits are per minute, so a command outlasts one.
const MAX_TOTAL_WAIT: Duration = Duration::from_secs(75);
/// Before the second attempt when the server names no time; doubled for each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Attempts when nothing listens: an installation that restarts is back within a second, a wrong address never is.
const MAX_CONNECT_ATTEMPTS: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was sent.
    NotConnected,
    /// The request was sent, and no complete answer came.
    NoAnswer,
    /// 429, or a 5xx.
    Status(u16),
}

/// What is known of a request that failed.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Whether the request can be sent twice: it reads, or carries an idempotency key, or deletes.
    pub repeatable: bool,
    pub retry_after: Option<Duration>,
    /// Of this request so far.
    pub waited: Duration,
}

/// How long to wait before the next attempt; None to give up. `jitter` is from 0 to 255.
pub fn next_wait(failure: Failure, attempt: Attempt, jitter: u8) -> Option<Duration> {
    let max_attempts = if failure == Failure::NotConnected { MAX_CONNECT_ATTEMPTS } else { MAX_ATTEMPTS };
    // The API writes nothing when it answers 429 or 503.
    let is_safe = match failure {
        Failure::NotConnected | Failure::Status(429 | 503) => true,
        Failure::NoAnswer => attempt.repeatable,
        Failure::Status(status) => attempt.repeatable && matches!(status, 502 | 504),
    };
    if !is_safe || attempt.number >= max_attempts {
        return None;
    }
    let doubled = FIRST_WAIT * 2_u32.pow((attempt.number - 1).min(8));
    let spread = doubled * u32::from(jitter) / 512;
    let wait = attempt.retry_after.unwrap_or(doubled + spread);
    (attempt.waited + wait <= MAX_TOTAL_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u32, repeatable: bool) -> Attempt {
        Attempt { number, repeatable, retry_after: None, waited: Duration::ZERO }
    }

    #[test]
    fn server_names_the_wait() {
        let limited = Attempt { retry_after: Some(Duration::from_secs(7)), ..attempt(1, false) };
        assert_eq!(next_wait(Failure::Status(429), limited, 255), Some(Duration::from_secs(7)));
        let long = Attempt { retry_after: Some(Duration::from_secs(3_600)), ..limited };
        assert_eq!(next_wait(Failure::Status(429), long, 0), None);
        let waited = Attempt { waited: Duration::from_secs(70), ..limited };
        assert_eq!(next_wait(Failure::Status(429), waited, 0), None);
    }

    #[test]
    fn write_that_may_have_arrived_is_not_repeated() {
        for failure in [Failure::NoAnswer, Failure::Status(502), Failure::Status(504)] {
            assert_eq!(next_wait(failure, attempt(1, false), 0), None, "{failure:?}");
            assert_eq!(next_wait(failure, attempt(1, true), 0), Some(FIRST_WAIT), "{failure:?}");
        }
        assert_eq!(next_wait(Failure::Status(503), attempt(1, false), 0), Some(FIRST_WAIT));
        // A defect stays one.
        assert_eq!(next_wait(Failure::Status(500), attempt(1, true), 0), None);
    }

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..=MAX_ATTEMPTS)
            .map(|number| {
                next_wait(Failure::Status(503), attempt(number, true), 0).map(|wait| wait.as_millis())
            })
            .collect();
        assert_eq!(waits, [Some(250), Some(500), Some(1_000), Some(2_000), Some(4_000), None]);
        assert_eq!(next_wait(Failure::NotConnected, attempt(3, true), 0), None);
        assert!(next_wait(Failure::Status(503), attempt(1, true), 255) < Some(FIRST_WAIT * 2));
    }
}
