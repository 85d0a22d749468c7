//! Where a zero width joiner or non-joiner belongs into a word: where it changes how the letters around it are written, by
//! UAX #31, section 2.3, A1, A2 and B. Emoji have their own.

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Canonical combining class of the signs that take a consonant's vowel (UAX #44, table 15).
const VIRAMA: u8 = 9;

pub(super) fn is_called_for(characters: &[char], at: usize) -> bool {
    let (Some(before), Some(after)) = (characters.get(..at), characters.get(at + 1..)) else { return false };
    match characters.get(at) {
        Some('\u{200c}') => parts_joined_letters(before, after) || parts_a_conjunct(before, after),
        // B. Before a dependent vowel it would do nothing.
        Some('\u{200d}') => {
            follows_virama(before) && after.first().is_none_or(|next| !is_combining_mark(*next))
        }
        _ => false,
    }
}

/// A1, as between the parts of a Persian word.
fn parts_joined_letters(before: &[char], after: &[char]) -> bool {
    let drawn = |character: &&char| get_joining_type(**character) != JoiningType::Transparent;
    let joins_left = before.iter().rev().find(drawn).is_some_and(|character| {
        matches!(get_joining_type(*character), JoiningType::DualJoining | JoiningType::LeftJoining)
    });
    let joins_right = after.iter().find(drawn).is_some_and(|character| {
        matches!(get_joining_type(*character), JoiningType::DualJoining | JoiningType::RightJoining)
    });
    joins_left && joins_right
}

/// A2.
fn parts_a_conjunct(before: &[char], after: &[char]) -> bool {
    let next = after.iter().find(|character| canonical_combining_class(**character) == 0);
    follows_virama(before) && next.is_some_and(|character| is_letter(*character))
}

/// Behind a letter with its marks and a virama, which may have marks of its own.
fn follows_virama(before: &[char]) -> bool {
    let mut before = before.iter().rev().copied();
    let virama = before.find(|character| matches!(canonical_combining_class(*character), 0 | VIRAMA));
    let letter = before.find(|character| !is_combining_mark(*character));
    virama.is_some_and(|character| canonical_combining_class(character) == VIRAMA)
        && letter.is_some_and(is_letter)
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !is_combining_mark(character)
}
