//! Which marks a word may contain: few on one letter, and of the letter's own script (UTS #39, section 5.4).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// The most nonspacing marks in a row (UTS #39).
const MAX_IN_A_ROW: usize = 4;
/// The same for scripts that encode the lower consonants of a stack as marks. The longest stack in use, the Tibetan Kalachakra
/// syllable, has seven.
const MAX_IN_A_STACK: usize = 8;
const STACKING: [Script; 3] = [Script::Tibetan, Script::Myanmar, Script::Tai_Tham];
/// Scripts in which a letter may have the same mark twice, as Northern Thai and Chakma texts do.
const DOUBLING: [Script; 2] = [Script::Tai_Tham, Script::Chakma];
/// Scripts that use all diacritics that Latin uses: Unicode's script extensions do not list all languages, such as Shughni in
/// Cyrillic, Svan in Georgian and Blin in Ethiopic letters.
const SHARING_DIACRITICS: [Script; 6] =
    [Script::Latin, Script::Cyrillic, Script::Greek, Script::Armenian, Script::Georgian, Script::Ethiopic];

/// The first mark that cannot stand where it is, and the reason.
pub(super) fn find_misplaced(word: &str) -> Option<(char, &'static str)> {
    let (mut letter, mut previous, mut alike, mut in_a_row) = (None, None, 0, 0);
    for character in word.nfd() {
        if matches!(character, '\u{200c}' | '\u{200d}') {
            continue;
        }
        if !is_combining_mark(character) {
            (letter, previous, in_a_row) = (Some(character), None, 0);
            continue;
        }
        let Some(letter) = letter else { return Some((character, "has no letter before it")) };
        if !fits(character, letter) {
            return Some((character, "does not belong to the script of the letter before it"));
        }
        if !is_nonspacing(character) {
            (previous, in_a_row) = (None, 0);
            continue;
        }
        alike = if previous == Some(character) { alike + 1 } else { 1 };
        let max_alike = if DOUBLING.contains(&letter.script()) { 2 } else { 1 };
        if alike > max_alike {
            return Some((character, "is repeated on one letter"));
        }
        (previous, in_a_row) = (Some(character), in_a_row + 1);
        let max = if STACKING.contains(&letter.script()) { MAX_IN_A_STACK } else { MAX_IN_A_ROW };
        if in_a_row > max {
            return Some((character, "is one mark too many on one letter"));
        }
    }
    None
}

/// Whether the mark can belong to the letter.
fn fits(mark: char, letter: char) -> bool {
    let scripts = mark.script_extension();
    if letter.is_ascii_digit() {
        // Malayalam writes an ordinal as a digit with a vowel sign.
        return scripts.contains_script(Script::Latin) || !is_nonspacing(mark);
    }
    let shares_diacritics = SHARING_DIACRITICS.contains(&letter.script());
    shares_diacritics && scripts.contains_script(Script::Latin)
        || !scripts.intersection(letter.script_extension()).is_empty()
}

fn is_nonspacing(mark: char) -> bool {
    mark.general_category() == GeneralCategory::NonspacingMark
}
