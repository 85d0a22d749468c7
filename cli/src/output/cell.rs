//! Columns, and how a value of the API looks in a cell.

use serde_json::Value;

use crate::times;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text that may be shortened where the terminal is narrow.
    Flexible,
    Number,
    Time,
}

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub header: &'static str,
    /// Where the value is: `clicks.human`.
    pub path: &'static str,
    pub kind: Kind,
}

impl Column {
    pub const fn text(header: &'static str, path: &'static str) -> Self {
        Self { header, path, kind: Kind::Text }
    }

    pub const fn flexible(header: &'static str, path: &'static str) -> Self {
        Self { header, path, kind: Kind::Flexible }
    }

    pub const fn number(header: &'static str, path: &'static str) -> Self {
        Self { header, path, kind: Kind::Number }
    }

    pub const fn time(header: &'static str, path: &'static str) -> Self {
        Self { header, path, kind: Kind::Time }
    }
}

/// A column that the user may have named.
#[derive(Debug, Clone)]
pub struct OwnedColumn {
    pub header: String,
    pub path: String,
    pub kind: Kind,
}

impl OwnedColumn {
    pub fn of_field(field: &str) -> Self {
        let kind = match field {
            _ if field.ends_with("_at") || field == "time" => Kind::Time,
            "url" | "title" | "notes" | "user_agent" | "referrer" | "destination" => Kind::Flexible,
            _ if field.starts_with("clicks") => Kind::Number,
            _ => Kind::Text,
        };
        Self { header: field.to_uppercase(), path: field.to_owned(), kind }
    }
}

impl From<&Column> for OwnedColumn {
    fn from(column: &Column) -> Self {
        Self { header: column.header.to_owned(), path: column.path.to_owned(), kind: column.kind }
    }
}

pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    // A field whose own name has dots comes first.
    if let Some(found) = value.get(path) {
        return found;
    }
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&Value::Null)
}

/// For people: one line, without what could steer a terminal.
pub fn shown(value: &Value, path: &str, kind: Kind) -> String {
    let text = plain(at(value, path));
    harmless(&if kind == Kind::Time { times::short(&text) } else { text })
}

/// With whether a spreadsheet could take it for a formula.
pub fn csv_text(value: &Value, path: &str) -> (String, bool) {
    let value = at(value, path);
    (plain(value), !value.is_number())
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| item.is_string() || item.is_number()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| link_name(item).is_some()) => {
            items.iter().filter_map(link_name).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

/// Of an object with a domain and a code, and nothing else.
fn link_name(value: &Value) -> Option<String> {
    let parts = value.as_object().filter(|parts| parts.len() == 2)?;
    Some(format!("{}/{}", parts.get("domain")?.as_str()?, parts.get("code")?.as_str()?))
}

/// Control characters and direction marks.
pub fn steers_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Titles, referrers and user agents come from strangers: what could steer a terminal becomes visible.
pub fn harmless(text: &str) -> String {
    if !text.contains(steers_terminal) {
        return text.to_owned();
    }
    text.chars()
        .map(|character| {
            if character == '\n' {
                ' '
            } else if steers_terminal(character) {
                '�'
            } else {
                character
            }
        })
        .collect()
}

/// 12345 as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `1,204 rows`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix("lf") {
        _ if count == 1 => noun.to_owned(),
        None if noun.starts_with("count ") => noun.replacen("count", "counts", 1),
        Some(start) => format!("{start}lves"),
        None => format!("{noun}s"),
    };
    format!("{} {plural}", grouped(count))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_one_harmless_line() {
        let value = json!({"a": {"b": "x\ny\u{1b}[0m\u{202e}"}, "tags": ["a", "b"], "yes": true, "rules": [{"url": "x"}], "n": null});
        let cell = |path| shown(&value, path, Kind::Text);
        assert_eq!(cell("a.b"), "x y�[0m�");
        assert_eq!(cell("tags"), "a, b");
        assert_eq!(cell("yes"), "yes");
        assert_eq!(cell("rules"), r#"[{"url":"x"}]"#);
        assert_eq!(
            (cell("n"), cell("none"), cell("a.none.b")),
            (String::new(), String::new(), String::new())
        );
    }

    #[test]
    fn digits_are_grouped() {
        let shown = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
