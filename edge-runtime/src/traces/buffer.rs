//! The spans that wait to be sent, in bounded memory, and when they are sent: many in one call, one call at a time. A collector
//! that is slow or gone costs spans, which are counted, and nothing else.

use link_core::otlp::Span;
use link_core::time::UnixMillis;

use crate::timing::timeouts::{COLLECTOR, COLLECTOR_PAUSE, SPANS_WAIT, millis};

/// At about 1 KB each.
const MAX_WAITING: usize = 512;
/// As many are worth a call without waiting for more.
const MANY: usize = 128;
/// At most one log line for dropped spans in this time.
const LOG_INTERVAL_MILLIS: i64 = 60_000;

#[derive(Debug, Default)]
pub struct SpanBuffer {
    waiting: Vec<Span>,
    /// When the invocation that waits for more spans sends them. The platform may end it.
    due: Option<UnixMillis>,
    /// No call begins before this time: one is under way, or the last one failed.
    closed_until: Option<UnixMillis>,
    /// Since the last log line.
    dropped: usize,
    logged_at: Option<UnixMillis>,
}

/// What the caller must do after its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// Another invocation sends the spans.
    Nothing,
    /// Send them after [`SPANS_WAIT`].
    Later,
    Now,
}

impl SpanBuffer {
    pub fn push(&mut self, spans: Vec<Span>) {
        let room = MAX_WAITING.saturating_sub(self.waiting.len());
        self.dropped += spans.len().saturating_sub(room);
        self.waiting.extend(spans.into_iter().take(room));
    }

    pub fn next_export(&mut self, now: UnixMillis) -> Export {
        let is_closed = self.closed_until.is_some_and(|until| now < until);
        if self.waiting.is_empty() || is_closed {
            return Export::Nothing;
        }
        if self.waiting.len() >= MANY {
            return Export::Now;
        }
        // Once overdue, another invocation takes over.
        if self.due.is_some_and(|due| now < due.plus_millis(millis(SPANS_WAIT))) {
            return Export::Nothing;
        }
        self.due = Some(now.plus_millis(millis(SPANS_WAIT)));
        Export::Later
    }

    /// The spans to send now; report the end of the call to [`Self::ended`]. `None` while another call is under way, and if there
    /// are none.
    pub fn begin(&mut self, now: UnixMillis) -> Option<Vec<Span>> {
        if self.waiting.is_empty() || self.closed_until.is_some_and(|until| now < until) {
            return None;
        }
        self.due = None;
        // An invocation that the platform ends never reports back.
        self.closed_until = Some(now.plus_millis(2 * millis(COLLECTOR)));
        Some(std::mem::take(&mut self.waiting))
    }

    /// Returns how many spans were dropped, once a minute, for a log line.
    pub fn ended(&mut self, spans: usize, is_sent: bool, now: UnixMillis) -> Option<usize> {
        self.closed_until = (!is_sent).then(|| now.plus_millis(millis(COLLECTOR_PAUSE)));
        if !is_sent {
            self.dropped += spans;
        }
        let is_due = self.logged_at.is_none_or(|at| now.millis_since(at) >= LOG_INTERVAL_MILLIS);
        if self.dropped == 0 || !is_due {
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.dropped))
    }
}

#[cfg(test)]
mod tests {
    use link_core::otlp::{Kind, Status};
    use link_core::trace_context::{SpanId, TraceId};

    use super::*;

    fn spans(count: usize) -> Vec<Span> {
        let span = Span {
            trace_id: TraceId::from_random([1; 16]),
            span_id: SpanId::from_random([1; 8]),
            parent_span_id: None,
            name: "GET /{code}".into(),
            kind: Kind::Server,
            start_time_unix_nano: UnixMillis(0),
            end_time_unix_nano: UnixMillis(0),
            attributes: Vec::new(),
            links: Vec::new(),
            status: Status::UNSET,
        };
        vec![span; count]
    }

    fn at(time: std::time::Duration) -> UnixMillis {
        UnixMillis(millis(time))
    }

    #[test]
    fn few_spans_wait_for_more_and_many_do_not() {
        let mut buffer = SpanBuffer::default();
        assert_eq!(buffer.next_export(UnixMillis(0)), Export::Nothing);
        buffer.push(spans(1));
        assert_eq!(buffer.next_export(UnixMillis(0)), Export::Later);
        buffer.push(spans(1));
        assert_eq!(buffer.next_export(UnixMillis(1)), Export::Nothing);
        buffer.push(spans(MANY));
        assert_eq!(buffer.next_export(UnixMillis(1)), Export::Now);
        assert_eq!(buffer.begin(UnixMillis(1)).map(|spans| spans.len()), Some(MANY + 2));
        assert_eq!(buffer.begin(UnixMillis(1)), None);
    }

    #[test]
    fn timer_of_an_invocation_that_ended_is_replaced() {
        let mut buffer = SpanBuffer::default();
        buffer.push(spans(1));
        buffer.next_export(UnixMillis(0));
        assert_eq!(buffer.next_export(at(2 * SPANS_WAIT)), Export::Later);
    }

    #[test]
    fn one_call_is_under_way_at_a_time() {
        let mut buffer = SpanBuffer::default();
        buffer.push(spans(1));
        buffer.begin(UnixMillis(0)).unwrap();
        buffer.push(spans(MANY));
        assert_eq!((buffer.next_export(UnixMillis(0)), buffer.begin(UnixMillis(0))), (Export::Nothing, None));
        assert_eq!(buffer.ended(1, true, UnixMillis(5)), None);
        assert_eq!(buffer.next_export(UnixMillis(5)), Export::Now);
        buffer.begin(UnixMillis(5)).unwrap();
        buffer.push(spans(1));
        assert_eq!(
            buffer.next_export(at(3 * COLLECTOR)),
            Export::Later,
            "the other call never reported back"
        );
    }

    #[test]
    fn silent_collector_costs_spans_that_are_counted() {
        let mut buffer = SpanBuffer::default();
        buffer.push(spans(3));
        buffer.begin(UnixMillis(0)).unwrap();
        assert_eq!(buffer.ended(3, false, UnixMillis(0)), Some(3));
        buffer.push(spans(2 * MAX_WAITING));
        assert_eq!((buffer.next_export(UnixMillis(1)), buffer.begin(UnixMillis(1))), (Export::Nothing, None));
        let paused = at(COLLECTOR_PAUSE);
        assert_eq!(buffer.begin(paused).map(|spans| spans.len()), Some(MAX_WAITING));
        assert_eq!(buffer.ended(MAX_WAITING, false, paused), None, "a line a minute");
        buffer.push(spans(1));
        buffer.begin(UnixMillis(60_000)).unwrap();
        assert_eq!(buffer.ended(1, true, UnixMillis(60_000)), Some(2 * MAX_WAITING));
    }
}
