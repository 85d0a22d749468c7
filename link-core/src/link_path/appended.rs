//! What people and programs append to a link by mistake: the end of the sentence that it stands in, quotes and brackets
//! around it, markup behind it, a line's end, parameters without a question mark.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::slug::{is_allowed, is_variation_selector};

/// The longest of HTML's entities that stand around links, such as `&hellip;`.
const MAX_ENTITY_CHARACTERS: usize = 8;

/// What is left of an appended text once it is taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Appended<'a> {
    pub(super) preview: bool,
    pub(super) query: Cow<'a, str>,
}

/// One character of a percent-encoded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// `None`: what is encoded is no UTF-8, or the encoding breaks off.
    pub(super) character: Option<char>,
    pub(super) is_encoded: bool,
    pub(super) end: usize,
}

impl Character {
    /// `None` at the end.
    pub(super) fn at(text: &str, at: usize) -> Option<Self> {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        if first != '%' {
            return Some(Self { character: Some(first), is_encoded: false, end: at + first.len_utf8() });
        }
        // The longest characters have four bytes.
        let decoded = (1..=4usize).find_map(|bytes| {
            let encoded = rest.get(..3 * bytes)?;
            let is_encoded = encoded.bytes().step_by(3).all(|byte| byte == b'%');
            let text = percent_decode_str(encoded).decode_utf8().ok().filter(|_| is_encoded)?;
            let mut characters = text.chars();
            let character = characters.next().filter(|_| characters.next().is_none())?;
            Some((character, at + 3 * bytes))
        });
        Some(match decoded {
            Some((character, end)) => Self { character: Some(character), is_encoded: true, end },
            None => Self { character: None, is_encoded: true, end: at + 1 },
        })
    }
}

impl<'a> Appended<'a> {
    /// `None` where the text is no mistake that we know.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (preview, mut rest) = plus(text).map_or((false, text), |rest| (true, rest));
        while let Some(Character { character, is_encoded, end }) = Character::at(rest, 0) {
            let after = rest.get(end..).unwrap_or_default();
            match character {
                Some('&') => match entity(after) {
                    Some(("amp", after)) => return Some(Self { preview, query: query(after, is_encoded) }),
                    // A quote, a bracket or a space.
                    Some(_) => break,
                    None => return Some(Self { preview, query: query(after, is_encoded) }),
                },
                Some('?') => return Some(Self { preview, query: query(after, is_encoded) }),
                Some(character) if !ends_a_link(character) => {
                    let may_be_followed_by_more_of_its_kind = character.is_ascii_punctuation()
                        && character != '+'
                        || matches!(character, '\u{200c}' | '\u{200d}')
                        || is_variation_selector(character);
                    if !may_be_followed_by_more_of_its_kind {
                        return None;
                    }
                    rest = after;
                }
                // Whatever follows belongs to the text around the link.
                Some(_) | None => break,
            }
        }
        Some(Self { preview, query: Cow::Borrowed("") })
    }
}

/// What follows a plus sign.
pub(super) fn plus(text: &str) -> Option<&str> {
    let encoded = || text.strip_prefix("%2B").or_else(|| text.strip_prefix("%2b"));
    text.strip_prefix('+').or_else(encoded)
}

/// What delimits a URI in a text (RFC 3986, appendix C) or can be no part of one, a path's parameters, an encoded fragment; and
/// beyond ASCII whatever is no part of a name: typographic quotes, full stops and brackets of other scripts, spaces.
fn ends_a_link(character: char) -> bool {
    if !character.is_ascii() {
        return !is_allowed(character, None) && !is_variation_selector(character);
    }
    character.is_ascii_control()
        || matches!(
            character,
            ' ' | '"' | '<' | '>' | '\\' | '[' | ']' | '{' | '}' | '|' | '^' | '`' | ';' | '#'
        )
}

/// The name of an HTML entity, and what follows it. `text` begins behind the ampersand.
fn entity(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for _ in 0..=MAX_ENTITY_CHARACTERS {
        let Character { character, end, .. } = Character::at(text, at)?;
        match character? {
            ';' if at > 0 => return Some((text.get(..at)?, text.get(end..)?)),
            '#' => {}
            character if character.is_ascii_alphanumeric() => {}
            _ => return None,
        }
        at = end;
    }
    None
}

/// Where the sign before it was encoded, a program has encoded all of the query.
fn query(text: &str, is_encoded: bool) -> Cow<'_, str> {
    let mut text = text;
    while let Some(Character { character: Some('&' | '?'), end, .. }) = Character::at(text, 0) {
        text = text.get(end..).unwrap_or_default();
    }
    if !is_encoded || text.contains(['=', '&']) {
        return Cow::Borrowed(text);
    }
    let decoded = [("%3D", "="), ("%3d", "="), ("%26", "&")];
    Cow::Owned(decoded.iter().fold(text.to_owned(), |text, (encoded, sign)| text.replace(encoded, sign)))
}
