//! Every timeout and retry of the edge, in one table. Does not decide what happens when one is over.

use std::time::Duration;

#[cfg(test)]
use link_core::click_buffer::FLUSH;

/// A visitor waits for this one. A Lambda's cold start with a new database connection fits.
pub const RESOLVE: Duration = Duration::from_millis(2_000);
/// A read from the data centre's cache; it takes a few milliseconds. After this time it is taken for one that found nothing.
pub const COLO: Duration = Duration::from_millis(200);
/// A write to the data centre's cache; it takes a few milliseconds, and nobody can call it back. So it begins only while so
/// much of [`RESOLVE`] is left.
pub const FILL: Duration = Duration::from_millis(500);
/// When so much time has passed since a change, no answer from before it is still on its way to a cache: every such write
/// begins and lands within the origin's timeout.
pub const SETTLED: Duration = RESOLVE;
/// A client of the API waits; longer than the origin's own limit for a statement, so that its answer comes through.
pub const API: Duration = Duration::from_secs(15);
/// From the first to the last byte of a body. A usual one takes a moment; a bulk of 4.5 MB has this long at 1.2 Mbit/s.
pub const UPLOAD: Duration = Duration::from_secs(10);
pub const BULK_UPLOAD: Duration = Duration::from_secs(30);
/// So long a body may be in an isolate's memory: while its key is checked, it arrives and the origin works on it.
pub const UPLOAD_LONGEST: Duration = API.saturating_mul(2).saturating_add(BULK_UPLOAD);
/// A client of the API waits, before its own call begins.
pub const KEY_CHECK: Duration = Duration::from_secs(5);
/// What readiness was found to be holds for so long. Probes of many come at any rate.
pub const READINESS_REMEMBERED: Duration = Duration::from_secs(1);
/// A password is hashed slowly, on purpose.
pub const UNLOCK: Duration = Duration::from_secs(5);
/// A visitor waits for leave to follow a link with a maximum of clicks. Of several origins the first one has half of it.
pub const LEAVE: Duration = Duration::from_millis(2_000);
/// Of the rate limits, in the same data centre. Who tries a password waits for it, which takes far longer.
pub const COUNTER: Duration = Duration::from_millis(200);
/// A client of the API waits for the purge too, and is told when it took longer.
pub const PURGE: Duration = Duration::from_secs(3);
/// One operation on the replica.
pub const REPLICA: Duration = Duration::from_secs(1);
/// When so much of a run of the schedule has passed, it takes on no more changes: what it is at ends before the next run, a
/// minute after this one (a run itself has 15 minutes).
pub const BACKLOG: Duration = Duration::from_secs(40);
/// When so much has passed since a write's answer, what is not confirmed is left to the schedule: one that is under way is
/// confirmed before the invocation ends.
pub const SETTLING: Duration = WAIT_UNTIL.saturating_sub(Duration::from_secs(5));
/// Readiness must tell soon.
pub const READINESS: Duration = Duration::from_secs(2);

/// One attempt to hand a batch to SQS.
pub const QUEUE_ATTEMPT: Duration = Duration::from_secs(5);
/// Longest pauses before the second, third and fourth attempt; the pause is drawn from zero up to it (full jitter).
/// Four attempts and three pauses stay below [`WAIT_UNTIL`].
pub const QUEUE_RETRY_PAUSES: [Duration; 3] =
    [Duration::from_millis(400), Duration::from_millis(1_600), Duration::from_millis(6_400)];
/// What an invocation has after its answer (Workers platform limits); what is still under way then is cut off.
pub const WAIT_UNTIL: Duration = Duration::from_secs(30);
/// When so much of it has passed, no batch that waits is sent any more: one attempt fits, with two seconds to spare.
pub const DRAINING: Duration =
    WAIT_UNTIL.saturating_sub(QUEUE_ATTEMPT).saturating_sub(Duration::from_secs(2));

/// Reading the day's visitor key: once in an isolate's day somebody waits for it, and no longer than this.
pub const VISITOR_KEY: Duration = Duration::from_millis(200);
/// The schedule's look at a day's key, and its making: an operation each.
pub const VISITOR_KEY_MAKING: Duration = REPLICA.saturating_mul(2);
/// After a key could not be read, visitors are not told apart for this long.
pub const VISITOR_KEY_RETRY: Duration = Duration::from_secs(10);

/// How long visitors rely on another one's lookup before one of them asks anew. Longer than a slow answer takes, since
/// each time is a question more to an origin that has enough of them.
pub const FOLLOWED: Duration = Duration::from_millis(500);
/// How long a visitor waits for a lookup, his own or another one's. One that meets a silent origin and a silent replica ends
/// with a copy that stands in, if there is one, and only then; so this is longer, by what he may have waited for another's
/// before his own began.
pub const LOOKUP: Duration = RESOLVE.saturating_add(REPLICA).saturating_add(FOLLOWED);

/// How long an origin, or the queue, that failed time after time is left alone; doubled each time a probe fails too. A probe is
/// one request of an isolate. For as long as the longest pause, links stay at their copies and clicks fall out of a full
/// buffer though the other side is back.
pub const BREAKER_OPEN: Duration = Duration::from_secs(1);
pub const BREAKER_OPEN_LONGEST: Duration = Duration::from_secs(5);

/// As whole milliseconds; a table of seconds never comes near the type's end.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_to_send_a_batch_fits_into_wait_until() {
        let attempts = u32::try_from(QUEUE_RETRY_PAUSES.len()).unwrap() + 1;
        let longest = FLUSH + QUEUE_ATTEMPT * attempts + QUEUE_RETRY_PAUSES.iter().sum::<Duration>();
        assert!(longest < WAIT_UNTIL, "{longest:?}");
        let last = DRAINING + QUEUE_ATTEMPT;
        assert!(last < WAIT_UNTIL, "{last:?}");
    }
}
