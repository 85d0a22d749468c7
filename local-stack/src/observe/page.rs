//! The pages: a list of traces, and the waterfall of one. Plain HTML without scripts or files.

use std::fmt::{self, Display, Write};
use std::time::Duration;

use super::span::Span;
use super::terminal::duration;
use super::traces::Trace;
use super::tree::{Row, rows};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--bar:#3b7dd8;--bad:#d0342c}\
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem}\
h1{font-size:1.2rem}h2{font-size:1rem;margin-top:2rem}a{color:inherit}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}\
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.bad{color:var(--bad);font-weight:600}code{font-size:.85em;overflow-wrap:anywhere}\
.row{border-bottom:1px solid var(--line)}.row summary{display:grid;grid-template-columns:minmax(10rem,22rem) 1fr 5.5rem;gap:.5rem;align-items:center;padding:.3rem 0;cursor:pointer}\
.name{overflow-wrap:anywhere}.track{position:relative;height:.8rem;background:var(--line);border-radius:2px}\
.bar{position:absolute;top:0;bottom:0;min-width:2px;background:var(--bar);border-radius:2px}.bad .bar,.bar.bad{background:var(--bad)}\
.n{font-variant-numeric:tabular-nums}dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;margin:.2rem 0 .8rem 1rem}dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}\
@media(max-width:40rem){.row summary{grid-template-columns:1fr 4.5rem}.track{grid-column:1/3;grid-row:2}.wide{display:none}}";

pub(super) fn list(traces: &[Trace]) -> String {
    let mut body = String::from("<h1>Traces</h1>");
    if traces.is_empty() {
        body.push_str("<p>None yet. Follow a link, then load this page again.</p>");
        return page("Traces", &body);
    }
    body.push_str("<table><tr><th>what<th class=wide>program<th class=n>spans<th class=n>time</tr>");
    for trace in traces {
        let root = trace.root();
        let name = root.map_or("", |root| &root.name);
        let class = if trace.has_failed() { " class=bad" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "<tr><td{class}><a href=\"/traces/{}\">{}</a> {}<td class=wide>{}<td class=n>{}<td class=n>{}</tr>",
            Escaped(&trace.id),
            Escaped(name),
            Escaped(root.map_or("", Span::outcome)),
            Escaped(root.map_or("", |root| &root.service)),
            trace.spans.len() + trace.left_out,
            duration(trace.duration()),
        );
    }
    body.push_str("</table>");
    page("Traces", &body)
}

/// `linking` have spans that link to this trace.
pub(super) fn trace(trace: &Trace, linking: &[Trace]) -> String {
    let name = trace.root().map_or("", |root| &root.name);
    let mut body = format!(
        "<p><a href=\"/\">All traces</a></p><h1>{}</h1><p><code>{}</code>, {}</p>",
        Escaped(name),
        Escaped(&trace.id),
        duration(trace.duration()),
    );
    let start = trace.spans.iter().map(|span| span.start_nanos).min().unwrap_or_default();
    for row in rows(trace) {
        write_row(&mut body, &row, start, trace.duration());
    }
    if trace.left_out > 0 {
        let _ = write!(body, "<p>{} more spans had no room.</p>", trace.left_out);
    }
    let mut links: Vec<&str> =
        trace.spans.iter().flat_map(|span| &span.links).map(|link| link.trace_id.as_str()).collect();
    links.sort_unstable();
    links.dedup();
    write_links(&mut body, "Links to", links.into_iter());
    write_links(&mut body, "Linked from", linking.iter().map(|trace| trace.id.as_str()));
    page(name, &body)
}

pub(super) fn missing() -> String {
    page(
        "No such trace",
        "<h1>No such trace</h1><p>Only the newest are kept. <a href=\"/\">All traces</a></p>",
    )
}

