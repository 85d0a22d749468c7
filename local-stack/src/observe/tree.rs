//! The spans of a trace in the order in which they are shown: each below its parent, by time.

use super::span::Span;
use super::traces::Trace;

/// A span, and how many spans it is in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) span: &'a Span,
    pub(super) depth: usize,
}

/// Spans whose parent was not received stand at the top. A circle of parents, which no program sends, is left out.
pub(super) fn rows(trace: &Trace) -> Vec<Row<'_>> {
    let mut spans: Vec<&Span> = trace.spans.iter().collect();
    spans.sort_by_key(|span| (span.start_nanos, std::cmp::Reverse(span.duration)));
    let is_known = |id: &str| spans.iter().any(|span| span.span_id == id);
    let mut waiting: Vec<Row<'_>> = Vec::new();
    let top = spans.iter().rev().filter(|span| !is_known(&span.parent_span_id));
    waiting.extend(top.map(|span| Row { span, depth: 0 }));
    let mut rows = Vec::new();
    while let Some(row) = waiting.pop() {
        let children = spans.iter().rev().filter(|span| span.parent_span_id == row.span.span_id);
        waiting.extend(children.map(|span| Row { span, depth: row.depth + 1 }));
        rows.push(row);
        // An id that came twice would bring its children twice.
        if rows.len() > spans.len() {
            break;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::observe::traces::Traces;
    use crate::observe::traces::tests::span;

    #[test]
    fn children_stand_below_their_parent_by_time() {
        let traces = Traces::default();
        let at = |start_nanos, span| Span { start_nanos, ..span };
        traces.add(
            vec![
                at(5, span("t", "c", "a", "second")),
                at(9, span("t", "e", "gone", "orphan")),
                at(2, span("t", "b", "a", "first")),
                at(3, span("t", "d", "b", "inner")),
                at(1, span("t", "a", "", "root")),
            ],
            Instant::now(),
        );
        let trace = traces.get("t").unwrap();
        let rows: Vec<_> = rows(&trace).iter().map(|row| (row.depth, row.span.name.clone())).collect();
        let expected = [(0, "root"), (1, "first"), (2, "inner"), (1, "second"), (0, "orphan")];
        assert_eq!(rows, expected.map(|(depth, name)| (depth, name.to_owned())));
    }

    #[test]
    fn circle_ends() {
        let traces = Traces::default();
        traces.add(
            vec![span("t", "a", "b", "x"), span("t", "b", "a", "y"), span("t", "c", "c", "z")],
            Instant::now(),
        );
        assert!(rows(&traces.get("t").unwrap()).len() <= 3);
    }
}
