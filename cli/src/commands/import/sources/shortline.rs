//! Another Shortline: its links as JSON lines, from a backup, or from its API.

use std::io::BufRead;

use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::super::table::Input;
use super::item::{Item, Paths};
use crate::commands::backup::format::LinkLine;
use crate::error::CliError;

const PAGE: &str = "100";
const PATHS: Paths = Paths {
    short_url: "short_url",
    url: "url",
    title: "title",
    notes: "notes",
    tags: "tags",
    created_at: "created_at",
};
/// Fields that are taken as they are, if they are set.
const SAME: [&str; 6] = ["external_id", "forward_query", "forward_path", "rules", "preview", "archived"];

pub fn api_rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(String::new(), move |cursor: String| {
        let mut query = vec![("limit", PAGE), ("archived", "all")];
        if !cursor.is_empty() {
            query.push(("cursor", &cursor));
        }
        let mut answer = api.get("/api/v1/links", &query)?;
        let next = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        let next = next.filter(|next| *next != cursor);
        let links = api.list(&mut answer, "/data")?;
        Ok((links.iter().flat_map(|link| rows_of(link, &[], &reading)).collect(), next))
    })
}

pub fn file_rows(path: &str, input: Input, reading: Reading) -> RowIterator {
    rows_of_lines(path, input, move |line| Ok(rows_of(&serde_json::from_str(line)?, &[], &reading)))
}

/// Of a backup that was checked: its domains are settled before, and its tags are those of the links.
pub fn backup_rows(path: &str, input: Input, reading: Reading) -> RowIterator {
    rows_of_lines(path, input, move |line| {
        if !line.starts_with("{\"link\":") {
            return Ok(Vec::new());
        }
        let LinkLine { link, days } = serde_json::from_str(line)?;
        Ok(rows_of(&link, &days, &reading))
    })
}

fn rows_of_lines(
    path: &str,
    input: Input,
    rows: impl Fn(&str) -> Result<Vec<SourceRow>, serde_json::Error> + 'static,
) -> RowIterator {
    let path = path.to_owned();
    let lines = (1_u64..)
        .zip(input.lines())
        .filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    Box::new(lines.flat_map(move |(number, line)| {
        let line = line.map_err(|error| CliError::file("read", &path, error));
        let read = line.and_then(|line| {
            rows(&line).map_err(|error| CliError::file("read", &path, format!("line {number}: {error}")))
        });
        match read {
            Ok(rows) => rows.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }
    }))
}

/// `days` are its clicks by day, if they are known.
fn rows_of(link: &Value, days: &[Value], reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(Some(item.text("domain")), item.text("code")));
    draft.status(item.value("status"));
    draft.starts_at(item.value("starts_at"));
    draft.expires_at(item.value("expires_at"));
    draft.expired_url(item.text("expired_url"));
    let used = item.number("clicks/human").unwrap_or_default();
    // Its gate counts visits before the clicks are stored.
    let used = if item.text("state") == "exhausted" { u64::MAX } else { used };
    draft.max_clicks(item.number("max_clicks"), used);
    draft.password(None, item.is("password_protected"));
    match item.text("state") {
        "disabled" => draft.set("state", "disabled"),
        // Its destination may not be blocked here.
        "blocked" => draft.disable("state blocked (created disabled)", item.text("url")),
        _ => {}
    }
    for field in SAME {
        let value = item.value(field);
        if ![Value::Null, Value::Bool(false), json!([])].contains(value) {
            draft.set(field, value.clone());
        }
    }
    match days {
        [] => draft.lost_if_set("clicks", Some(item.value("clicks/total"))),
        days => draft.lost("clicks by day", &format!("{} days", days.len())),
    }
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}
