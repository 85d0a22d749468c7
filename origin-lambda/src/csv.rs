//! CSV (RFC 4180) for spreadsheets: every field is quoted, and none is taken for a formula, though user agents, referrers and names
//! are whatever a visitor sent.

/// What spreadsheets take for the start of a formula (OWASP, CSV injection), in full width too, which some of them convert.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Programs that take these for the end of a field, whatever the quotes say, see another field begin behind them.
const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '\r', '\n'];

pub(crate) fn write_row<'a>(text: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    for (number, field) in fields.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        write_field(text, field);
    }
    text.push_str("\r\n");
}

/// An apostrophe makes text of what follows it.
fn write_field(text: &mut String, field: &str) {
    text.push('"');
    let mut starts_field = true;
    for character in field.chars() {
        if starts_field && FORMULA.contains(&character) {
            text.push('\'');
        }
        // Before a formula, blanks and quotes are passed over, and what nobody sees.
        let is_passed_over = character.is_whitespace()
            || character.is_control()
            || matches!(character, '"' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
        starts_field = SEPARATORS.contains(&character) || starts_field && is_passed_over;
        if character == '"' {
            text.push('"');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_quoted_and_none_is_a_formula() {
        for (field, written) in [
            ("plain", "\"plain\""),
            ("", "\"\""),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("@cmd", "\"'@cmd\""),
            ("-1", "\"'-1\""),
            ("x;=1+2;", "\"x;'=1+2;\""),
            ("x,+1", "\"x,'+1\""),
            ("x\t=1", "\"x\t'=1\""),
            ("x\n@1", "\"x\n'@1\""),
            ("\t=1", "\"\t'=1\""),
            (" =1", "\" '=1\""),
            ("\u{feff}=1", "\"\u{feff}'=1\""),
            ("\"=1", "\"\"\"'=1\""),
            ("x;\"=1", "\"x;\"\"'=1\""),
            ("＝1+2", "\"'＝1+2\""),
            ("x;＠1", "\"x;'＠1\""),
            ("Mozilla/5.0 (X11; Linux)", "\"Mozilla/5.0 (X11; Linux)\""),
            ("2026-11-23T10:00:00+00:00", "\"2026-11-23T10:00:00+00:00\""),
        ] {
            let mut text = String::new();
            write_field(&mut text, field);
            assert_eq!(text, written);
        }
    }

    #[test]
    fn a_row_ends_as_rfc_4180_says() {
        let mut text = String::new();
        write_row(&mut text, ["a", "b"]);
        assert_eq!(text, "\"a\",\"b\"\r\n");
    }
}
