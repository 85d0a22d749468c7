//! What a source tells of the past of a link: visits, or clicks by day.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::row::SourceRow;
use super::super::times::{self, Moment};
use crate::error::CliError;

/// What the API keeps of a user agent, in bytes, is less.
const MAX_TEXT: usize = 1_024;

pub type Visits = Box<dyn Iterator<Item = Result<Visit, CliError>>>;
pub type Days = Box<dyn Iterator<Item = Result<RowDays, CliError>>>;

pub enum History {
    Visits(Visits),
    Days(Days),
}

/// A visit as the API takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit(pub Value);

/// Clicks by day of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDays {
    pub row_id: String,
    /// Dates such as `2019-06-01`, and clicks.
    pub days: Vec<(String, u64)>,
}

/// Hashes of the ids of rows that became links.
pub type Created = HashSet<u64>;

/// The row that a link's history belongs to: not those of its further names.
pub fn row_id(rows: Vec<SourceRow>) -> Option<String> {
    rows.into_iter().next().map(|row| row.row_id)
}

/// Absent if the time cannot be read, is later than `until`, or earlier than the API takes.
pub fn moment(value: &Value, reading: &Reading, until: Timestamp) -> Option<Timestamp> {
    let at = match times::read(value)? {
        Moment::At(at) => at,
        Moment::Local(local) => {
            times::in_zone(local, reading.zone.as_ref().unwrap_or(&jiff::tz::TimeZone::UTC))?
        }
    };
    (Timestamp::UNIX_EPOCH..=until).contains(&at).then_some(at)
}

/// Texts are optional; a country is only taken with two letters.
pub fn visit(row_id: &str, at: Timestamp, [country, referrer, user_agent]: [&str; 3]) -> Visit {
    let mut visit = json!({"row_id": row_id, "time": at.to_string()});
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    let texts = [
        ("country", if is_country { country } else { "" }),
        ("referrer", referrer),
        ("user_agent", user_agent),
    ];
    if let Some(fields) = visit.as_object_mut() {
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            let end = text.floor_char_boundary(MAX_TEXT);
            fields.insert(name.to_owned(), text.get(..end).unwrap_or_default().into());
        }
    }
    Visit(visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visit_has_the_fields_that_are_known() {
        let at = "2019-06-01T12:00:00Z".parse().unwrap();
        let full = visit("a", at, ["DE", "https://news.example/", "Mozilla/5.0"]);
        let expected = json!({
            "row_id": "a", "time": "2019-06-01T12:00:00Z", "country": "DE", "referrer": "https://news.example/",
            "user_agent": "Mozilla/5.0",
        });
        assert_eq!(full.0, expected);
        let bare = visit("a", at, ["Germany", "", ""]);
        assert_eq!(bare.0, json!({"row_id": "a", "time": "2019-06-01T12:00:00Z"}));
        let long = visit("a", at, ["", &"ü".repeat(1_000), ""]);
        assert_eq!(long.0["referrer"].as_str().map(str::len), Some(MAX_TEXT));
    }

    #[test]
    fn visit_must_lie_between_1970_and_the_import() {
        let reading =
            Reading { now: Timestamp::UNIX_EPOCH, zone: None, needs_zone: false, has_history: true };
        let until = "2026-11-24T00:00:00Z".parse().unwrap();
        let read = |text: &str| moment(&json!(text), &reading, until).map(|at| at.to_string());
        assert_eq!(read("2026-11-24T00:00:00Z").as_deref(), Some("2026-11-24T00:00:00Z"));
        assert_eq!(read("2019-06-01 12:00:00").as_deref(), Some("2019-06-01T12:00:00Z"));
        for text in ["2026-11-24T00:00:01Z", "1969-12-31T23:59:59Z", "", "soon"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