fn write_row(body: &mut String, Row { span, depth }: &Row<'_>, start: u64, total: Duration) {
    let share = |part: Duration| 100.0 * part.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
    let offset = share(Duration::from_nanos(span.start_nanos.saturating_sub(start))).min(100.0);
    let width = share(span.duration).min(100.0 - offset);
    let class = if span.has_failed { " bad" } else { "" };
    let _ = write!(
        body,
        "<details class=\"row{class}\"><summary><span class=name style=\"padding-left:{:.1}rem\">{} {}</span>\
         <span class=track><span class=\"bar{class}\" style=\"left:{offset:.2}%;width:{width:.2}%\"></span></span>\
         <span class=n>{}</span></summary><dl><dt>program<dd>{}",
        0.8 * *depth as f64,
        Escaped(&span.name),
        Escaped(span.outcome()),
        duration(span.duration),
        Escaped(&span.service),
    );
    for (name, value) in &span.attributes {
        let _ = write!(body, "<dt>{}<dd>{}", Escaped(name), Escaped(value));
    }
    body.push_str("</dl></details>");
}

fn write_links<'a>(body: &mut String, title: &str, mut traces: impl Iterator<Item = &'a str>) {
    let Some(first) = traces.next() else { return };
    let _ = write!(body, "<h2>{title}</h2><ul>");
    for id in std::iter::once(first).chain(traces) {
        let _ = write!(body, "<li><a href=\"/traces/{0}\"><code>{0}</code></a>", Escaped(id));
    }
    body.push_str("</ul>");
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style><body>{body}",
        Escaped(title)
    )
}

/// Text of a span, which any local program may have sent.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '&' => formatter.write_str("&amp;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::observe::span::SpanLink;
    use crate::observe::traces::Traces;
    use crate::observe::traces::tests::span;

    fn traces() -> Traces {
        let traces = Traces::default();
        let child = Span {
            start_nanos: 1_000_617_000,
            duration: Duration::from_micros(617),
            has_failed: true,
            attributes: [("error.type".to_owned(), "<b>unavailable".to_owned())].into(),
            ..span("t1", "b", "a", "links database")
        };
        let links = vec![SpanLink { trace_id: "t1".into(), span_id: "a".into() }];
        let batch = Span { links, ..span("t2", "c", "", "process clicks") };
        traces.add(vec![span("t1", "a", "", "GET /{code}"), child, batch], Instant::now());
        traces
    }

    #[test]
    fn list_names_each_trace_and_marks_failures() {
        let page = list(&traces().all());
        assert!(page.contains("<td class=bad><a href=\"/traces/t1\">GET /{code}</a>"), "{page}");
        assert!(page.contains("<td><a href=\"/traces/t2\">process clicks</a>"), "{page}");
        assert!(list(&[]).contains("None yet"));
    }

    #[test]
    fn waterfall_shows_when_a_span_ran_and_what_it_is_linked_with() {
        let traces = traces();
        let page = trace(&traces.get("t1").unwrap(), &traces.linking_to("t1"));
        assert!(page.contains("left:50.00%;width:50.00%"), "{page}");
        assert!(page.contains("&lt;b&gt;unavailable") && !page.contains("<b>"), "{page}");
        assert!(page.contains("<h2>Linked from</h2><ul><li><a href=\"/traces/t2\">"), "{page}");
        let batch = trace_of(&traces, "t2");
        assert!(batch.contains("<h2>Links to</h2><ul><li><a href=\"/traces/t1\">"), "{batch}");
    }

    fn trace_of(traces: &Traces, id: &str) -> String {
        trace(&traces.get(id).unwrap(), &traces.linking_to(id))
    }

    #[test]
    fn page_needs_no_other_file() {
        let page = trace_of(&traces(), "t1");
        for reference in ["src=", "<link", "@import", "url(", "<script"] {
            assert!(!page.contains(reference), "{reference}");
        }
        assert!(page.contains("width=device-width") && page.contains("color-scheme:light dark"));
    }
}
