//! Finished traces as text. Says what it leaves out.

use std::fmt::Write;
use std::time::Duration;

use super::traces::Trace;
use super::tree::rows;

/// In one second.
const MAX_TRACES: usize = 5;
const MAX_ROWS: usize = 20;
/// Before the durations.
const NAME_WIDTH: usize = 56;

#[derive(Debug)]
pub(super) struct Terminal {
    url: String,
    colored: bool,
}

impl Terminal {
    pub(super) fn new(url: String, colored: bool) -> Self {
        Self { url, colored }
    }

    /// Failed traces first, if there are too many.
    pub(super) fn text(&self, mut traces: Vec<Trace>) -> String {
        let total = traces.len();
        traces.sort_by_key(|trace| !trace.has_failed());
        traces.truncate(MAX_TRACES);
        let mut text = String::new();
        for trace in &traces {
            self.write(&mut text, trace);
        }
        if total > traces.len() {
            let _ = writeln!(text, "… {} more traces: {}", total - traces.len(), self.url);
        }
        text
    }

    fn write(&self, text: &mut String, trace: &Trace) {
        let mark = if trace.has_failed() { self.failed("failed ") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{mark}trace {}  {}/traces/{0}", trace.id, self.url);
        let rows = rows(trace);
        for row in rows.iter().take(MAX_ROWS) {
            let span = row.span;
            let name = format!("{:1$}{2}", "", 2 * (row.depth + 1), printable(&span.name));
            let duration = duration(span.duration);
            let outcome = printable(span.outcome());
            let line =
                format!("{name:<NAME_WIDTH$} {duration:>9}  {outcome:<12} {}", printable(&span.service));
            let line = line.trim_end();
            let _ = writeln!(text, "{}", if span.has_failed { self.failed(line) } else { line.to_owned() });
        }
        let left_out = rows.len().saturating_sub(MAX_ROWS) + trace.left_out;
        if left_out > 0 {
            let _ = writeln!(text, "  … {left_out} more spans");
        }
        let links: usize = trace.spans.iter().map(|span| span.links.len()).sum();
        if links > 0 {
            let _ = writeln!(text, "  … linked to {links} spans");
        }
    }

    fn failed(&self, text: &str) -> String {
        if self.colored { format!("\x1b[31m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A span's text must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(80).collect()
}

pub(super) fn duration(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    if millis >= 1_000.0 { format!("{:.2} s", millis / 1e3) } else { format!("{millis:.2} ms") }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::observe::span::Span;
    use crate::observe::traces::Traces;
    use crate::observe::traces::tests::span;

    fn text(spans: Vec<Span>) -> String {
        let (traces, now) = (Traces::default(), Instant::now());
        traces.add(spans, now);
        let finished = traces.take_finished(now + Duration::from_secs(60));
        Terminal::new("http://127.0.0.1:4318".into(), false).text(finished)
    }

    #[test]
    fn trace_is_a_tree_with_durations_and_failures() {
        let root = Span {
            has_failed: true,
            attributes: [("http.response.status_code".to_owned(), "503".to_owned())].into(),
            ..span("4bf9", "a", "", "GET /{code}")
        };
        let lines = text(vec![root, span("4bf9", "b", "a", "links database\u{1b}[2J")]);
        let lines: Vec<_> = lines.lines().collect();
        assert_eq!(lines[1], "failed trace 4bf9  http://127.0.0.1:4318/traces/4bf9");
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words(lines[2]), "GET /{code} 1.23 ms 503 shortline-origin");
        assert_eq!(words(lines[3]), "links database[2J 1.23 ms shortline-origin");
        assert!(lines[3].starts_with("    links"));
    }

    #[test]
    fn flood_is_shortened_and_failures_stay() {
        let mut spans: Vec<_> = (0..20).map(|number| span(&number.to_string(), "a", "", "GET")).collect();
        spans.push(Span { has_failed: true, ..span("bad", "a", "", "GET") });
        spans.extend((0..30).map(|number| span("bad", &format!("b{number}"), "a", "SELECT")));
        let text = text(spans);
        assert!(text.contains("failed trace bad") && text.contains("… 11 more spans"), "{text}");
        assert!(text.contains("… 16 more traces: http://127.0.0.1:4318"), "{text}");
    }
}
