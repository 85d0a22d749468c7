//! Traces: spans that the programs record with `tracing`, sent to a collector by OTLP over HTTP.
//!
//! Without a collector's address nothing is recorded. Of the traces that are not sampled only those are sent in which something
//! failed. No attribute holds an address, a query, a destination, a key or a user agent.

mod config;
mod exporter;
mod keeper;
mod queue;
mod sampler;
mod signer;
mod sql_summary;
mod statements;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use link_core::trace_context::{SpanId, TraceContext, TraceId};
use opentelemetry::trace::{
    SpanContext, SpanId as OtelSpanId, TraceContextExt, TraceFlags, TraceId as OtelTraceId, TraceState,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use startup::{ConfigError, LogFilter, Lookup};
use tracing::{Span, Subscriber, info};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use self::config::Sampling;
use self::exporter::Exporter;
use self::keeper::{Keeper, NO_PARENT};
use self::queue::SpanQueue;
use self::sampler::Sampler;
use self::signer::Signer;
use self::statements::Statements;
use crate::{Metrics, Program};

/// The target of the spans that are sent. The log does not show them; it has spans of its own.
pub const TARGET: &str = startup::TRACE_TARGET;

/// A Lambda is billed while it sends, and its next request waits. The client has its answer.
pub const LAMBDA_FLUSH: Duration = Duration::from_millis(500);
/// The client waits too.
pub const LAMBDA_FLUSH_BEFORE_ANSWER: Duration = Duration::from_millis(150);
/// At the end of a server.
pub const SHUTDOWN_FLUSH: Duration = Duration::from_millis(500);

/// The most links of one span.
pub const MAX_LINKS: usize = 128;

/// The traces of a process. Off by default.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Sending>>);

#[derive(Debug)]
struct Sending {
    exporter: Exporter,
    sampling: Sampling,
}

impl Traces {
    /// Starts the log, and the traces if a collector's address is given.
    pub fn start_with_log(
        lookup: &Lookup<'_>,
        program: Program,
        metrics: &Arc<Metrics>,
    ) -> Result<(Self, LogFilter), ConfigError> {
        let Some((traces, layer)) = Self::from_lookup::<Registry>(lookup, program, metrics)? else {
            let log = startup::start_log(lookup)?;
            info!("OTEL_EXPORTER_OTLP_ENDPOINT is not set: no traces are sent");
            return Ok((Self::default(), log));
        };
        Ok((traces, startup::start_log_with(lookup, layer)?))
    }

    /// The traces, and the layer that records their spans. `None` if no collector's address is given.
    pub fn from_lookup<S>(
        lookup: &Lookup<'_>,
        program: Program,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<(Self, impl Layer<S> + Send + Sync + use<S>)>, ConfigError>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let name = format!("shortline-{}", program.as_str());
        let Some(config) = config::from_lookup(lookup, &name)? else { return Ok(None) };
        let signer = Signer::for_endpoint(&config.endpoint, lookup)?;
        let attributes =
            config.resource.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
        let resource = Resource::builder_empty().with_attributes(attributes).build();
        let queue = Arc::new(SpanQueue::new(Arc::clone(metrics)));
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler(config.sampling.ratio))
            .with_max_links_per_span(u32::try_from(MAX_LINKS).unwrap_or(u32::MAX))
            .with_span_processor(Keeper::new(Arc::clone(&queue)))
            .build();
        let layer = layer(provider.tracer(env!("CARGO_PKG_NAME")));
        let sampling = config.sampling;
        let exporter = Exporter::new(config, &resource, queue, signer);
        Ok(Some((Self(Some(Arc::new(Sending { exporter, sampling }))), layer)))
    }

    pub fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// For a process that keeps running: sends spans beside its work. Must be called in a Tokio runtime.
    pub fn send_in_background(&self) {
        if let Some(sending) = self.0.clone() {
            tokio::spawn(async move { sending.exporter.run().await });
        }
    }

    /// Sends what is recorded, for at most `max_wait`: before a Lambda is frozen, and at the end of a process. Whatever is not sent
    /// by then is dropped.
    pub async fn flush(&self, max_wait: Duration) {
        if let Some(sending) = &self.0 {
            // Dropped spans are counted.
            let _ = tokio::time::timeout(max_wait, sending.exporter.send_all()).await;
        }
    }

    /// Makes `span` a part of the caller's trace. The edge's `traceparent` is the parent, and says whether the trace is sampled; that of
    /// anybody else gives the trace id only. Call this before the span is entered.
    pub fn take_over(&self, span: &Span, traceparent: Option<&str>, is_from_edge: bool) {
        let Some(sending) = &self.0 else { return };
        let Some(caller) = traceparent.and_then(|text| text.parse::<TraceContext>().ok()) else { return };
        let by_ratio = sending.sampling.ratio.samples(caller.trace_id);
        let (span_id, sampled) = if is_from_edge {
            let sampled = if sending.sampling.by_parent { caller.sampled } else { by_ratio };
            (caller.span_id.to_bytes(), sampled)
        } else {
            (NO_PARENT, by_ratio)
        };
        let parent = remote(caller.trace_id, span_id, sampled);
        // Fails only for a span that has children already.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.are_on() { "Traces(on)" } else { "Traces(off)" })
    }
}

fn layer<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    // Without what would cost time or tell nobody anything: threads, source lines, and a context for code that does not use `tracing`.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(tracer.clone())
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false)
        .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET));
    spans.and_then(Statements::new(tracer).with_filter(filter_fn(statements::is_relevant)))
}

/// The context of a span, for those that come after it. `None` if nothing is recorded.
pub fn context_of(span: &Span) -> Option<TraceContext> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| TraceContext {
        trace_id: TraceId::from_random(context.trace_id().to_bytes()),
        span_id: SpanId::from_random(context.span_id().to_bytes()),
        sampled: context.is_sampled(),
    })
}

/// The context of the current span, if its trace is sampled.
pub fn sampled_context() -> Option<TraceContext> {
    context_of(&Span::current()).filter(|context| context.sampled)
}

/// Links a span to another part's.
pub fn link(span: &Span, to: TraceContext) {
    span.add_link(remote(to.trace_id, to.span_id.to_bytes(), to.sampled));
}

fn remote(trace_id: TraceId, span_id: [u8; 8], sampled: bool) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(sampled);
    let (trace_id, span_id) = (OtelTraceId::from_bytes(trace_id.to_bytes()), OtelSpanId::from_bytes(span_id));
    SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE)
}

#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
#[cfg(test)]
mod tests;
