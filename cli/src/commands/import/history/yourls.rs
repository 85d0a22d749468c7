//! Visits from an SQL dump of YOURLS: the rows of its table of clicks. Addresses are left out.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::row;
use super::super::sources::sql::{Dump, Statement};
use super::super::table;
use super::records::{Visit, Visits, moment, visit};
use crate::error::CliError;

/// The columns of `yourls_log`, where an INSERT does not name them.
const COLUMNS: [&str; 7] =
    ["click_id", "click_time", "shorturl", "referrer", "user_agent", "ip_address", "country_code"];

pub fn visits(path: &str, mut reading: Reading, until: Timestamp) -> Result<Visits, CliError> {
    let (mut dump, path) = (Dump::new(table::open(path)?), path.to_owned());
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            match dump.next()? {
                Err(cause) => return Some(Err(CliError::file("read", &path, cause))),
                Ok(Statement::Utc) => reading.zone = Some(jiff::tz::TimeZone::UTC),
                Ok(Statement::Row { table, columns, values })
                    if table == "log" || table.ends_with("_log") =>
                {
                    if let Some(visit) = visit_of(&columns, &values, &reading, until) {
                        return Some(Ok(visit));
                    }
                }
                Ok(Statement::Row { .. }) => {}
            }
        }
    })))
}

fn visit_of(
    columns: &[String],
    values: &[Option<String>],
    reading: &Reading,
    until: Timestamp,
) -> Option<Visit> {
    let names: Vec<&str> =
        if columns.is_empty() { COLUMNS.to_vec() } else { columns.iter().map(String::as_str).collect() };
    let text = |wanted: &str| {
        let found = names.iter().zip(values).find(|(name, _)| **name == wanted);
        found.and_then(|(_, value)| value.as_deref()).unwrap_or_default()
    };
    let time: Value = json!(text("click_time"));
    let at = moment(&time, reading, until)?;
    let row_id = row::row_id(&Name::new(None, text("shorturl")).id());
    // YOURLS writes `direct` where no page led to the link.
    let referrer = if text("referrer") == "direct" { "" } else { text("referrer") };
    Some(visit(&row_id, at, [text("country_code"), referrer, text("user_agent")]))
}
