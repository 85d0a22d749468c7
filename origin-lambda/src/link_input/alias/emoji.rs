//! Emoji sequences as Unicode publishes them (UTS #51, RGI), without variation selectors.

use std::collections::HashSet;
use std::sync::LazyLock;

use link_core::slug::is_variation_selector;

/// Couples with a skin tone each.
const MAX_CHARACTERS: usize = 10;

static SEQUENCES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let toned = emojis::iter().filter_map(emojis::Emoji::skin_tones).flatten();
    let drawn = |emoji: &emojis::Emoji| {
        emoji.as_str().chars().filter(|character| !is_variation_selector(*character)).collect()
    };
    emojis::iter().chain(toned).map(drawn).collect()
});

/// How many characters the longest sequence has with which the text begins.
pub(super) fn length_at(text: &[char]) -> Option<usize> {
    // A keycap begins with a digit and is told by the second character.
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
    fn the_longest_sequence_is_meant_and_none_is_longer_than_is_looked_for() {
        let length = |text: &str| length_at(&text.chars().collect::<Vec<_>>());
        assert_eq!(length("👩\u{200d}💻x"), Some(3));
        assert_eq!(length("👩\u{200d}x"), Some(1));
        assert_eq!(length("1\u{20e3}2"), Some(2));
        assert_eq!(length("1"), None);
        assert_eq!(length("a"), None);
        assert!(SEQUENCES.iter().all(|sequence| sequence.chars().count() <= MAX_CHARACTERS));
        assert!(SEQUENCES.len() > 3_000, "{}", SEQUENCES.len());
    }
}
