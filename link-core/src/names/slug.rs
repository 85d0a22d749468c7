//! The slug of a link, its name on its domain: an issued code or a chosen alias.
//!
//! Does not know which slugs are taken or reserved (see [`crate::names::reserved`]). The origin checks new aliases more strictly, with
//! Unicode's tables; every alias that it accepts is valid here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::names::code::Code;

pub const MAX_CHARACTERS: usize = 128;
pub const MAX_BYTES: usize = 256;
pub const MAX_SEGMENTS: usize = 4;

/// Turns the digit, `#` or `*` before it into a keycap emoji.
const KEYCAP: char = '\u{20e3}';

/// The characters beyond ASCII that no slug contains: punctuation, spaces, invisible characters and currency signs (Unicode's
/// general categories P, Z, Cf and Sc, apart from characters of words and emoji), controls, symbols that are not emoji,
/// compatibility forms, private use and noncharacters. The ranges are inclusive and ascending. They merge where only characters
/// lie between that the origin refuses in an alias. All letters, marks, digits and emoji are allowed.
#[rustfmt::skip]
const FORBIDDEN_RANGES: &[(char, char)] = &[
    ('\u{80}', '\u{a8}'), ('\u{ab}', '\u{ad}'), ('\u{af}', '\u{b6}'), ('\u{b8}', '\u{bf}'),
    ('\u{d7}', '\u{d7}'), ('\u{f7}', '\u{f7}'), ('\u{34f}', '\u{34f}'), ('\u{37e}', '\u{37e}'),
    ('\u{387}', '\u{387}'), ('\u{55a}', '\u{55f}'), ('\u{589}', '\u{58f}'), ('\u{5be}', '\u{5be}'),
    ('\u{5c0}', '\u{5c0}'), ('\u{5c3}', '\u{5c3}'), ('\u{5c6}', '\u{5c6}'), ('\u{5f3}', '\u{60f}'),
    ('\u{61b}', '\u{61f}'), ('\u{66a}', '\u{66d}'), ('\u{6d4}', '\u{6d4}'), ('\u{6dd}', '\u{6dd}'),
    ('\u{700}', '\u{70f}'), ('\u{7f7}', '\u{7f9}'), ('\u{7fe}', '\u{7ff}'), ('\u{830}', '\u{83e}'),
    ('\u{85e}', '\u{85e}'), ('\u{890}', '\u{891}'), ('\u{8e2}', '\u{8e2}'), ('\u{964}', '\u{965}'),
    ('\u{970}', '\u{970}'), ('\u{9f2}', '\u{9fb}'), ('\u{9fd}', '\u{9fd}'), ('\u{a76}', '\u{a76}'),
    ('\u{af0}', '\u{af1}'), ('\u{bf9}', '\u{bf9}'), ('\u{c77}', '\u{c77}'), ('\u{c84}', '\u{c84}'),
    ('\u{df4}', '\u{df4}'), ('\u{e3f}', '\u{e3f}'), ('\u{e4f}', '\u{e4f}'), ('\u{e5a}', '\u{e5b}'),
    ('\u{f01}', '\u{f0a}'), ('\u{f0c}', '\u{f17}'), ('\u{f3a}', '\u{f3d}'), ('\u{f85}', '\u{f85}'),
    ('\u{fd0}', '\u{fda}'), ('\u{104a}', '\u{104f}'), ('\u{10fb}', '\u{10fb}'), ('\u{115f}', '\u{1160}'),
    ('\u{1360}', '\u{1368}'), ('\u{1400}', '\u{1400}'), ('\u{166e}', '\u{166e}'), ('\u{1680}', '\u{1680}'),
    ('\u{169b}', '\u{169c}'), ('\u{16eb}', '\u{16ed}'), ('\u{1735}', '\u{1736}'), ('\u{17b4}', '\u{17b5}'),
    ('\u{17d4}', '\u{17d6}'), ('\u{17d8}', '\u{17db}'), ('\u{1800}', '\u{180f}'), ('\u{1944}', '\u{1945}'),
    ('\u{1a1e}', '\u{1a1f}'), ('\u{1aa0}', '\u{1aa6}'), ('\u{1aa8}', '\u{1aad}'), ('\u{1b4e}', '\u{1b4f}'),
    ('\u{1b5a}', '\u{1b60}'), ('\u{1b7d}', '\u{1b7f}'), ('\u{1bfc}', '\u{1bff}'), ('\u{1c3b}', '\u{1c3f}'),
    ('\u{1c7e}', '\u{1c7f}'), ('\u{1cc0}', '\u{1cc7}'), ('\u{1cd3}', '\u{1cd3}'), ('\u{2000}', '\u{200b}'),
    ('\u{200e}', '\u{203b}'), ('\u{203d}', '\u{2048}'), ('\u{204a}', '\u{208e}'), ('\u{20a0}', '\u{20cf}'),
    ('\u{2190}', '\u{2193}'), ('\u{219a}', '\u{21a8}'), ('\u{21ab}', '\u{230b}'), ('\u{2329}', '\u{232a}'),
    ('\u{2500}', '\u{259f}'), ('\u{2768}', '\u{2775}'), ('\u{27c5}', '\u{28ff}'), ('\u{2983}', '\u{29fd}'),
    ('\u{2cf9}', '\u{2cff}'), ('\u{2d70}', '\u{2d70}'), ('\u{2e00}', '\u{3004}'), ('\u{3008}', '\u{3020}'),
    ('\u{30a0}', '\u{30a0}'), ('\u{3164}', '\u{3164}'), ('\u{a4fe}', '\u{a4ff}'), ('\u{a60d}', '\u{a60f}'),
    ('\u{a673}', '\u{a673}'), ('\u{a67e}', '\u{a67e}'), ('\u{a6f2}', '\u{a6f7}'), ('\u{a838}', '\u{a838}'),
    ('\u{a874}', '\u{a877}'), ('\u{a8ce}', '\u{a8cf}'), ('\u{a8f8}', '\u{a8fa}'), ('\u{a8fc}', '\u{a8fc}'),
    ('\u{a92e}', '\u{a92f}'), ('\u{a95f}', '\u{a95f}'), ('\u{a9c1}', '\u{a9cd}'), ('\u{a9de}', '\u{a9df}'),
    ('\u{aa5c}', '\u{aa5f}'), ('\u{aade}', '\u{aadf}'), ('\u{aaf0}', '\u{aaf1}'), ('\u{abeb}', '\u{abeb}'),
    ('\u{e000}', '\u{f8ff}'), ('\u{fb1e}', '\u{fb1e}'), ('\u{fd3e}', '\u{fe1f}'), ('\u{fe30}', '\u{fe6f}'),
    ('\u{feff}', '\u{fffd}'), ('\u{10100}', '\u{10102}'), ('\u{1039f}', '\u{1039f}'),
    ('\u{103d0}', '\u{103d0}'), ('\u{1056f}', '\u{1056f}'), ('\u{10857}', '\u{10857}'),
    ('\u{1091f}', '\u{1091f}'), ('\u{1093f}', '\u{1093f}'), ('\u{10a50}', '\u{10a58}'),
    ('\u{10a7f}', '\u{10a7f}'), ('\u{10af0}', '\u{10af6}'), ('\u{10b39}', '\u{10b3f}'),
    ('\u{10b99}', '\u{10b9c}'), ('\u{10d6e}', '\u{10d6e}'), ('\u{10ead}', '\u{10ead}'),
    ('\u{10ed0}', '\u{10ed0}'), ('\u{10f55}', '\u{10f59}'), ('\u{10f86}', '\u{10f89}'),
    ('\u{11047}', '\u{1104d}'), ('\u{110bb}', '\u{110c1}'), ('\u{110cd}', '\u{110cd}'),
    ('\u{11140}', '\u{11143}'), ('\u{11174}', '\u{11175}'), ('\u{111c5}', '\u{111c8}'),
    ('\u{111cd}', '\u{111cd}'), ('\u{111db}', '\u{111db}'), ('\u{111dd}', '\u{111df}'),
    ('\u{11238}', '\u{1123d}'), ('\u{112a9}', '\u{112a9}'), ('\u{113d4}', '\u{113d8}'),
    ('\u{1144b}', '\u{1144f}'), ('\u{1145a}', '\u{1145d}'), ('\u{114c6}', '\u{114c6}'),
    ('\u{115c1}', '\u{115d7}'), ('\u{11641}', '\u{11643}'), ('\u{11660}', '\u{1166c}'),
    ('\u{116b9}', '\u{116b9}'), ('\u{1173c}', '\u{1173e}'), ('\u{1183b}', '\u{1183b}'),
    ('\u{11944}', '\u{11946}'), ('\u{119e2}', '\u{119e2}'), ('\u{11a3f}', '\u{11a46}'),
    ('\u{11a9a}', '\u{11a9c}'), ('\u{11a9e}', '\u{11aa2}'), ('\u{11b00}', '\u{11b09}'),
    ('\u{11be1}', '\u{11be1}'), ('\u{11c41}', '\u{11c45}'), ('\u{11c70}', '\u{11c71}'),
    ('\u{11ef7}', '\u{11ef8}'), ('\u{11f43}', '\u{11f4f}'), ('\u{11fdd}', '\u{11fff}'),
    ('\u{12470}', '\u{12474}'), ('\u{12ff1}', '\u{12ff2}'), ('\u{13430}', '\u{1343f}'),
    ('\u{16a6e}', '\u{16a6f}'), ('\u{16af5}', '\u{16af5}'), ('\u{16b37}', '\u{16b3b}'),
    ('\u{16b44}', '\u{16b44}'), ('\u{16d6d}', '\u{16d6f}'), ('\u{16e97}', '\u{16e9a}'),
    ('\u{16fe2}', '\u{16fe2}'), ('\u{1bc9f}', '\u{1bca3}'), ('\u{1d100}', '\u{1d1ff}'),
    ('\u{1da87}', '\u{1da8b}'), ('\u{1e2ff}', '\u{1e2ff}'), ('\u{1e5ff}', '\u{1e5ff}'),
    ('\u{1e95e}', '\u{1e95f}'), ('\u{1ecb0}', '\u{1ecb0}'), ('\u{e0000}', '\u{e001f}'),
    ('\u{e0080}', '\u{10fffd}'),
];

