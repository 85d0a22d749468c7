//! The newest traces, in bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::span::Span;

const MAX_TRACES: usize = 500;
const MAX_SPANS: usize = 500;
/// Programs send once a second. What is quiet for longer has ended.
const QUIET: Duration = Duration::from_millis(1_500);

#[derive(Debug, Default)]
pub struct Traces(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    traces: BTreeMap<String, Trace>,
    /// Ids, the oldest first.
    order: VecDeque<String>,
}

#[derive(Debug, Clone)]
pub struct Trace {
    pub id: String,
    pub spans: Vec<Span>,
    /// Spans without room.
    pub left_out: usize,
    last_span_at: Instant,
    is_new: bool,
}

impl Trace {
    pub fn has_failed(&self) -> bool {
        self.spans.iter().any(|span| span.has_failed)
    }

    /// The span that began first of those without a parent here.
    pub fn root(&self) -> Option<&Span> {
        let is_root = |span: &&Span| self.spans.iter().all(|other| other.span_id != span.parent_span_id);
        self.spans.iter().filter(is_root).min_by_key(|span| span.start_nanos)
    }

    pub fn duration(&self) -> Duration {
        let start = self.spans.iter().map(|span| span.start_nanos).min().unwrap_or_default();
        let end = self.spans.iter().map(|span| Duration::from_nanos(span.start_nanos) + span.duration).max();
        end.unwrap_or_default().saturating_sub(Duration::from_nanos(start))
    }
}

impl Traces {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, spans: Vec<Span>, now: Instant) {
        let mut kept = self.kept();
        for span in spans {
            kept.add(span, now);
        }
    }

    /// Those that are quiet and have not been taken since their last span.
    pub(super) fn take_finished(&self, now: Instant) -> Vec<Trace> {
        let mut kept = self.kept();
        let is_finished =
            |trace: &&mut Trace| trace.is_new && now.saturating_duration_since(trace.last_span_at) >= QUIET;
        let finished = kept.traces.values_mut().filter(is_finished);
        let mut taken: Vec<Trace> = finished
            .map(|trace| {
                trace.is_new = false;
                trace.clone()
            })
            .collect();
        taken.sort_by_key(|trace| trace.root().map(|root| root.start_nanos));
        taken
    }

    /// The newest first.
    pub fn all(&self) -> Vec<Trace> {
        let kept = self.kept();
        kept.order.iter().rev().filter_map(|id| kept.traces.get(id).cloned()).collect()
    }

    pub fn get(&self, id: &str) -> Option<Trace> {
        self.kept().traces.get(id).cloned()
    }

    /// The traces with a span that links to this one.
    pub(super) fn linking_to(&self, id: &str) -> Vec<Trace> {
        let links = |trace: &Trace| {
            trace.id != id && trace.spans.iter().flat_map(|span| &span.links).any(|link| link.trace_id == id)
        };
        self.all().into_iter().filter(links).collect()
    }
}

impl Kept {
    fn add(&mut self, span: Span, now: Instant) {
        let id = span.trace_id.clone();
        if !self.traces.contains_key(&id) {
            self.order.push_back(id.clone());
            if self.order.len() > MAX_TRACES
                && let Some(oldest) = self.order.pop_front()
            {
                self.traces.remove(&oldest);
            }
        }
        let trace = self.traces.entry(id.clone()).or_insert_with(|| Trace {
            id,
            spans: Vec::new(),
            left_out: 0,
            last_span_at: now,
            is_new: true,
        });
        (trace.last_span_at, trace.is_new) = (now, true);
        if trace.spans.len() < MAX_SPANS {
            trace.spans.push(span);
        } else {
            trace.left_out += 1;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::observe::span::SpanLink;

    pub(crate) fn span(trace: &str, id: &str, parent: &str, name: &str) -> Span {
        Span {
            trace_id: trace.into(),
            span_id: id.into(),
            parent_span_id: parent.into(),
            service: "shortline-origin".into(),
            name: name.into(),
            start_nanos: 1_000_000_000,
            duration: Duration::from_micros(1_234),
            has_failed: false,
            attributes: BTreeMap::new(),
            links: Vec::new(),
        }
    }

    #[test]
    fn trace_is_taken_once_when_it_is_quiet() {
        let (traces, now) = (Traces::default(), Instant::now());
        traces.add(vec![span("t", "a", "", "GET")], now);
        assert!(traces.take_finished(now + QUIET / 2).is_empty());
        assert_eq!(traces.take_finished(now + QUIET).len(), 1);
        assert!(traces.take_finished(now + 2 * QUIET).is_empty());
        traces.add(vec![span("t", "b", "a", "late")], now + 2 * QUIET);
        assert_eq!(traces.take_finished(now + 3 * QUIET)[0].spans.len(), 2);
    }

    #[test]
    fn memory_is_bounded() {
        let (traces, now) = (Traces::default(), Instant::now());
        for number in 0..MAX_TRACES + 7 {
            traces.add(vec![span(&number.to_string(), "a", "", "GET")], now);
        }
        assert_eq!(traces.all().len(), MAX_TRACES);
        assert!(traces.get("6").is_none() && traces.get("7").is_some());
        traces.add((0..MAX_SPANS + 3).map(|number| span("7", &number.to_string(), "", "x")).collect(), now);
        let trace = traces.get("7").unwrap();
        assert_eq!((trace.spans.len(), trace.left_out), (MAX_SPANS, 4));
    }

    #[test]
    fn batch_is_found_from_the_trace_that_it_links_to() {
        let (traces, now) = (Traces::default(), Instant::now());
        let links = vec![SpanLink { trace_id: "click".into(), span_id: "a".into() }];
        let batch = Span { links, ..span("batch", "b", "", "process clicks") };
        traces.add(vec![span("click", "a", "", "GET"), batch], now);
        assert_eq!(
            traces.linking_to("click").iter().map(|trace| trace.id.as_str()).collect::<Vec<_>>(),
            ["batch"]
        );
    }
}
