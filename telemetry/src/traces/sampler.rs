//! Decides at a span's start whether its trace is sampled. Records every span, because one that fails is kept anyway.

use link_core::trace_context::{SampleRatio, TraceId};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId as OtelTraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

#[derive(Debug, Clone, Copy)]
pub(super) struct Sampler(pub(super) SampleRatio);

impl ShouldSample for Sampler {
    /// A parent is a span of this program, or the context that `Traces::take_over` has decided about.
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: OtelTraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent.map(|context| context.span().span_context().clone());
        let sampled = match parent.filter(|parent| parent.is_valid()) {
            Some(parent) => parent.is_sampled(),
            None => self.0.samples(TraceId::from_random(trace_id.to_bytes())),
        };
        SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::RecordOnly },
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}
