//! Validates aliases: letters of every script with their marks and digits (UAX #31, NFC), emoji as Unicode publishes them, and
//! `-_.~`. Rejects invisible characters and lookalikes (UTS #39). Only applies to new aliases: the edge, which has no such tables,
//! looks up whatever a visitor sends.

mod emoji;
mod joiners;
mod marks;

use link_core::names::reserved::is_reserved;
use link_core::names::slug::{self, InvalidSlug, Slug};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::skeleton;

/// Letters with a compatibility decomposition only for historical reasons: their words have no other spelling. Armenian ech
/// yiwn, Arabic high hamza, Thai and Lao am, Lao ho no and ho mo, Tibetan vocalic rr and ll.
const WITHOUT_OTHER_SPELLING: [char; 11] = [
    '\u{587}', '\u{675}', '\u{676}', '\u{677}', '\u{678}', '\u{e33}', '\u{eb3}', '\u{edc}', '\u{edd}',
    '\u{f77}', '\u{f79}',
];
/// Separates the syllables of a Tibetan word (UAX #31, table 3a).
const TIBETAN_TSHEG: char = '\u{f0b}';
/// Scripts with letters that look like Latin ones. Other scripts may be mixed with Latin in a word (UTS #39, moderately
/// restrictive).
const LATIN_LOOKALIKES: [Script; 7] = [
    Script::Cyrillic,
    Script::Greek,
    Script::Armenian,
    Script::Coptic,
    Script::Cherokee,
    Script::Lisu,
    Script::Deseret,
];

/// Returns the alias as it is stored.
pub(super) fn alias(text: &str) -> Result<Slug, String> {
    let text = slug::canonical(text, |text| text.nfc().collect());
    let slug: Slug = text.parse().map_err(|error: InvalidSlug| match error {
        InvalidSlug::Character(character) => explain_rejection(character),
        other => other.to_string(),
    })?;
    if !slug.as_str().is_ascii() {
        check_words(slug.as_str())?;
    }
    if is_reserved(slug.first_segment()) {
        return Err(format!("must not start with {}, which is reserved", slug.first_segment()));
    }
    Ok(slug)
}

fn check_words(alias: &str) -> Result<(), String> {
    let mut words = Vec::new();
    for segment in alias.split('/') {
        words.append(&mut split_words(segment)?);
    }
    for word in &words {
        if let Some((mark, problem)) = marks::find_misplaced(word) {
            return Err(format!("must not contain {} here, because it {problem}", describe(mark)));
        }
        check_scripts(word)?;
        check_digits(word)?;
    }
    check_imitations(&words)
}

