//! Text that people and programs append to a link by mistake: punctuation that ends a sentence, quotes and brackets around the
//! link, markup after it, a line break, or parameters without a question mark.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::names::slug::{is_allowed, is_sign, is_variation_selector};

/// The longest HTML entity that occurs next to links, such as `&hellip;`.
const MAX_ENTITY_CHARACTERS: usize = 8;

/// The meaning of an appended text: it may ask for a preview and contain a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Appended<'a> {
    pub(super) preview: bool,
    pub(super) query: Cow<'a, str>,
}

/// One character of a percent-encoded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// `None` if the encoded bytes are not UTF-8, or the encoding is incomplete.
    pub(super) character: Option<char>,
    pub(super) is_encoded: bool,
    pub(super) end: usize,
}

impl Character {
    /// `None` at the end of the text.
    pub(super) fn at(text: &str, at: usize) -> Option<Self> {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        if first != '%' {
            return Some(Self { character: Some(first), is_encoded: false, end: at + first.len_utf8() });
        }
        // A character has at most four bytes in UTF-8.
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
    /// `None` if the text is not a known mistake.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (preview, mut rest) = strip_plus(text).map_or((false, text), |rest| (true, rest));
        while let Some(Character { character, is_encoded, end }) = Character::at(rest, 0) {
            let after = rest.get(end..).unwrap_or_default();
            match character {
                // The entity stands for a quote, a bracket or a space.
                Some('&') if html_entity(strip_escaped_ampersand(after)).is_some() => break,
                Some('&') => return Some(Self { preview, query: query(after, is_encoded) }),
                Some('?') => return Some(Self { preview, query: query(after, is_encoded) }),
                Some(character) if !is_delimiter(character) => {
                    let can_be_skipped = character.is_ascii_punctuation() && character != '+'
                        || is_sign(character)
                        || is_variation_selector(character);
                    if !can_be_skipped {
                        return None;
                    }
                    rest = after;
                }
                // All that follows belongs to the text around the link.
                Some(_) | None => break,
            }
        }
        Some(Self { preview, query: Cow::Borrowed("") })
    }
}

/// The text after a leading plus sign, encoded or not.
pub(super) fn strip_plus(text: &str) -> Option<&str> {
    let encoded = || text.strip_prefix("%2B").or_else(|| text.strip_prefix("%2b"));
    text.strip_prefix('+').or_else(encoded)
}

/// Whether a link ends before this character. In ASCII: delimiters of a URI in a text (RFC 3986, appendix C), characters that a URI
/// cannot contain, `;` before path parameters, and `#` before an encoded fragment. Beyond ASCII: every character that a slug cannot
/// contain, such as typographic quotes, full stops and brackets of other scripts, and spaces.
fn is_delimiter(character: char) -> bool {
    if !character.is_ascii() {
        return !is_allowed(character, None) && !is_variation_selector(character);
    }
    character.is_ascii_control()
        || matches!(
            character,
            ' ' | '"' | '<' | '>' | '\\' | '[' | ']' | '{' | '}' | '|' | '^' | '`' | ';' | '#'
        )
}

/// The name of an HTML entity, and the text after it. `text` begins after the ampersand.
fn html_entity(text: &str) -> Option<(&str, &str)> {
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

/// The text without the rest of HTML entities that stand for the ampersand before it, such as `amp;` and `#38;`: programs escape
/// a query, sometimes twice.
fn strip_escaped_ampersand(mut text: &str) -> &str {
    while let Some((name, after)) = html_entity(text)
        && is_ampersand(name)
    {
        text = after;
    }
    text
}

fn is_ampersand(entity: &str) -> bool {
    let entity = percent_decode_str(entity).decode_utf8_lossy().to_ascii_lowercase();
    match entity.strip_prefix('#') {
        None => entity == "amp",
        Some(number) => match number.strip_prefix('x') {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16) == Ok(0x26),
            None => number.parse() == Ok(38),
        },
    }
}

/// If the `&` or `?` before the query was encoded, a program has encoded the whole query.
fn query(text: &str, is_encoded: bool) -> Cow<'_, str> {
    let mut text = strip_escaped_ampersand(text);
    while let Some(Character { character: Some('&' | '?'), end, .. }) = Character::at(text, 0) {
        text = strip_escaped_ampersand(text.get(end..).unwrap_or_default());
    }
    let mut query = Cow::Borrowed(text);
    if is_encoded && !text.contains(['=', '&']) {
        for (encoded, plain) in [("%3D", "="), ("%3d", "="), ("%26", "&")] {
            query = Cow::Owned(query.replace(encoded, plain));
        }
    }
    if query.split('&').all(|pair| strip_escaped_ampersand(pair) == pair) {
        return query;
    }
    Cow::Owned(query.split('&').map(strip_escaped_ampersand).collect::<Vec<_>>().join("&"))
}
