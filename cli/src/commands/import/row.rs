//! A row of a source on its way to the API: the link it asks for, what of it cannot be carried over, and the row itself.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use super::names::Name;
use crate::error::CliError;

/// The API's limit.
const MAX_ROW_ID_CHARACTERS: usize = 200;

/// A source: the columns that its rows have for the file of failures, and the rows.
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: RowIterator,
}

pub type RowIterator = Box<dyn Iterator<Item = Result<SourceRow, CliError>>>;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceRow {
    pub row_id: String,
    /// Fields of `POST /links`, without domain and alias.
    pub link: Map<String, Value>,
    pub name: Option<Name>,
    /// Names of the same link beside `name`.
    pub further_names: Vec<Name>,
    /// Whether another row stands for the same link of the source, under another name: it has more than a link may have.
    pub is_further_name: bool,
    pub losses: Vec<Loss>,
    /// The values of the source's columns.
    pub original: Vec<String>,
    /// Why it cannot be sent.
    pub problem: Option<RowProblem>,
}

/// A field that cannot be carried over, or not as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub field: String,
    pub example: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    pub code: String,
    pub reason: String,
}

/// At most as long as the API takes it, and still different for different texts.
pub fn row_id(text: &str) -> String {
    if text.chars().count() <= MAX_ROW_ID_CHARACTERS && !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    let start: String = text.chars().filter(|character| !character.is_control()).take(100).collect();
    format!("{start}…{}", hash(text))
}

/// Names a row that has neither an id nor a name by what it asks for: the same row is the same link in every run. Ends and limits
/// are left out, since they become something else when they have passed.
pub fn content_id(link: &Map<String, Value>) -> String {
    let lasting = ["url", "title", "notes", "tags", "created_at"];
    let values: Vec<&Value> = lasting.iter().map(|field| link.get(*field).unwrap_or(&Value::Null)).collect();
    format!("row:{}", hash(&json!(values).to_string()))
}

/// What tells two rows with one id apart: names, domain here and lasting content.
pub fn content(row: &SourceRow, domain: Option<&str>) -> String {
    let names: Vec<_> = row.name.iter().chain(&row.further_names).map(Name::id).collect();
    hash(&json!([names, domain, content_id(&row.link)]).to_string())
}

pub fn hash(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_are_shortened_and_stay_different() {
        assert_eq!(row_id("bit.ly/abc"), "bit.ly/abc");
        let long = |end: &str| row_id(&format!("{}{end}", "ü".repeat(300)));
        assert!(long("a").chars().count() <= MAX_ROW_ID_CHARACTERS);
        assert_ne!(long("a"), long("b"));
        assert_eq!(long("a"), long("a"));
    }
}
