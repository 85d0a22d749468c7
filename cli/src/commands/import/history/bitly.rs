//! Clicks by day from Bitly's API: one request for each link. Plans differ in how far back it answers, and whether.

use serde_json::Value;

use super::super::draft::Reading;
use super::super::source_api::SourceApi;
use super::super::sources::bitly;
use super::super::sources::item::Item;
use super::records::{Days, RowDays, row_id};
use crate::api::client::segment;
use crate::error::CliError;

pub fn days(api: SourceApi, reading: Reading) -> Days {
    let links = bitly::links(api.clone());
    Box::new(links.filter_map(move |link| match link {
        Err(error) => Some(Err(error)),
        Ok(link) => of_link(&api, &link, &reading).transpose(),
    }))
}

fn of_link(api: &SourceApi, link: &Value, reading: &Reading) -> Result<Option<RowDays>, CliError> {
    let Some(row_id) = row_id(bitly::rows_of(link, reading)) else { return Ok(None) };
    let id: Vec<String> = Item(link).text("id").split('/').map(segment).collect();
    let path = format!("/bitlinks/{}/clicks", id.join("/"));
    let Some(answer) = api.get_if_allowed(&path, &[("unit", "day"), ("units", "-1")])? else {
        return Ok(None);
    };
    let clicks = answer.get("link_clicks").and_then(Value::as_array).into_iter().flatten();
    let days = clicks.filter_map(|day| {
        let item = Item(day);
        let clicks = item.number("clicks").filter(|clicks| *clicks > 0)?;
        Some((item.text("date").get(..10)?.to_owned(), clicks))
    });
    let days: Vec<_> = days.collect();
    Ok((!days.is_empty()).then_some(RowDays { row_id, days }))
}
