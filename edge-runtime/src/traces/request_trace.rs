//! The spans of one request. They are recorded whether its trace is sampled or not, since one that fails is kept; only the end
//! tells.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use link_core::otlp::{Attribute, Kind, Span, Status};
use link_core::time::UnixMillis;
use link_core::trace_context::{SpanId, TraceContext, TraceId};

use super::attributes::{self, number, text};
use super::ids::Ids;

/// A redirect has at most some ten. A write that publishes many links has one for each of its steps.
const MAX_SPANS: usize = 64;

/// The platform's clock.
pub type Now = fn() -> UnixMillis;

/// How a request's trace begins: with the ids of its caller, or with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceStart {
    pub trace_id: TraceId,
    /// A span of ours. A stranger's is not in our traces.
    pub parent: Option<SpanId>,
    pub sampled: bool,
}

#[derive(Debug)]
pub struct RequestTrace {
    start: TraceStart,
    method: &'static str,
    ids: Rc<Ids>,
    now: Now,
    root: SpanId,
    began: UnixMillis,
    route: Cell<Option<&'static str>>,
    has_failed: Cell<bool>,
    /// Of the root.
    attributes: RefCell<Vec<Attribute>>,
    /// `None` after the end: a lookup may outlive its request.
    ended: RefCell<Option<EndedSpans>>,
}

#[derive(Debug, Default)]
struct EndedSpans {
    spans: Vec<Span>,
    left_out: u32,
}

/// A span that has not ended. One that is dropped is not recorded.
#[derive(Debug)]
pub struct OpenSpan {
    pub id: SpanId,
    kind: Kind,
    name: String,
    began: UnixMillis,
    pub attributes: Vec<Attribute>,
}

impl RequestTrace {
    pub(super) fn new(start: TraceStart, method: &str, ids: Rc<Ids>, now: Now) -> Self {
        Self {
            root: ids.span_id(),
            start,
            method: attributes::known_method(method),
            ids,
            now,
            began: now(),
            route: Cell::new(None),
            has_failed: Cell::new(false),
            attributes: RefCell::default(),
            ended: RefCell::new(Some(EndedSpans::default())),
        }
    }

    /// Adds to the request's own span.
    pub fn add(&self, attribute: Attribute) {
        self.attributes.borrow_mut().push(attribute);
    }

    pub fn set_route(&self, route: &'static str) {
        self.route.set(Some(route));
    }

    /// Keeps the trace, whether it is sampled or not.
    pub fn fail(&self) {
        self.has_failed.set(true);
    }

    /// The request's own span, for what comes after it. `None` if the trace will not be sent, as far as is known.
    pub fn context_if_kept(&self) -> Option<TraceContext> {
        let is_kept = self.start.sampled || self.has_failed.get();
        let TraceStart { trace_id, .. } = self.start;
        is_kept.then_some(TraceContext { trace_id, span_id: self.root, sampled: true })
    }

    pub fn begin(&self, kind: Kind, name: impl Into<String>, attributes: Vec<Attribute>) -> OpenSpan {
        OpenSpan { id: self.ids.span_id(), kind, name: name.into(), began: (self.now)(), attributes }
    }

    /// What a span's callee gets.
    pub fn context_of(&self, span: &OpenSpan) -> TraceContext {
        let TraceStart { trace_id, sampled, .. } = self.start;
        TraceContext { trace_id, span_id: span.id, sampled }
    }

    /// A failure keeps the trace.
    pub fn end(&self, span: OpenSpan, failure: Option<&str>) {
        if failure.is_some() {
            self.fail();
        }
        if let Some(ended) = self.ended.borrow_mut().as_mut() {
            if ended.spans.len() >= MAX_SPANS {
                ended.left_out += 1;
                return;
            }
            ended.spans.push(span.ended(self.start.trace_id, Some(self.root), (self.now)(), failure));
        }
    }

    /// Ends the request's own span. `None` if nothing is to be sent.
    pub(super) fn finish(&self, status: u16) -> Option<Vec<Span>> {
        let EndedSpans { mut spans, left_out } = self.ended.take()?;
        let failure = (status >= 500).then(|| status.to_string());
        if !(self.start.sampled || self.has_failed.get() || failure.is_some()) {
            return None;
        }
        let method = self.method;
        let mut attributes = self.attributes.take();
        attributes.push(text(attributes::METHOD, method));
        attributes.push(number(attributes::STATUS, status));
        if left_out > 0 {
            attributes.push(number(attributes::LEFT_OUT, left_out));
        }
        let name = match self.route.get() {
            Some(route) => {
                attributes.push(text(attributes::ROUTE, route));
                attributes.push(text(attributes::URL_PATH, route));
                format!("{method} {route}")
            }
            None => method.to_owned(),
        };
        let root = OpenSpan { id: self.root, kind: Kind::Server, name, began: self.began, attributes };
        spans.push(root.ended(self.start.trace_id, self.start.parent, (self.now)(), failure.as_deref()));
        Some(spans)
    }
}

impl OpenSpan {
    pub(super) fn new(
        id: SpanId,
        kind: Kind,
        name: &str,
        began: UnixMillis,
        attributes: Vec<Attribute>,
    ) -> Self {
        Self { id, kind, name: name.to_owned(), began, attributes }
    }

    pub(super) fn ended(
        self,
        trace_id: TraceId,
        parent_span_id: Option<SpanId>,
        now: UnixMillis,
        failure: Option<&str>,
    ) -> Span {
        let Self { id, kind, name, began, mut attributes } = self;
        attributes.extend(failure.map(|failure| text(attributes::ERROR_TYPE, failure)));
        Span {
            trace_id,
            span_id: id,
            parent_span_id,
            name,
            kind,
            start_time_unix_nano: began,
            end_time_unix_nano: now,
            attributes,
            links: Vec::new(),
            status: if failure.is_some() { Status::ERROR } else { Status::UNSET },
        }
    }
}
