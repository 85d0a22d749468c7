//! Decides which recorded spans are sent: those of a sampled trace, and those of a trace in which something failed here.
//!
//! The spans of a trace that is not sampled wait until one fails, or until the last of them has ended.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanId, Status, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::queue::SpanQueue;

/// The parent of a span whose caller gave a trace id only: the caller's span is not in our traces.
pub(super) const NO_PARENT: [u8; 8] = [0xff; 8];

/// A bulk of 1,000 links takes some ten statements.
const MAX_SPANS_OF_A_TRACE: usize = 256;
/// At about 1 KB each.
const MAX_WAITING: usize = 8_192;

#[derive(Debug)]
pub(super) struct Keeper {
    queue: Arc<SpanQueue>,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    traces: HashMap<TraceId, UnsampledTrace>,
    spans: usize,
}

#[derive(Debug, Default)]
struct UnsampledTrace {
    /// Spans that have not ended.
    open: usize,
    ended: Vec<SpanData>,
    /// Spans without room.
    left_out: u64,
    is_kept: bool,
}

impl Keeper {
    pub(super) fn new(queue: Arc<SpanQueue>) -> Self {
        Self { queue, waiting: Mutex::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanProcessor for Keeper {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        let context = span.span_context();
        if !context.is_sampled() {
            self.waiting().traces.entry(context.trace_id()).or_default().open += 1;
        }
    }

    fn on_end(&self, mut span: SpanData) {
        if span.parent_span_id == SpanId::from_bytes(NO_PARENT) {
            (span.parent_span_id, span.parent_span_is_remote) = (SpanId::INVALID, false);
        }
        if span.span_context.is_sampled() {
            return self.queue.push([span]);
        }
        let Kept { spans, left_out } = self.waiting().end(span);
        if !spans.is_empty() {
            self.queue.count_dropped("trace_too_long", left_out);
            self.queue.push(spans);
        }
    }

    /// What is queued is flushed by `Traces`, which can wait.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What is known to be sent.
#[derive(Debug, Default)]
struct Kept {
    spans: Vec<SpanData>,
    left_out: u64,
}

impl Waiting {
    /// What came before a failure is kept, and what comes after it: work may go on after the answer.
    fn end(&mut self, span: SpanData) -> Kept {
        let id = span.span_context.trace_id();
        let Some(trace) = self.traces.get_mut(&id) else { return Kept::default() };
        trace.open = trace.open.saturating_sub(1);
        // A batch of lookups may be shared with a sampled request, whose trace links to it.
        trace.is_kept |= matches!(span.status, Status::Error { .. })
            || span.links.iter().any(|link| link.span_context.is_sampled());
        if trace.ended.len() < MAX_SPANS_OF_A_TRACE && self.spans < MAX_WAITING {
            trace.ended.push(span);
            self.spans += 1;
        } else {
            trace.left_out += 1;
        }
        let mut kept = Kept::default();
        if trace.is_kept {
            kept = Kept { spans: take(&mut trace.ended), left_out: take(&mut trace.left_out) };
            self.spans -= kept.spans.len();
        }
        if trace.open == 0
            && let Some(discarded) = self.traces.remove(&id)
        {
            self.spans -= discarded.ended.len();
        }
        kept
    }
}
