//! Trims what comes along invisibly when text is copied.

/// Removes whitespace of every kind, byte-order marks and other invisible characters from both ends.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

/// Format characters without meaning at the end of a text (Unicode, general category Cf). Not the tags that end the flag of
/// Scotland.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_trimmed_from_both_ends() {
        for invisible in [
            "\u{feff}",
            "\u{200b}",
            "\u{a0}",
            "\u{2060}",
            "\u{200e}",
            "\u{202a}",
            "\u{3000}",
            "\r\n",
            " \u{feff}\t\u{200d} ",
        ] {
            assert_eq!(
                trimmed(&format!("{invisible}a{invisible}b{invisible}")),
                format!("a{invisible}b"),
                "{invisible:?}"
            );
        }
        for text in ["👩‍💻", "❤️", "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", ""]
        {
            assert_eq!(trimmed(text), text);
        }
    }
}
