//! Every time limit of the consumer, and how an invocation's time is divided.

use std::time::Duration;

use startup::sqs::SqsTimeouts;
use tokio::time::Instant;

/// To connect to Postgres, or to notice that an old connection is dead. Connecting with TLS takes well under 0.1 s. When the database
/// is down, an invocation must learn it in time to return its messages.
pub const DATABASE_CONNECT: Duration = Duration::from_secs(2);
/// The levels of the log share the only connection to the links database with what clicks write there.
pub const LOG_LEVELS: Duration = Duration::from_secs(1);
/// To connect to the links database. Short: the next invocation writes the same totals again.
pub const LINKS_CONNECT: Duration = Duration::from_millis(500);
/// SQS is in the same region. Calls take some 10 ms; an attempt that hangs must leave time for a retry.
pub const QUEUE_TIMEOUTS: SqsTimeouts =
    SqsTimeouts { connect: Duration::from_secs(1), attempt: Duration::from_secs(2) };

/// For one group of messages where no Lambda sets a time: far below the queue's visibility timeout, after which the messages would
/// come to another consumer too.
pub const GROUP: Duration = Duration::from_secs(30);
/// To wait for messages in one call. At most 20 s (SQS).
pub const LONG_POLL: Duration = Duration::from_secs(10);
/// Between calls to a queue that fails: the first pause, doubled up to the last.
pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
pub const LAST_PAUSE: Duration = Duration::from_secs(30);

/// The longest first delay of a message that could not be stored. Short: most failures are a deadlock or a failover.
pub const FIRST_RETRY_SECONDS: u32 = 5;
/// Bounds how late clicks arrive after the database has recovered. An outage of a day then costs a message about 200 receives at
/// most, and the queue allows 1,000 before it moves a message to the dead-letter queue.
pub const MAX_RETRY_SECONDS: u32 = 15 * 60;

/// The share of an invocation reserved for returning messages after storing has to stop (a quarter), and its maximum: a thousand
/// messages take 100 calls to SQS, several at a time.
const ANSWERING_SHARE: u32 = 4;
const MAX_ANSWERING: Duration = Duration::from_secs(5);
/// The share reserved for the response to reach Lambda (a twentieth), and its maximum. A function that times out fails all its
/// messages, the stored ones included.
const MARGIN_SHARE: u32 = 20;
const MAX_MARGIN: Duration = Duration::from_millis(500);

/// The deadlines of one invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Storing stops; what is not committed goes back to the queue.
    pub store_by: Instant,
    /// Calls to SQS stop, and the response is sent.
    pub answer_by: Instant,
}

impl Deadlines {
    /// `remaining` is the time until Lambda ends the function.
    pub fn new(now: Instant, remaining: Duration) -> Self {
        let margin = (remaining / MARGIN_SHARE).min(MAX_MARGIN);
        let answering = (remaining / ANSWERING_SHARE).min(MAX_ANSWERING);
        let until_answer = remaining.saturating_sub(margin);
        Self { store_by: now + until_answer.saturating_sub(answering), answer_by: now + until_answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storing_and_answering_end_before_the_timeout() {
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
