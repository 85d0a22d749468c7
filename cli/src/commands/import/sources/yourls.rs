//! YOURLS: an SQL dump of its table of URLs. Its CSV exports are read as tables.

use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::row::{RowIterator, SourceRow};
use super::super::table::Input;
use super::item::{Item, Paths};
use super::sql::{Dump, Statement};
use crate::error::CliError;

/// The columns of `yourls_url`, where an INSERT does not name them.
const COLUMNS: [&str; 6] = ["keyword", "url", "title", "timestamp", "ip", "clicks"];
const PATHS: Paths =
    Paths { short_url: "keyword", url: "url", title: "title", notes: "", tags: "", created_at: "timestamp" };

/// Dumps of mysqldump and phpMyAdmin say that their times are in UTC; then the zone of the server does not matter.
pub fn dump_rows(path: &str, input: Input, mut reading: Reading) -> RowIterator {
    let mut dump = Dump::new(input);
    let path = path.to_owned();
    Box::new(std::iter::from_fn(move || {
        loop {
            return match dump.next() {
                None => None,
                Some(Err(cause)) => Some(Err(CliError::file("read", &path, cause))),
                Some(Ok(Statement::Utc)) => {
                    reading.zone = Some(jiff::tz::TimeZone::UTC);
                    continue;
                }
                // The table has a prefix that can be chosen.
                Some(Ok(Statement::Row { table, .. })) if !(table == "url" || table.ends_with("_url")) => {
                    continue;
                }
                Some(Ok(Statement::Row { columns, values, .. })) => {
                    Some(Ok(row_of(&columns, &values, &reading)))
                }
            };
        }
    }))
}

fn row_of(columns: &[String], values: &[Option<String>], reading: &Reading) -> SourceRow {
    let names: Vec<&str> =
        if columns.is_empty() { COLUMNS.to_vec() } else { columns.iter().map(String::as_str).collect() };
    let object: Value =
        names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let item = Item(&object);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(None, item.text("keyword")));
    if item.text("clicks") != "0" && !reading.has_history {
        draft.lost_if_set("clicks", Some(item.value("clicks")));
    }
    for (name, value) in object.as_object().into_iter().flatten() {
        if !COLUMNS.contains(&name.as_str()) || name == "ip" {
            draft.lost_if_set(name, Some(value));
        }
    }
    // One name makes one row.
    draft.rows(None, item.original(&PATHS)).into_iter().next().unwrap_or_default()
}