/// The runs of letters and digits between punctuation and emoji.
fn split_words(segment: &str) -> Result<Vec<String>, String> {
    let characters: Vec<char> = segment.chars().collect();
    let mut words = vec![String::new()];
    let mut rest = characters.as_slice();
    while let Some((&character, after)) = rest.split_first() {
        let at = characters.len() - rest.len();
        if let Some((_, after)) =
            emoji::sequence_length(rest).and_then(|length| rest.split_at_checked(length))
        {
            words.push(String::new());
            rest = after;
            continue;
        }
        rest = after;
        if matches!(character, '-' | '_' | '.' | '~') {
            words.push(String::new());
            continue;
        }
        if !is_word_character(character) && !joiners::is_allowed(&characters, at) {
            return Err(explain_rejection(character));
        }
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    Ok(words)
}

fn is_word_character(character: char) -> bool {
    let is_letter_mark_or_digit = character.is_ascii_alphanumeric()
        || character == TIBETAN_TSHEG
        || unicode_ident::is_xid_continue(character);
    // Since Unicode 15.1 joiners are XID_Continue; `joiners` decides by the letters around them.
    let is_joiner = matches!(character, '\u{200c}' | '\u{200d}');
    is_letter_mark_or_digit && !is_joiner && !is_connector(character) && !is_compatibility_form(character)
}

/// The letters that a Korean keyboard types, without the filler. Their compatibility mapping is to letters that nobody can type.
fn is_typed_jamo(character: char) -> bool {
    matches!(character, '\u{3131}'..='\u{318e}') && !is_invisible(character)
}

/// Punctuation that joins words and looks like the underscore.
fn is_connector(character: char) -> bool {
    matches!(
        character,
        '\u{203f}' | '\u{2040}' | '\u{2054}' | '\u{fe33}' | '\u{fe34}' | '\u{fe4d}'..='\u{fe4f}' | '\u{ff3f}'
    )
}

/// Whether the character only exists for compatibility with other encodings, such as a full-width letter.
fn is_compatibility_form(character: char) -> bool {
    !WITHOUT_OTHER_SPELLING.contains(&character)
        && !is_typed_jamo(character)
        && !std::iter::once(character).nfkc().eq(std::iter::once(character).nfc())
}

/// Accepts a word in one script, in the scripts of one language, or in Latin and another script without lookalikes.
fn check_scripts(word: &str) -> Result<(), String> {
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    // `marks` checks the marks against their letters.
    for character in word.chars().filter(|character| !is_combining_mark(*character)) {
        all.intersect_with(AugmentedScriptSet::for_char(character));
        if character.script() != Script::Latin {
            others.intersect_with(AugmentedScriptSet::for_char(character));
        }
    }
    if !all.is_empty() {
        return Ok(());
    }
    match word.chars().find(|character| looks_like_latin(*character)) {
        Some(character) => Err(format!(
            "must not mix scripts with letters that look alike: this word has {} among letters of another script",
            describe(character)
        )),
        None if others.is_empty() => {
            Err(format!("must not mix several scripts in one word, as in {word}; separate them with -"))
        }
        None => Ok(()),
    }
}

fn looks_like_latin(character: char) -> bool {
    match character.script() {
        // Only a few of their letters do, such as ㅇ, which looks like o.
        Script::Han | Script::Hangul | Script::Bopomofo => latin_skeleton(character.encode_utf8(&mut [0; 4]))
            .all(|character| character.is_ascii_alphanumeric()),
        script => LATIN_LOOKALIKES.contains(&script),
    }
}

/// The skeleton of UTS #39, in which the vertical stroke of Han and Hangul is the letter l.
fn latin_skeleton(text: &str) -> impl Iterator<Item = char> {
    skeleton(text).map(|character| if character == '\u{4e28}' { 'l' } else { character })
}

/// Rejects digits of several scripts in one word, because some look alike, with other values (UTS #39, section 5.3).
fn check_digits(word: &str) -> Result<(), String> {
    let mut digits = word.chars().filter(|character| is_digit(*character));
    let Some(first) = digits.next() else { return Ok(()) };
    match digits.find(|digit| zero_of(*digit) != zero_of(first)) {
        Some(digit) => Err(format!(
            "must not mix digits of several scripts in one word: this one has {} and {}",
            describe(first),
            describe(digit)
        )),
        None => Ok(()),
    }
}

fn is_digit(character: char) -> bool {
    character.general_category() == GeneralCategory::DecimalNumber
}

/// The code point of the zero that belongs to the digit: Unicode encodes decimal digits in runs from zero to nine (UAX #44).
fn zero_of(digit: char) -> u32 {
    let code = u32::from(digit);
    let preceding = (0..code).rev().take_while(|code| char::from_u32(*code).is_some_and(is_digit)).count();
    code - u32::try_from(preceding % 10).unwrap_or_default()
}

/// Rejects a word in which every letter looks like a Latin one, if another word is Latin.
fn check_imitations(words: &[String]) -> Result<(), String> {
    let has_latin = |word: &String| word.chars().any(|character| character.script() == Script::Latin);
    for (position, word) in words.iter().enumerate() {
        let mut others = words.iter().enumerate().filter(|(other, _)| *other != position);
        if let Some(character) = find_imitation(word)
            && others.any(|(_, word)| has_latin(word))
        {
            return Err(format!(
                "must not mix scripts with letters that look alike: one word has {} beside words in Latin letters",
                describe(character)
            ));
        }
    }
    Ok(())
}

/// The first letter that looks like a Latin one, if all do.
fn find_imitation(word: &str) -> Option<char> {
    let mut letters = word.chars().filter(|character| !character.is_ascii_digit());
    let first = letters.next()?;
    (!first.is_ascii() && letters.all(|character| !character.is_ascii()))
        .then_some(first)
        .filter(|_| latin_skeleton(word).all(|character| character.is_ascii()))
}

fn explain_rejection(character: char) -> String {
    let why = match character {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "which changes the direction of text"
        }
        '\u{200c}' | '\u{200d}' => "which is invisible and joins nothing here",
        _ if is_invisible(character) => "which is invisible",
        _ if character.is_control() => "which is a control character",
        _ if character.is_whitespace() => "which is a space",
        _ if unicode_ident::is_xid_continue(character) && is_compatibility_form(character) => {
            let plain: String = std::iter::once(character).nfkc().collect();
            return format!(
                "must not contain {}, which looks like {plain}: use {plain} instead",
                describe(character)
            );
        }
        _ => "which is not a letter, digit or emoji",
    };
    format!("may contain letters, digits, emoji, - _ . ~ and slashes, not {}, {why}", describe(character))
}

/// The characters of Default_Ignorable_Code_Point that are not rejected elsewhere.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `U+202E RIGHT-TO-LEFT OVERRIDE`, preceded by the character itself if it can be shown safely.
fn describe(character: char) -> String {
    let code = u32::from(character);
    let name = unicode_names2::name(character).map(|name| format!(" {name}")).unwrap_or_default();
    let is_shown = !is_combining_mark(character)
        && (character.is_ascii_graphic()
            || unicode_ident::is_xid_continue(character) && !is_invisible(character));
    let shown = if is_shown { format!("{character} ") } else { String::new() };
    format!("{shown}U+{code:04X}{name}")
}

#[cfg(test)]
mod tests;
