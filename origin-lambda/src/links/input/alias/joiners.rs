//! Where a word may contain a zero width joiner or non-joiner: only where it changes how the letters around it are written
//! (UAX #31, section 2.3, A1, A2 and B). Joiners within emoji are handled in `emoji`.

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Canonical combining class of viramas, which remove a consonant's vowel (UAX #44, table 15).
const VIRAMA: u8 = 9;

pub(super) fn is_allowed(characters: &[char], at: usize) -> bool {
    let (Some(before), Some(after)) = (characters.get(..at), characters.get(at + 1..)) else { return false };
    match characters.get(at) {
        Some('\u{200c}') => breaks_joined_letters(before, after) || breaks_conjunct(before, after),
        // B. It has no effect before a dependent vowel.
        Some('\u{200d}') => {
            follows_virama(before) && after.first().is_none_or(|next| !is_combining_mark(*next))
                || keeps_ra_whole(before, after)
        }
        _ => false,
    }
}

/// A1, for example between the parts of a Persian word.
fn breaks_joined_letters(before: &[char], after: &[char]) -> bool {
    let is_visible = |character: &&char| get_joining_type(**character) != JoiningType::Transparent;
    let joins_left = before.iter().rev().find(is_visible).is_some_and(|character| {
        matches!(get_joining_type(*character), JoiningType::DualJoining | JoiningType::LeftJoining)
    });
    let joins_right = after.iter().find(is_visible).is_some_and(|character| {
        matches!(get_joining_type(*character), JoiningType::DualJoining | JoiningType::RightJoining)
    });
    joins_left && joins_right
}

/// A2.
fn breaks_conjunct(before: &[char], after: &[char]) -> bool {
    let next = after.iter().find(|character| canonical_combining_class(**character) == 0);
    follows_virama(before) && next.is_some_and(|character| is_letter(*character))
}

/// Between ra and a virama, so that the letter after it is reduced, not ra: Bengali, Assamese and Kannada (Unicode Standard,
/// sections 12.2 and 12.8).
fn keeps_ra_whole(before: &[char], after: &[char]) -> bool {
    let Some([virama, next]) = after.first_chunk() else { return false };
    let is_ra_and_virama = matches!(
        (before.last(), virama),
        (Some('\u{9b0}' | '\u{9f0}'), '\u{9cd}') | (Some('\u{cb0}'), '\u{ccd}')
    );
    is_ra_and_virama && is_letter(*next)
}

/// Whether the text ends with a letter with its marks and a virama, which may have marks itself.
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
