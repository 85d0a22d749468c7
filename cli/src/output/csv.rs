//! CSV (RFC 4180) that is safe to open in spreadsheets.

use std::io::Write;

/// Spreadsheets take a field that begins with these for a formula (OWASP, CSV injection).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Fields, each with whether it could be taken for a formula.
pub fn write_row(
    out: &mut dyn Write,
    fields: impl Iterator<Item = (String, bool)>,
) -> Result<(), std::io::Error> {
    let cells: Vec<String> = fields.map(|(text, is_text)| field(&text, is_text)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

/// A field as it was before [`write_row`] guarded it.
pub fn without_guard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text)
}

fn field(text: &str, is_text: bool) -> String {
    let guard = if is_text && text.starts_with(FORMULA) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_escaped() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@a;b", "\"'@a;b\""),
            ("", ""),
        ] {
            assert_eq!(field(text, true), expected);
        }
        assert_eq!(field("-5", false), "-5");
    }

    #[test]
    fn guard_is_taken_off_again() {
        for text in ["=1+1", "plain", "'quoted'", "", "'"] {
            assert_eq!(without_guard(&field(text, true)), text);
        }
    }
}
