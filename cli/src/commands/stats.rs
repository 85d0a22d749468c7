//! `stats`: a summary with a sparkline and bars for people, rows for programs.

use serde_json::Value;

use super::link_reference;
use crate::api::client::{Call, Client, segment};
use crate::app::App;
use crate::args::Format;
use crate::args::statistics::{IntervalArg, StatsArgs};
use crate::error::CliError;
use crate::output::bars;
use crate::output::cell::{Column, grouped};
use crate::times::{self, Direction};

const GROUPS: [Column; 3] = [
    Column::text("VALUE", "value"),
    Column::number("CLICKS", "clicks"),
    Column::number("VISITORS", "visitors"),
];
/// The value of a link is its id.
const LINKS: [Column; 4] = [
    Column::text("SHORT URL", "short_url"),
    Column::number("CLICKS", "clicks"),
    Column::number("VISITORS", "visitors"),
    Column::text("ID", "value"),
];
const SERIES: [Column; 3] = [
    Column::time("START", "start"),
    Column::number("CLICKS", "clicks"),
    Column::number("VISITORS", "visitors"),
];

/// Of a sparkline, if the terminal has room.
const SPARKLINE: usize = 60;
const MAX_BAR: usize = 30;
/// The rest of a row with a bar: gaps, numbers and the share.
const BESIDE_BAR: usize = 34;
const MAX_VALUE: usize = 40;
const SHOWN_GROUPS: usize = 15;

pub fn run(app: &mut App, arguments: &StatsArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let (title, call) = call(app, &client, arguments)?;
    let mut stats = client.json(&call)?;
    let is_for_people = app.output.is_plain() && app.output.terminal.is_seen();
    let limit = arguments.limit.filter(|_| !is_for_people);
    if let (Some(limit), Some(Value::Array(groups))) = (limit, stats.get_mut("groups")) {
        groups.truncate(limit);
    }
    if let Some(age) = stats.get("stale_seconds").and_then(Value::as_u64) {
        app.warn(&format!("The analytics database does not answer in time: these numbers are {age} s old."));
    }
    if stats.get("basis").and_then(Value::as_str) == Some("sample") {
        app.warn("The numbers are estimates from a sample of the clicks.");
    }
    if !app.output.is_plain() && app.output.format == Format::Json {
        return app.output.record(&[], &stats);
    }
    let rows = |name: &str| stats.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    if arguments.series {
        return app.output.rows(&SERIES, rows("series"));
    }
    if !app.output.is_plain() || !app.output.terminal.is_seen() && arguments.by.is_some() {
        return match arguments.by.as_deref() {
            Some("link") => app.output.rows(&LINKS, rows("groups")),
            Some(_) => app.output.rows(&GROUPS, rows("groups")),
            None => app.output.rows(&SERIES, rows("series")),
        };
    }
    summary(app, &title, &stats)?;
    if let Some(by) = &arguments.by {
        app.output.line("")?;
        groups(app, by, &rows("groups"), arguments.limit.unwrap_or(SHOWN_GROUPS))?;
    }
    Ok(())
}

fn call(app: &App, client: &Client, arguments: &StatsArgs) -> Result<(String, Call), CliError> {
    let (title, call) = match &arguments.link {
        Some(link) => {
            let link = link_reference::find(client, link, arguments.domain.as_deref())?;
            let path = format!("/links/{}/stats", segment(link_reference::text(&link, "id")));
            (link_reference::text(&link, "short_url").to_owned(), Call::get(path))
        }
        None => {
            let title = match (&arguments.domain, &arguments.tag) {
                (Some(domain), _) => domain.clone(),
                (None, Some(tag)) => format!("tag {tag}"),
                (None, None) => "all links".to_owned(),
            };
            let call = Call::get("/stats")
                .maybe("domain", arguments.domain.as_ref())
                .maybe("tag", arguments.tag.as_ref());
            (title, call)
        }
    };
    let mut call = call
        .maybe("from", range_end(app, arguments.since.as_deref())?)
        .maybe("to", range_end(app, arguments.until.as_deref())?)
        .maybe("interval", interval(app, arguments).map(IntervalArg::as_str))
        .maybe("class", arguments.class.as_ref())
        .maybe("group_by", arguments.by.as_ref())
        .maybe("timezone", arguments.timezone.as_ref());
    for filter in &arguments.filters {
        let Some((name, value)) = filter.split_once('=') else {
            return Err(CliError::usage(format!(
                "write WHAT=VALUE, such as country=DE, instead of {filter}"
            )));
        };
        call = call.query(name, value);
    }
    Ok((title, call))
}

/// A date or a time without an offset goes as it is: the API reads it in the time zone of the range.
fn range_end(app: &App, text: Option<&str>) -> Result<Option<String>, CliError> {
    let Some(text) = text else { return Ok(None) };
    let is_calendar = text
        .get(..5)
        .is_some_and(|start| start.ends_with('-') && start.starts_with(|c: char| c.is_ascii_digit()));
    if is_calendar { Ok(Some(text.to_owned())) } else { app.time(text, Direction::Past).map(Some) }
}

/// Hours for up to two days, else what the API takes.
fn interval(app: &App, arguments: &StatsArgs) -> Option<IntervalArg> {
    let start = arguments.since.as_deref().and_then(|text| times::parse(text, app.now, Direction::Past).ok());
    let is_short =
        start.is_some_and(|start| arguments.until.is_none() && app.now - start <= time::Duration::days(2));
    arguments.interval.or(is_short.then_some(IntervalArg::Hour))
}

