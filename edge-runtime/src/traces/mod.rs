//! Traces of the Workers: the spans of a request, and which of them are sent.
//!
//! Off without a collector's address, and then a request costs one comparison more. Whether a trace is sampled follows from its id;
//! traces in which something failed are kept. Only `bindings` sends.

mod attempt;
pub mod attributes;
mod buffer;
pub mod config;
mod ids;
mod origin_route;
mod request_trace;
mod sending;
mod systems;

use std::cell::RefCell;
use std::rc::Rc;

use link_core::otlp::{Span, export_request};
use link_core::time::UnixMillis;
use link_core::trace_context::TraceContext;

pub use attempt::{Attempt, AttemptEnd};
pub use buffer::Export;
pub use ids::{DRAWN_BYTES, Draw, Ids};
pub use origin_route::{API_ROUTE, pattern_of};
pub use request_trace::{Now, OpenSpan, RequestTrace, TraceStart};
pub use sending::Sending;
pub use systems::Traced;

use attributes::text;
use buffer::SpanBuffer;
use config::TracesConfig;

/// The traces of an isolate.
#[derive(Debug)]
pub struct Traces {
    pub config: TracesConfig,
    ids: Rc<Ids>,
    now: Now,
    buffer: RefCell<SpanBuffer>,
}

/// The body of a call to the collector.
#[derive(Debug)]
pub struct Batch {
    pub body: String,
    spans: usize,
}

impl Traces {
    pub fn new(config: TracesConfig, draw: Draw, now: Now) -> Self {
        Self { config, ids: Rc::new(Ids::new(draw)), now, buffer: RefCell::default() }
    }

    /// A stranger gives the trace id only: whether it is sampled is decided here.
    pub fn of_stranger(&self, traceparent: Option<&str>) -> TraceStart {
        let caller = traceparent.and_then(|text| text.parse::<TraceContext>().ok());
        let trace_id = caller.map_or_else(|| self.ids.trace_id(), |caller| caller.trace_id);
        TraceStart { trace_id, parent: None, sampled: self.config.ratio.samples(trace_id) }
    }

    /// The visitor's Worker has decided.
    pub fn of_edge(&self, traceparent: Option<&str>) -> TraceStart {
        match traceparent.and_then(|text| text.parse::<TraceContext>().ok()) {
            Some(TraceContext { trace_id, span_id, sampled }) => {
                TraceStart { trace_id, parent: Some(span_id), sampled }
            }
            None => self.of_stranger(None),
        }
    }

    pub fn begin(&self, start: TraceStart, method: &str) -> Rc<RequestTrace> {
        Rc::new(RequestTrace::new(start, method, Rc::clone(&self.ids), self.now))
    }

    /// Ends the request's own span. Then ask [`Self::next_export`].
    pub fn finish(&self, trace: &RequestTrace, status: u16) {
        self.push(trace.finish(status).unwrap_or_default());
    }

    fn push(&self, spans: Vec<Span>) {
        self.buffer.borrow_mut().push(spans);
    }

    pub fn next_export(&self) -> Export {
        self.buffer.borrow_mut().next_export((self.now)())
    }

    /// What to send now, if anything; report its end to [`Self::sent`].
    pub fn batch(&self) -> Option<Batch> {
        let spans = self.buffer.borrow_mut().begin((self.now)())?;
        let resource = [
            text("service.name", self.config.service_name.as_str()),
            text("service.namespace", "shortline"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("cloud.provider", "cloudflare"),
        ];
        Some(Batch { body: export_request(&resource, "edge-runtime", &spans), spans: spans.len() })
    }

    /// Returns how many spans were dropped, once a minute, for a log line.
    pub fn sent(&self, batch: &Batch, is_sent: bool) -> Option<usize> {
        let now: UnixMillis = (self.now)();
        self.buffer.borrow_mut().ended(batch.spans, is_sent, now)
    }
}

#[cfg(test)]
mod tests;
