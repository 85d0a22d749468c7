//! Emoji sequences as Unicode publishes them (UTS #51, RGI), without variation selectors.

use std::collections::HashSet;
use std::sync::LazyLock;

use link_core::names::slug::is_variation_selector;

/// The longest sequences: couples with a skin tone each.
const MAX_CHARACTERS: usize = 10;

static SEQUENCES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let toned = emojis::iter().filter_map(emojis::Emoji::skin_tones).flatten();
    let without_selectors = |emoji: &emojis::Emoji| {
        emoji.as_str().chars().filter(|character| !is_variation_selector(*character)).collect()
    };
    emojis::iter().chain(toned).map(without_selectors).collect()
});

/// The number of characters of the longest emoji sequence at the start of the text.
pub(super) fn sequence_length(text: &[char]) -> Option<usize> {
    // A keycap starts with ASCII; its second character tells it apart.
    let first = text.first()?;
    if first.is_ascii() && text.get(1) != Some(&'\u{20e3}') {
        return None;
    }
    (1..=MAX_CHARACTERS.min(text.len())).rev().find(|length| {
        let sequence: String = text.iter().take(*length).collect();
        SEQUENCES.contains(&sequence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_sequence_within_the_maximum_is_found() {
        let length = |text: &str| sequence_length(&text.chars().collect::<Vec<_>>());
        assert_eq!(length("👩\u{200d}💻x"), Some(3));
        assert_eq!(length("👩\u{200d}x"), Some(1));
        assert_eq!(length("1\u{20e3}2"), Some(2));
        assert_eq!(length("1"), None);
        assert_eq!(length("a"), None);
        assert!(SEQUENCES.iter().all(|sequence| sequence.chars().count() <= MAX_CHARACTERS));
        assert!(SEQUENCES.len() > 3_000, "{}", SEQUENCES.len());
    }
}
