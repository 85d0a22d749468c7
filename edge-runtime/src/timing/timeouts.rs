//! Every timeout and retry of the edge, in one table.

use std::time::Duration;

#[cfg(test)]
use link_core::clicks::buffer::FLUSH;

/// A lookup at the origin, while a visitor waits. A Lambda cold start with a new database connection fits.
pub const RESOLVE: Duration = Duration::from_millis(2_000);
/// A read from the data centre's cache, which usually takes a few milliseconds. A timeout is a miss.
pub const COLO: Duration = Duration::from_millis(200);
/// A write to the data centre's cache, which usually takes a few milliseconds and cannot be cancelled. So it begins only
/// while this much of [`RESOLVE`] is left.
pub const FILL: Duration = Duration::from_millis(500);
/// This long after a change, no answer from before it is still travelling to a cache: every such write lands within the
/// origin's timeout.
pub const SECOND_PURGE_DELAY: Duration = RESOLVE;
/// A forwarded API call. Longer than the origin's statement timeout, so that the origin's answer arrives.
pub const API: Duration = Duration::from_secs(15);
/// From the first to the last byte of a usual body.
pub const UPLOAD: Duration = Duration::from_secs(10);
/// The same for a bulk: 4.5 MB take this long at 1.2 Mbit/s.
pub const BULK_UPLOAD: Duration = Duration::from_secs(30);
/// Reading what is left of a refused body. A small one has arrived already; who sends it slower loses the connection.
pub const DISCARD: Duration = Duration::from_secs(1);
/// The longest that a body is in memory: checking the key, receiving it, waiting for the origin.
pub const UPLOAD_LONGEST: Duration = API.saturating_mul(2).saturating_add(BULK_UPLOAD);
/// The origin's check of a key, before an API call with a large body.
pub const KEY_CHECK: Duration = Duration::from_secs(5);
/// How long a readiness check is reused, since probes may come at any rate.
pub const READINESS_REMEMBERED: Duration = Duration::from_secs(1);
/// A password check at the origin, where hashing is slow on purpose.
pub const UNLOCK: Duration = Duration::from_secs(5);
/// A call to the gate of a link with `max_clicks`. With several origins the first one has half of it.
pub const GATE: Duration = Duration::from_millis(2_000);
/// A call to the location's rate-limit counter. A password attempt waits for this call; hashing takes far longer.
pub const RATE_LIMIT_COUNTER: Duration = Duration::from_millis(200);
/// A purge. The API client waits for it, and gets `pending` on a timeout.
pub const PURGE: Duration = Duration::from_secs(3);
/// One operation on the replica.
pub const REPLICA: Duration = Duration::from_secs(1);
/// After this much of a run of the schedule it starts no more changes, so that it ends before the next run a minute later (a
/// run itself may take 15 minutes).
pub const BACKLOG: Duration = Duration::from_secs(40);
/// This long after a write's answer, unconfirmed changes are left to the schedule: the batch under way is still confirmed
/// before the invocation ends.
pub const SECOND_PURGE_DEADLINE: Duration = WAIT_UNTIL.saturating_sub(Duration::from_secs(5));
/// After a write's answer, webhooks are begun for this long: the last ones then have their ten seconds and a report.
pub const WEBHOOKS_AFTER_WRITE: Duration = WAIT_UNTIL.saturating_sub(Duration::from_secs(15));
/// A readiness check of one system.
pub const READINESS: Duration = Duration::from_secs(2);

/// One attempt to send a batch to SQS.
pub const QUEUE_ATTEMPT: Duration = Duration::from_secs(5);
/// The longest pauses before the second, third and fourth attempt; each is drawn between zero and this (full jitter). Four
/// attempts and three pauses stay below [`WAIT_UNTIL`].
pub const QUEUE_RETRY_PAUSES: [Duration; 3] =
    [Duration::from_millis(400), Duration::from_millis(1_600), Duration::from_millis(6_400)];
/// How long an invocation may run after its answer (Workers platform limits).
pub const WAIT_UNTIL: Duration = Duration::from_secs(30);
/// After this much of it no further batch is sent: one attempt fits, with two seconds to spare.
pub const DRAINING: Duration =
    WAIT_UNTIL.saturating_sub(QUEUE_ATTEMPT).saturating_sub(Duration::from_secs(2));

/// Reading the day's visitor key. One visitor per isolate and day waits for it.
pub const VISITOR_KEY: Duration = Duration::from_millis(200);
/// Reading and creating a day's key by the schedule: one operation each.
pub const VISITOR_KEY_MAKING: Duration = REPLICA.saturating_mul(2);
/// The pause after a failed read of the key; clicks have no visitor until then.
pub const VISITOR_KEY_RETRY: Duration = Duration::from_secs(10);

/// How long followers wait for a leader's lookup before one of them takes over. Longer than a slow answer takes, since each
/// take-over is one more call to a busy origin.
pub const FOLLOWER_WAIT: Duration = Duration::from_millis(500);
/// How long a visitor waits for a lookup in all. A lookup with a silent origin and a silent replica ends with a stale copy
/// only after both timeouts; the visitor may have followed another lookup before starting it.
pub const LOOKUP: Duration = RESOLVE.saturating_add(REPLICA).saturating_add(FOLLOWER_WAIT);

/// How long a circuit breaker (of an origin or the queue) stays open; doubled each time a probe fails. A probe is one
/// request of one isolate. Up to the longest pause after a recovery, links stay stale and clicks fall out of a full buffer.
pub const BREAKER_OPEN: Duration = Duration::from_secs(1);
pub const BREAKER_OPEN_LONGEST: Duration = Duration::from_secs(5);
/// How long after its timeout a probe without an outcome counts as lost: in a busy isolate the timer fires late.
pub const PROBE_GRACE: Duration = Duration::from_millis(500);

/// A call to the collector of traces, after an answer.
pub const COLLECTOR: Duration = Duration::from_secs(2);
/// How long spans wait for others to be sent with.
pub const SPANS_WAIT: Duration = Duration::from_secs(1);
/// The pause after a failed call to the collector. Spans beyond the buffer are dropped.
pub const COLLECTOR_PAUSE: Duration = Duration::from_secs(10);

/// Whole milliseconds; saturates.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_attempts_fit_into_wait_until() {
        let attempts = u32::try_from(QUEUE_RETRY_PAUSES.len()).unwrap() + 1;
        let longest = FLUSH + QUEUE_ATTEMPT * attempts + QUEUE_RETRY_PAUSES.iter().sum::<Duration>();
        assert!(longest < WAIT_UNTIL, "{longest:?}");
        let last = DRAINING + QUEUE_ATTEMPT;
        assert!(last < WAIT_UNTIL, "{last:?}");
    }
}
