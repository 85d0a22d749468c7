//! A link's clicks by UTC day and class, as the statistics have them.

use serde_json::{Value, json};
use time::macros::{date, format_description};
use time::{Date, Duration, OffsetDateTime};

use crate::api::client::{Call, Client, segment};
use crate::commands::link_reference::text;
use crate::error::CliError;

/// Clicks from before a link's creation were brought from another shortener. The first ones are of 2002.
const FIRST_DAY: Date = date!(2000 - 01 - 01);
/// Of one series: the API gives 10,000 points.
pub const MAX_DAYS: i64 = 9_000;

/// `[{"day": "2026-11-29", "classes": {"human": 3}}]`, without days without clicks.
pub fn by_day(client: &Client, link: &Value, now: OffsetDateTime) -> Result<Vec<Value>, CliError> {
    let clicks = number(link, "/clicks/total");
    if clicks == 0 {
        return Ok(Vec::new());
    }
    let created = text(link, "created_at").get(..10).unwrap_or_default();
    let created = Date::parse(created, format_description!("[year]-[month]-[day]")).unwrap_or(FIRST_DAY);
    let (days, counted) = since(client, link, created, now)?;
    // Clicks that are counted in between make it more.
    if counted >= clicks || created <= FIRST_DAY {
        return Ok(days);
    }
    since(client, link, FIRST_DAY, now).map(|(days, _)| days)
}

/// With their sum.
fn since(
    client: &Client,
    link: &Value,
    first: Date,
    now: OffsetDateTime,
) -> Result<(Vec<Value>, u64), CliError> {
    let (mut days, mut clicks, mut from) = (Vec::new(), 0, Some(first));
    while let Some(start) = from {
        let end = start.checked_add(Duration::days(MAX_DAYS)).filter(|end| *end <= now.date());
        let call = Call::get(format!("/links/{}/stats", segment(text(link, "id"))))
            .query("from", start)
            .maybe("to", end)
            .query("interval", "day")
            .query("split", "class");
        let stats = client.json(&call)?;
        clicks += number(&stats, "/total");
        let points = stats.get("series").and_then(Value::as_array).into_iter().flatten();
        days.extend(points.filter_map(day));
        from = end;
    }
    Ok((days, clicks))
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn day(point: &Value) -> Option<Value> {
    let classes =
        point.get("classes").filter(|classes| classes.as_object().is_some_and(|all| !all.is_empty()))?;
    Some(json!({"day": text(point, "start").get(..10)?, "classes": classes}))
}
