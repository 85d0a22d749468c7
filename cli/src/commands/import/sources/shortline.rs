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
    Box::new(links(api).flat_map(move |link| match link {
        Ok(link) => rows_of(&link, &[], &reading).into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }))
}

pub fn links(api: SourceApi) -> impl Iterator<Item = Result<Value, CliError>> {
    paging::items(String::new(), move |cursor: String| {
        let mut query = vec![("limit", PAGE), ("archived", "all")];
        if !cursor.is_empty() {
            query.push(("cursor", &cursor));
        }
        let mut answer = api.get("/api/v1/links", &query)?;
        let next = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        let next = next.filter(|next| *next != cursor);
        Ok((api.list(&mut answer, "/data")?, next))
    })
}

pub fn file_rows(path: &str, input: Input, reading: Reading) -> RowIterator {
    Box::new(of_lines(path, input, move |line| Ok(rows_of(&serde_json::from_str(line)?, &[], &reading))))
}

/// Of a backup that was checked: its domains are settled before, and its tags are those of the links.
pub fn backup_rows(path: &str, input: Input, reading: Reading) -> RowIterator {
    Box::new(links_of_backup(path, input).flat_map(move |line| match line {
        Ok(LinkLine { link, days }) => rows_of(&link, &days, &reading).into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }))
}

pub fn links_of_backup(path: &str, input: Input) -> impl Iterator<Item = Result<LinkLine, CliError>> + use<> {
    of_lines(path, input, |line| {
        let is_link = line.starts_with("{\"link\":");
        if is_link { Ok(vec![serde_json::from_str(line)?]) } else { Ok(Vec::new()) }
    })
}

fn of_lines<T, F>(path: &str, input: Input, items: F) -> impl Iterator<Item = Result<T, CliError>> + use<T, F>
where
    F: Fn(&str) -> Result<Vec<T>, serde_json::Error>,
{
    let path = path.to_owned();
    let lines = (1_u64..)
        .zip(input.lines())
        .filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    lines.flat_map(move |(number, line)| {
        let line = line.map_err(|error| CliError::file("read", &path, error));
        let read = line.and_then(|line| {
            items(&line).map_err(|error| CliError::file("read", &path, format!("line {number}: {error}")))
        });
        match read {
            Ok(items) => items.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }
    })
}

/// `days` are its clicks by day, if they are known.
pub fn rows_of(link: &Value, days: &[Value], reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(Some(item.text("domain")), item.text("code")));
    for alias in item.value("aliases").as_array().into_iter().flatten().map(Item) {
        draft.name(Name::new(Some(alias.text("domain")), alias.text("code")));
    }
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
        _ if reading.has_history => {}
        [] => draft.lost_if_set("clicks", Some(item.value("clicks/total"))),
        days => draft.lost("clicks by day", &format!("{} days", days.len())),
    }
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}