fn number(stats: &Value, pointer: &str) -> u64 {
    stats.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn summary(app: &mut App, title: &str, stats: &Value) -> Result<(), CliError> {
    let text = |name: &str| stats.get(name).and_then(Value::as_str).unwrap_or_default();
    let range =
        format!("{} – {} ({})", times::short(text("from")), times::short(text("to")), text("timezone"));
    app.output.heading(title)?;
    app.output.line(&range)?;
    app.output.line("")?;
    for (label, pointer, before) in
        [("clicks", "/total", "/previous/total"), ("visitors", "/visitors", "/previous/visitors")]
    {
        let (now, before) = (number(stats, pointer), number(stats, before));
        let line = format!("{label:<10}{:>12}   {}", grouped(now), change(now, before));
        app.output.line(line.trim_end())?;
    }
    if app.output.terminal.is_seen() {
        let series = stats.get("series").and_then(Value::as_array).into_iter().flatten();
        let clicks: Vec<u64> = series.map(|point| number(point, "/clicks")).collect();
        let width = app.output.terminal.width.unwrap_or(SPARKLINE).min(SPARKLINE);
        if clicks.iter().any(|clicks| *clicks > 0) {
            app.output.line("")?;
            app.output.line(&bars::sparkline(&clicks, width))?;
        }
    }
    Ok(())
}

/// Against the period before.
fn change(now: u64, before: u64) -> String {
    match (i128::from(now) - i128::from(before), before) {
        (_, 0) => String::new(),
        (0, _) => "the same as before".to_owned(),
        (more, before) => {
            let percent = (more.abs() * 100 + i128::from(before) / 2) / i128::from(before);
            format!("{}{percent} % against the period before", if more > 0 { '+' } else { '-' })
        }
    }
}

fn groups(app: &mut App, by: &str, groups: &[Value], limit: usize) -> Result<(), CliError> {
    if groups.is_empty() {
        return app.output.line("No clicks.");
    }
    let value = |group: &Value| {
        let text = |name: &str| group.get(name).and_then(Value::as_str);
        // The value of a link is an id.
        let text = text("short_url").or_else(|| text("value")).unwrap_or_default();
        let text = if text.is_empty() { "(none)" } else { text };
        crate::output::table::shortened(&crate::output::cell::harmless(text), MAX_VALUE)
    };
    let total: u64 = groups.iter().map(|group| number(group, "/clicks")).sum();
    let max = groups.iter().map(|group| number(group, "/clicks")).max().unwrap_or_default();
    let shown: Vec<&Value> = groups.iter().take(limit).collect();
    let name_width =
        shown.iter().map(|group| value(group).chars().count()).chain([by.len()]).max().unwrap_or_default();
    let room = app.output.terminal.width.unwrap_or_default().saturating_sub(name_width + BESIDE_BAR);
    let bar_width = room.min(MAX_BAR);
    app.output.heading(&format!(
        "{:<name_width$}  {:>10}  {:>10}",
        by.to_uppercase(),
        "CLICKS",
        "VISITORS"
    ))?;
    for group in &shown {
        let clicks = number(group, "/clicks");
        let bar =
            if app.output.terminal.is_seen() { bars::bar(clicks, max, bar_width) } else { String::new() };
        let row = format!(
            "{:<name_width$}  {:>10}  {:>10}  {bar:<bar_width$} {}",
            value(group),
            grouped(clicks),
            grouped(number(group, "/visitors")),
            bars::percent(clicks, total),
        );
        app.output.line(row.trim_end())?;
    }
    if groups.len() > shown.len() {
        app.note(&format!("{} more: --limit shows them.", groups.len() - shown.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::Output;
    use crate::output::terminal::Terminal;
    use crate::test_support::{Written, app};

    fn group(value: &str, clicks: u64) -> Value {
        json!({"value": value, "clicks": clicks, "visitors": clicks / 2})
    }

    fn printed(width: Option<usize>) -> String {
        let written = Written::default();
        let terminal = Terminal { width, colour: false };
        let mut app = app(Output::new(Format::Table, Vec::new(), terminal, Box::new(written.clone())));
        let stats = json!({
            "from": "2026-11-01T00:00:00.000Z", "to": "2026-11-05T00:00:00.000Z", "timezone": "UTC", "total": 12_345, "visitors": 900,
            "previous": {"total": 10_000, "visitors": 900},
            "series": [{"clicks": 1}, {"clicks": 0}, {"clicks": 50}, {"clicks": 100}],
        });
        summary(&mut app, "https://go.example.com/summer", &stats).unwrap();
        let rows = [group("DE", 9_000), group("", 3_000), group("a\u{1b}b", 345)];
        groups(&mut app, "country", &rows, 15).unwrap();
        drop(app);
        written.text()
    }

    #[test]
    fn summary_keeps_its_form() {
        insta::assert_snapshot!([printed(Some(100)), printed(None)].join("\n----\n"));
    }

    #[test]
    fn change_is_against_the_period_before() {
        assert_eq!(change(150, 100), "+50 % against the period before");
        assert_eq!(change(50, 100), "-50 % against the period before");
        assert_eq!(change(100, 100), "the same as before");
        assert_eq!(change(100, 0), "");
    }
}
