//! Begins and ends the trace of a request, where traces are on. A sampled request takes the slow path; the fast path records
//! nothing.

use std::cell::Cell;
use std::rc::Rc;

use edge_runtime::bindings::collector;
use edge_runtime::traces::attributes::{self, text};
use edge_runtime::traces::{RequestTrace, TraceStart, Traces};
use link_core::trace_context::TRACEPARENT;
use worker::{Context, Request};

thread_local! {
    /// What the fast path decided about the request that the slow path takes next.
    static JUDGED: Cell<Option<TraceStart>> = const { Cell::new(None) };
}

/// For the slow path, which takes it immediately.
pub(super) fn hand_over(judged: Option<TraceStart>) {
    JUDGED.set(judged);
}

pub(super) fn begin(traces: &Traces, request: &Request) -> Rc<RequestTrace> {
    let start = JUDGED
        .take()
        .unwrap_or_else(|| traces.of_stranger(request.headers().get(TRACEPARENT).ok().flatten().as_deref()));
    let trace = traces.begin(start, &request.inner().method());
    let is_https = request.inner().url().starts_with("https:");
    trace.add(text(attributes::SCHEME, if is_https { "https" } else { "http" }));
    if let Some(cf) = request.cf() {
        trace.add(text(attributes::COLO, cf.colo()));
    }
    trace
}

/// Ends the trace, and sends what waits after the answer.
pub(super) fn end(traces: &Rc<Traces>, trace: &RequestTrace, status: u16, context: &Context) {
    traces.finish(trace, status);
    collector::export_later(traces, context);
}
