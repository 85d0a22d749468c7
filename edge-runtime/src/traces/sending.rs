//! The span of an attempt to send a batch of clicks. It is in the trace of the first click that is traced, and has links to all of
//! them.

use link_core::clicks::buffer::SealedBatch;
use link_core::otlp::{Kind, Link};
use link_core::trace_context::{TraceContext, TraceId};

use super::attributes::{self, number, text};
use super::{OpenSpan, Traces};

#[derive(Debug)]
pub struct Sending<'a> {
    traces: &'a Traces,
    clicks: Vec<TraceContext>,
    trace_id: TraceId,
    span: OpenSpan,
}

impl<'a> Sending<'a> {
    pub fn begin(traces: &'a Traces, batch: &SealedBatch, queue: &str) -> Self {
        let clicks = batch.traces.clone();
        let trace_id = clicks.first().map_or_else(|| traces.ids.trace_id(), |first| first.trace_id);
        let attributes = vec![
            text(attributes::SYSTEM, "aws_sqs"),
            text(attributes::OPERATION_TYPE, "send"),
            text(attributes::OPERATION_NAME, "send"),
            text(attributes::DESTINATION, queue),
            number(attributes::CLICKS, batch.clicks),
        ];
        let id = traces.ids.span_id();
        let span = OpenSpan::new(id, Kind::Producer, "send clicks", (traces.now)(), attributes);
        Self { traces, clicks, trace_id, span }
    }

    /// For the message. `None` where no click is traced.
    pub fn context(&self) -> Option<TraceContext> {
        let is_traced = !self.clicks.is_empty();
        is_traced.then_some(TraceContext { trace_id: self.trace_id, span_id: self.span.id, sampled: true })
    }

    /// Sent if a click is traced, or if the attempt failed.
    pub fn end(self, failure: Option<&str>) {
        let Self { traces, clicks, trace_id, span } = self;
        if clicks.is_empty() && failure.is_none() {
            return;
        }
        let parent = clicks.first().map(|first| first.span_id);
        let mut span = span.ended(trace_id, parent, (traces.now)(), failure);
        span.links = clicks.into_iter().map(Link::from).collect();
        traces.push(vec![span]);
    }
}
