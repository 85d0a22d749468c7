//! Clicks by day of another Shortline: from its API one request for each link that has clicks, or from a backup. Only for links that the
//! import created: of others, such as those of the installation that the backup is of, the clicks are here already.

use jiff::Timestamp;
use serde_json::Value;

use super::super::draft::Reading;
use super::super::source_api::SourceApi;
use super::super::sources::item::Item;
use super::super::sources::shortline;
use super::super::table;
use super::super::tally::hash_of;
use super::records::{Created, Days, RowDays, row_id};
use crate::api::client::segment;
use crate::commands::backup::counts::MAX_DAYS;
use crate::commands::backup::format::LinkLine;
use crate::error::CliError;

pub fn days(api: SourceApi, reading: Reading, until: Timestamp, created: Created) -> Days {
    let links = shortline::links(api.clone());
    Box::new(links.filter_map(move |link| match link {
        Err(error) => Some(Err(error)),
        Ok(link) => of_link(&api, &link, &reading, until, &created).transpose(),
    }))
}

pub fn days_of_backup(path: &str, reading: Reading, created: Created) -> Result<Days, CliError> {
    let lines = shortline::links_of_backup(path, table::open(path)?);
    Ok(Box::new(lines.filter_map(move |line| match line {
        Err(error) => Some(Err(error)),
        Ok(LinkLine { link, days }) => {
            let row_id = row_of(&link, &reading, &created)?;
            let days = days.iter().filter_map(|day| {
                let classes = Item(day).value("classes").as_object();
                let clicks = classes.into_iter().flatten().filter_map(|(_, clicks)| clicks.as_u64()).sum();
                Some((Item(day).text("day").to_owned(), clicks)).filter(|(_, clicks)| *clicks > 0)
            });
            let days: Vec<_> = days.collect();
            (!days.is_empty()).then_some(Ok(RowDays { row_id, days }))
        }
    })))
}

/// The row that became the link here.
fn row_of(link: &Value, reading: &Reading, created: &Created) -> Option<String> {
    row_id(shortline::rows_of(link, &[], reading)).filter(|row_id| created.contains(&hash_of(row_id)))
}

fn of_link(
    api: &SourceApi,
    link: &Value,
    reading: &Reading,
    until: Timestamp,
    created: &Created,
) -> Result<Option<RowDays>, CliError> {
    let item = Item(link);
    let row_id = row_of(link, reading, created).filter(|_| item.number("clicks/total") != Some(0));
    let Some(row_id) = row_id else { return Ok(None) };
    let path = format!("/api/v1/links/{}/stats", segment(item.text("id")));
    let (from, to) = (first_day(item.text("created_at"), until), until.to_string());
    let query = [("from", from.as_str()), ("to", to.as_str()), ("interval", "day")];
    let Some(answer) = api.get_if_allowed(&path, &query)? else { return Ok(None) };
    let points = answer.get("series").and_then(Value::as_array).into_iter().flatten();
    let days = points.filter_map(|point| {
        let item = Item(point);
        let clicks = item.number("clicks").filter(|clicks| *clicks > 0)?;
        Some((item.text("start").get(..10)?.to_owned(), clicks))
    });
    let days: Vec<_> = days.collect();
    Ok((!days.is_empty()).then_some(RowDays { row_id, days }))
}

/// The day of its creation, unless that is too long ago. A link may have older clicks if they were imported.
fn first_day(created_at: &str, until: Timestamp) -> String {
    let earliest = until.as_second().saturating_sub(MAX_DAYS * 86_400).max(0);
    let created = created_at.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    let from = Timestamp::from_second(created.max(earliest)).unwrap_or(Timestamp::UNIX_EPOCH);
    from.to_string().get(..10).unwrap_or_default().to_owned()
}