/// One to four segments between slashes, of letters with their marks, digits, emoji and `-_.~`. Slugs are compared byte for byte, so
/// text that a person typed is converted to its [`canonical`] form first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum InvalidSlug {
    #[error("must not be empty, begin or end with a slash, or contain two slashes in a row")]
    EmptySegment,
    #[error("must not have . or .. as a segment: browsers remove them from an address")]
    DotSegment,
    #[error("must have at most {MAX_SEGMENTS} segments")]
    TooManySegments,
    #[error("must have at most {MAX_CHARACTERS} characters and {MAX_BYTES} bytes")]
    TooLong,
    #[error("may contain letters, digits, emoji, - _ . ~ and slashes, but not {0:?}")]
    Character(char),
}

/// The single spelling of a name: composed by `nfc` (this crate has no tables for that), and without variation selectors, which only
/// change how an emoji or ideograph is drawn and which programs add or drop.
pub fn canonical(text: &str, nfc: impl Fn(&str) -> String) -> String {
    if !text.chars().any(is_variation_selector) {
        return nfc(text);
    }
    nfc(&text.chars().filter(|character| !is_variation_selector(*character)).collect::<String>())
}

/// Whether the character has Unicode's property Variation_Selector.
pub fn is_variation_selector(character: char) -> bool {
    matches!(character,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the character may end a name, and people also write it after one: punctuation, emoji that are punctuation, and joiners.
pub(crate) fn is_sign(character: char) -> bool {
    matches!(character, '-' | '_' | '.' | '~' | '\u{b7}' | '\u{f0b}' | '\u{200c}' | '\u{200d}' | '\u{30fb}')
        || matches!(
            character,
            '\u{203c}' | '\u{2049}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{3030}' | '\u{303d}'
        )
}

/// Whether a segment may contain the character. `next` is the character after it.
pub(crate) fn is_allowed(character: char, next: Option<char>) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric()
            || matches!(character, '-' | '_' | '.' | '~')
            || matches!(character, '#' | '*') && next == Some(KEYCAP);
    }
    // The last two code points of each plane are noncharacters.
    if u32::from(character) & 0xfffe == 0xfffe {
        return false;
    }
    let range = FORBIDDEN_RANGES.partition_point(|(_, last)| *last < character);
    FORBIDDEN_RANGES.get(range).is_none_or(|(first, _)| character < *first)
}

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling under which the name is found where case is ignored. `None` if it is this one, or too long for a name. `fold` maps text
    /// that is not ASCII: this crate has no tables for that.
    pub fn folded(&self, fold: &impl Fn(&str) -> String) -> Option<Self> {
        // Most names, on every redirect.
        if self.0.is_ascii() && !self.0.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let folded = if self.0.is_ascii() { self.0.to_ascii_lowercase() } else { fold(&self.0) };
        if folded == self.0 { None } else { folded.parse().ok() }
    }

    /// The segment that must not be a reserved word.
    pub fn first_segment(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        if text.len() > MAX_BYTES || text.chars().count() > MAX_CHARACTERS {
            return Err(InvalidSlug::TooLong);
        }
        let mut segments = 0;
        for segment in text.split('/') {
            segments += 1;
            match segment {
                "" => return Err(InvalidSlug::EmptySegment),
                "." | ".." => return Err(InvalidSlug::DotSegment),
                _ => {}
            }
            let mut characters = segment.chars().peekable();
            while let Some(character) = characters.next() {
                if !is_allowed(character, characters.peek().copied()) {
                    return Err(InvalidSlug::Character(character));
                }
            }
        }
        if segments > MAX_SEGMENTS {
            return Err(InvalidSlug::TooManySegments);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Slug {
    /// A name that no link can have, such as one below a reserved word. The caller's are short.
    pub(crate) fn reserved(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl From<Code> for Slug {
    fn from(code: Code) -> Self {
        Self(code.as_str().to_owned())
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;

    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_marks_digits_emoji_and_punctuation_are_valid() {
        for text in [
            "a",
            "Summer-Sale_2026.v2~x",
            "00Aa9Zz",
            "grüße",
            "商品",
            "a/b/c/d",
            "...",
            "-",
            "١٢",
            "दिल्ली",
            "தமிழ்",
            "ಕನ್ನಡ",
            "বিশ্ব",
            "ร้าน",
            "မြန်မာ",
            "བོད་ཡིག",
            "ខ្មែរ",
            "コーヒー",
            "人々",
            "می\u{200c}خواهم",
            "🎉",
            "👩\u{200d}💻",
            "🇮🇳",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "1\u{20e3}",
            "#\u{20e3}*\u{20e3}",
            "❤‼ℹ〰㊗",
        ] {
            assert_eq!(text.parse::<Slug>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn invalid_slug_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", InvalidSlug::EmptySegment),
            ("/", InvalidSlug::EmptySegment),
            ("a/", InvalidSlug::EmptySegment),
            ("a//b", InvalidSlug::EmptySegment),
            ("a/../b", InvalidSlug::DotSegment),
            (".", InvalidSlug::DotSegment),
            ("a/b/c/d/e", InvalidSlug::TooManySegments),
        ] {
            assert_eq!(text.parse::<Slug>(), Err(reason), "{text:?}");
        }
        for character in " +%?\\\0#*\u{202e}\u{200b}\u{ad}\u{feff}\u{2066}\u{3000}\u{3164}。，！”…»।،၊ａ（\u{e000}\u{e0001}\u{fffe}\u{1fffe}\u{fe0f}\u{10ffff}".chars() {
            let text = format!("a{character}b");
            assert_eq!(text.parse::<Slug>(), Err(InvalidSlug::Character(character)), "{character:?}");
        }
    }

    #[test]
    fn punctuation_of_every_script_ends_a_name() {
        use unicode_properties::{GeneralCategory, GeneralCategoryGroup as Group, UnicodeGeneralCategory};

        for character in '\u{80}'..=char::MAX {
            let is_punctuation =
                matches!(character.general_category_group(), Group::Punctuation | Group::Separator)
                    || matches!(
                        character.general_category(),
                        GeneralCategory::Format | GeneralCategory::CurrencySymbol
                    );
            let is_tag = matches!(character, '\u{e0020}'..='\u{e007f}');
            if is_punctuation && !is_tag && !is_sign(character) {
                assert!(!is_allowed(character, None), "{character:?}");
            }
        }
    }

    #[test]
    fn emoji_and_signs_are_allowed() {
        use unicode_properties::UnicodeEmoji;

        for character in '\u{80}'..=char::MAX {
            let is_emoji = character.is_emoji_char_or_emoji_component();
            if (is_emoji || is_sign(character)) && !is_variation_selector(character) {
                assert!(is_allowed(character, None), "{character:?}");
            }
        }
    }

    #[test]
    fn forbidden_ranges_ascend() {
        assert!(FORBIDDEN_RANGES.iter().all(|(first, last)| first <= last));
        assert!(FORBIDDEN_RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn variation_selectors_do_not_change_a_name() {
        let composed = |text: &str| text.replace("u\u{308}", "ü");
        for (text, name) in [
            ("❤\u{fe0f}", "❤"),
            ("❤\u{fe0e}", "❤"),
            ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
            ("葛\u{e0100}", "葛"),
            ("u\u{fe00}\u{308}", "ü"),
            ("a", "a"),
        ] {
            assert_eq!(canonical(text, composed), name);
        }
    }

    #[test]
    fn characters_and_bytes_of_a_slug_are_limited() {
        assert!("a".repeat(128).parse::<Slug>().is_ok());
        assert_eq!("a".repeat(129).parse::<Slug>(), Err(InvalidSlug::TooLong));
        assert!("ü".repeat(128).parse::<Slug>().is_ok());
        assert!("商".repeat(85).parse::<Slug>().is_ok());
        assert_eq!("商".repeat(86).parse::<Slug>(), Err(InvalidSlug::TooLong));
    }

    proptest! {
        #[test]
        fn every_code_is_a_slug(text in "[0-9A-Za-z]{7}") {
            let code: Code = text.parse().unwrap();
            prop_assert_eq!(Slug::from(code), text.parse::<Slug>().unwrap());
        }

        #[test]
        fn slug_contains_no_special_character_of_a_path(text in "\\PC{0,20}") {
            if let Ok(slug) = text.parse::<Slug>() {
                prop_assert!(!slug.as_str().contains(['?', '%', '\\', '+', ' ']));
                prop_assert!((1..=MAX_SEGMENTS).contains(&slug.as_str().split('/').count()));
            }
        }
    }
}
