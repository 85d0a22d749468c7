//! Every time limit of the consumer, with its reason, and how an invocation's time is divided. Reads no clock.

use std::time::Duration;

use tokio::time::Instant;

/// To reach Postgres, or to see that an old connection is dead. A connection with TLS takes well under 0.1 s; when the
/// database is away, an invocation should learn it while there is time left to put its messages back.
pub const DATABASE_CONNECT: Duration = Duration::from_secs(2);
/// To reach the links database, for totals that the next click tells again.
pub const LINKS_CONNECT: Duration = Duration::from_millis(500);
/// One connection to SQS, in the same region.
pub const QUEUE_CONNECT: Duration = Duration::from_secs(1);
/// One try of a call to SQS. Calls take some 10 ms; a hanging one should leave time for another try.
pub const QUEUE_ATTEMPT: Duration = Duration::from_secs(2);

/// How soon a message comes back that the database could not take. Short: most failures are one deadlock or a failover.
pub const FIRST_RETURN_SECONDS: u32 = 5;
/// Bounds how long clicks stay away after the database has recovered. With it, an outage of a day costs a message
/// about 200 receives at most, and the queue allows 1,000 before it gives a message up.
pub const LONGEST_RETURN_SECONDS: u32 = 15 * 60;

/// The share of an invocation that is kept for putting messages back once storing has to stop, and its maximum: a
/// thousand messages take 100 calls to SQS, some at a time.
const ANSWERING_SHARE: u32 = 4;
const ANSWERING_AT_MOST: Duration = Duration::from_secs(5);
/// The share that is kept for the answer's own way to Lambda, and its maximum. A function that times out fails all its
/// messages, the stored ones too.
const MARGIN_SHARE: u32 = 20;
const MARGIN_AT_MOST: Duration = Duration::from_millis(500);

/// Until when an invocation may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Storing ends; what is not committed goes back to the queue.
    pub store_by: Instant,
    /// Calls to SQS end; the answer is given.
    pub answer_by: Instant,
}

impl Deadlines {
    /// `remaining` is what Lambda leaves the function from `now` on.
    pub fn new(now: Instant, remaining: Duration) -> Self {
        let margin = (remaining / MARGIN_SHARE).min(MARGIN_AT_MOST);
        let answering = (remaining / ANSWERING_SHARE).min(ANSWERING_AT_MOST);
        let until_answer = remaining.saturating_sub(margin);
        Self { store_by: now + until_answer.saturating_sub(answering), answer_by: now + until_answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storing_ends_before_answering_and_answering_before_the_function_times_out() {
        let now = Instant::now();
        for (timeout, store_by, answer_by) in [(5_000, 3_500, 4_750), (30_000, 24_500, 29_500), (0, 0, 0)] {
            let expected = Deadlines {
                store_by: now + Duration::from_millis(store_by),
                answer_by: now + Duration::from_millis(answer_by),
            };
            assert_eq!(Deadlines::new(now, Duration::from_millis(timeout)), expected);
        }
    }
}
