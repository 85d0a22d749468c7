//! Prints results: data on standard output, everything else on standard error.

pub mod bars;
pub mod cell;
pub mod csv;
mod json;
pub mod qr;
pub mod table;
pub mod terminal;

use std::io::Write;

use serde_json::Value;

use crate::args::Format;
use crate::error::CliError;
use cell::{Column, OwnedColumn};
use terminal::{BOLD, Terminal};

pub struct Output {
    pub format: Format,
    fields: Vec<String>,
    pub terminal: Terminal,
    out: Box<dyn Write>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Output").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Output {
    pub fn new(format: Format, fields: Vec<String>, terminal: Terminal, out: Box<dyn Write>) -> Self {
        Self { format, fields, terminal, out }
    }

    /// Whether single results are printed as text for people: no machine format and no choice of fields.
    pub fn is_plain(&self) -> bool {
        self.format == Format::Table && self.fields.is_empty()
    }

    pub fn line(&mut self, text: &str) -> Result<(), CliError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        Ok(self.out.write_all(bytes)?)
    }

    pub fn flush(&mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }

    pub fn heading(&mut self, text: &str) -> Result<(), CliError> {
        let text = self.terminal.styled(text, BOLD);
        self.line(&text)
    }

    /// A list. All formats but the table print each item as it arrives.
    pub fn list(
        &mut self,
        columns: &[Column],
        items: &mut dyn Iterator<Item = Result<Value, CliError>>,
    ) -> Result<(), CliError> {
        let columns = self.columns(columns);
        match self.format {
            Format::Table => {
                let mut rows = Vec::new();
                for item in items {
                    rows.push(item?);
                }
                self.check_fields(rows.first())?;
                self.table(&columns, &rows)
            }
            Format::Csv => {
                self.csv_header(&columns)?;
                for (number, item) in items.enumerate() {
                    let item = item?;
                    if number == 0 {
                        self.check_fields(Some(&item))?;
                    }
                    self.csv_row(&columns, &item)?;
                }
                Ok(())
            }
            Format::Jsonl => {
                for (number, item) in items.enumerate() {
                    let item = item?;
                    if number == 0 {
                        self.check_fields(Some(&item))?;
                    }
                    let text = json::compact(&item, &self.fields);
                    self.line(&text)?;
                    self.flush()?;
                }
                Ok(())
            }
            Format::Json => self.json_list(items),
        }
    }

    fn json_list(
        &mut self,
        items: &mut dyn Iterator<Item = Result<Value, CliError>>,
    ) -> Result<(), CliError> {
        let mut count = 0_u64;
        for item in items {
            let item = item?;
            if count == 0 {
                self.check_fields(Some(&item))?;
            }
            let text = json::pretty(&item, &self.fields).replace('\n', "\n  ");
            let before = if count == 0 { "[" } else { "," };
            write!(self.out, "{before}\n  {text}")?;
            count += 1;
        }
        self.line(if count == 0 { "[]" } else { "\n]" })
    }

    /// One row of a list that never ends: columns have a fixed width, since what follows is not known.
    pub fn row(&mut self, columns: &[Column], item: &Value, with_header: bool) -> Result<(), CliError> {
        if with_header {
            self.check_fields(Some(item))?;
        }
        let columns = self.columns(columns);
        match self.format {
            Format::Table => {
                let text = table::row(&columns, item, with_header, &self.terminal);
                self.bytes(text.as_bytes())
            }
            Format::Csv => {
                if with_header {
                    self.csv_header(&columns)?;
                }
                self.csv_row(&columns, item)
            }
            // An endless list has no closing bracket.
            Format::Json | Format::Jsonl => self.line(&json::compact(item, &self.fields)),
        }
    }

    /// A list that is there already.
    pub fn rows(&mut self, columns: &[Column], rows: Vec<Value>) -> Result<(), CliError> {
        self.list(columns, &mut rows.into_iter().map(Ok))
    }

    /// One thing. As a table: a line per field that has a value.
    pub fn record(&mut self, columns: &[Column], value: &Value) -> Result<(), CliError> {
        self.check_fields(Some(value))?;
        match self.format {
            Format::Table => {
                let mut shown = self.columns(columns);
                if self.fields.is_empty() {
                    shown.extend(other_fields(columns, value));
                }
                let text = table::record(&shown, value, &self.terminal);
                self.bytes(text.as_bytes())
            }
            Format::Json => self.line(&json::pretty(value, &self.fields)),
            Format::Jsonl => self.line(&json::compact(value, &self.fields)),
            Format::Csv => self.rows(columns, vec![value.clone()]),
        }
    }

    /// JSON as it is, whatever the format: the answers of `api`.
    pub fn raw_json(&mut self, value: &Value) -> Result<(), CliError> {
        self.check_fields(Some(value))?;
        let text = match self.format {
            Format::Jsonl => json::compact(value, &self.fields),
            _ => json::pretty(value, &self.fields),
        };
        self.line(&text)
    }

    /// A problem instead, which has other fields.
    pub fn problem_json(&mut self, value: &Value) -> Result<(), CliError> {
        self.line(&json::pretty(value, &[]))
    }

    fn csv_header(&mut self, columns: &[OwnedColumn]) -> Result<(), CliError> {
        let names = columns.iter().map(|column| (column.path.clone(), false));
        Ok(csv::write_row(&mut self.out, names)?)
    }

    /// Files and pipes get the text as it is.
    fn csv_row(&mut self, columns: &[OwnedColumn], item: &Value) -> Result<(), CliError> {
        let is_seen = self.terminal.is_seen();
        let fields = columns.iter().map(|column| {
            let (text, is_text) = cell::csv_text(item, &column.path);
            (if is_seen { cell::harmless(&text) } else { text }, is_text)
        });
        Ok(csv::write_row(&mut self.out, fields)?)
    }

    fn table(&mut self, columns: &[OwnedColumn], rows: &[Value]) -> Result<(), CliError> {
        let text = table::table(columns, rows, &self.terminal);
        self.bytes(text.as_bytes())
    }

    /// The default columns, or those of `--fields`.
    fn columns(&self, defaults: &[Column]) -> Vec<OwnedColumn> {
        if self.fields.is_empty() {
            return defaults.iter().map(OwnedColumn::from).collect();
        }
        let chosen = self.fields.iter().map(|field| {
            let known = defaults.iter().find(|column| column.path == field.as_str());
            known.map_or_else(|| OwnedColumn::of_field(field), OwnedColumn::from)
        });
        chosen.collect()
    }

    fn check_fields(&self, first: Option<&Value>) -> Result<(), CliError> {
        let Some(first) = first else { return Ok(()) };
        self.fields.iter().try_for_each(|field| check_field(field, first))
    }
}

