//! CSV (RFC 4180) that is safe to open in spreadsheets: every field is quoted, and formulas are escaped, since user agents, referrers
//! and names come from visitors.

use crate::http::trimming::is_invisible;

/// Spreadsheets read a field with these first characters as a formula (OWASP, CSV injection); some convert full-width and small
/// forms, and the minus sign.
const FORMULA: [char; 13] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'];
/// Some programs end a field at these even within quotes, and read what follows as the next field.
const SEPARATORS: [char; 16] = [
    ',', ';', '\t', '|', '\r', '\n', '，', '；', '﹐', '﹔', '｜', '\u{b}', '\u{c}', '\u{85}', '\u{2028}',
    '\u{2029}',
];

pub(crate) fn write_row<'a>(text: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    for (number, field) in fields.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        write_field(text, field);
    }
    text.push_str("\r\n");
}

/// An apostrophe before a formula makes it text.
fn write_field(text: &mut String, field: &str) {
    text.push('"');
    let mut starts_field = true;
    for character in field.chars() {
        if starts_field && FORMULA.contains(&character) {
            text.push('\'');
        }
        // Spreadsheets skip blanks, quotes and invisible characters before a formula.
        let is_skipped = character.is_whitespace()
            || character.is_control()
            || is_invisible(character)
            // Quotes, variation selectors and tags.
            || matches!(character, '"' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
        starts_field = SEPARATORS.contains(&character) || starts_field && is_skipped;
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
    fn fields_are_quoted_and_formulas_escaped() {
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
            ("﹦1", "\"'﹦1\""),
            ("﹢1", "\"'﹢1\""),
            ("﹣1", "\"'﹣1\""),
            ("﹫1", "\"'﹫1\""),
            ("−1", "\"'−1\""),
            ("x；=1", "\"x；'=1\""),
            ("x，=1", "\"x，'=1\""),
            ("x\u{2028}=1", "\"x\u{2028}'=1\""),
            ("Mozilla/5.0 (X11; Linux)", "\"Mozilla/5.0 (X11; Linux)\""),
            ("2026-11-23T10:00:00+00:00", "\"2026-11-23T10:00:00+00:00\""),
        ] {
            let mut text = String::new();
            write_field(&mut text, field);
            assert_eq!(text, written);
        }
    }

    #[test]
    fn formula_behind_an_invisible_character_is_escaped() {
        for invisible in [
            '\u{202e}',
            '\u{ad}',
            '\u{2066}',
            '\u{61c}',
            '\u{180e}',
            '\u{3164}',
            '\u{2063}',
            '\u{34f}',
            '\u{fe0f}',
            '\u{e0100}',
            '\u{e0061}',
            '\u{200b}',
            '\u{feff}',
            '\u{7f}',
            '\u{3000}',
        ] {
            let mut text = String::new();
            write_field(&mut text, &format!("{invisible}=1"));
            assert_eq!(text, format!("\"{invisible}'=1\""), "{invisible:?}");
        }
    }

    #[test]
    fn row_ends_with_crlf() {
        let mut text = String::new();
        write_row(&mut text, ["a", "b"]);
        assert_eq!(text, "\"a\",\"b\"\r\n");
    }
}
