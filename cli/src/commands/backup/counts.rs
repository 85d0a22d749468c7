//! A link's clicks by UTC day and class, as the statistics have them.

use serde_json::{Value, json};

use crate::api::client::{Call, Client, segment};
use crate::commands::link_reference::text;
use crate::error::CliError;

/// The API counts 27 years by day in one answer. Clicks from before a link's creation were brought from another shortener.
const FIRST_DAY: &str = "2000-01-01";

/// `[{"day": "2026-11-29", "classes": {"human": 3}}]`, without days without clicks.
pub fn by_day(client: &Client, link: &Value) -> Result<Vec<Value>, CliError> {
    let clicks = number(link, "/clicks/total");
    if clicks == 0 {
        return Ok(Vec::new());
    }
    let created = text(link, "created_at").get(..10).unwrap_or(FIRST_DAY);
    let stats = since(client, link, created)?;
    // Clicks that are counted in between make it more.
    let stats = if number(&stats, "/total") < clicks { since(client, link, FIRST_DAY)? } else { stats };
    let points = stats.get("series").and_then(Value::as_array).into_iter().flatten();
    Ok(points.filter_map(day).collect())
}

fn since(client: &Client, link: &Value, day: &str) -> Result<Value, CliError> {
    let call = Call::get(format!("/links/{}/stats", segment(text(link, "id"))));
    client.json(&call.query("from", day).query("interval", "day").query("split", "class"))
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn day(point: &Value) -> Option<Value> {
    let classes =
        point.get("classes").filter(|classes| classes.as_object().is_some_and(|all| !all.is_empty()))?;
    Some(json!({"day": text(point, "start").get(..10)?, "classes": classes}))
}