/// Whether each part of `clicks.human` is there, as far as there are objects.
fn check_field(field: &str, item: &Value) -> Result<(), CliError> {
    let mut place = item;
    for part in field.split('.') {
        let Value::Object(members) = place else { return Ok(()) };
        let Some(member) = members.get(part) else {
            let known: Vec<&str> = members.keys().map(String::as_str).collect();
            return Err(CliError::usage(format!(
                "there is no field {field}; the fields are {}",
                known.join(", ")
            )));
        };
        place = member;
    }
    Ok(())
}

/// Fields that a newer server sends and this program does not know yet.
fn other_fields(columns: &[Column], value: &Value) -> Vec<OwnedColumn> {
    let is_known = |name: &str| columns.iter().any(|column| column.path.split('.').next() == Some(name));
    let names = value.as_object().into_iter().flat_map(|object| object.keys());
    names.filter(|name| !is_known(name)).map(|name| OwnedColumn::of_field(name)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cell::Kind;
    use super::*;
    use crate::test_support::Written;

    const COLUMNS: [Column; 4] = [
        Column { header: "CODE", path: "code", kind: Kind::Text },
        Column { header: "CLICKS", path: "clicks.human", kind: Kind::Number },
        Column { header: "URL", path: "url", kind: Kind::Flexible },
        Column { header: "CREATED", path: "created_at", kind: Kind::Time },
    ];

    fn links() -> Vec<Value> {
        vec![
            json!({"code": "7G6HVhV", "url": "https://example.com/a?b=\"c\",d", "clicks": {"human": 1234}, "tags": ["a", "b"],
                "created_at": "2026-11-29T15:04:05.000Z", "new_field": true}),
            json!({"code": "grüße/東京", "url": "=1+1\u{1b}[31m", "clicks": {"human": 0}, "tags": [],
                "created_at": "2026-11-28T00:00:00.000Z", "new_field": null}),
        ]
    }

    fn printed(format: Format, fields: &[&str], width: Option<usize>) -> String {
        let written = Written::default();
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let terminal = Terminal { width, colour: false };
        let mut output = Output::new(format, fields, terminal, Box::new(written.clone()));
        output.rows(&COLUMNS, links()).unwrap();
        drop(output);
        written.text()
    }

    #[test]
    fn formats_keep_their_form() {
        let all = [Format::Table, Format::Csv, Format::Jsonl, Format::Json]
            .map(|format| printed(format, &[], None));
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn fields_choose_and_order() {
        let fields = ["url", "clicks.human", "tags"];
        let all = [Format::Table, Format::Csv, Format::Jsonl, Format::Json]
            .map(|format| printed(format, &fields, None));
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn unknown_field_is_refused_with_the_known_ones() {
        let terminal = Terminal { width: None, colour: false };
        let mut output =
            Output::new(Format::Table, vec!["colour".into()], terminal, Box::new(Written::default()));
        let error = output.rows(&COLUMNS, links()).unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no field colour; the fields are clicks, code, created_at, new_field, tags, url"
        );
        assert!(
            check_field("clicks.human", &links()[0]).is_ok()
                && check_field("new_field.x", &links()[1]).is_ok()
        );
        let error = check_field("clicks.humn", &links()[0]).unwrap_err().to_string();
        assert_eq!(error, "there is no field clicks.humn; the fields are human");
    }

    #[test]
    fn narrow_terminal_shortens_the_flexible_column() {
        let text = printed(Format::Table, &[], Some(60));
        assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 60), "{text}");
        assert!(text.contains('…'), "{text}");
    }

    #[test]
    fn no_format_steers_a_terminal() {
        for format in [Format::Table, Format::Csv, Format::Jsonl, Format::Json] {
            let text = printed(format, &[], Some(200));
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
    }

    #[test]
    fn empty_list_is_valid_json() {
        let written = Written::default();
        let terminal = Terminal { width: None, colour: false };
        let mut output = Output::new(Format::Json, Vec::new(), terminal, Box::new(written.clone()));
        output.rows(&COLUMNS, Vec::new()).unwrap();
        assert_eq!(written.text(), "[]\n");
    }
}
