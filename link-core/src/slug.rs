//! What a link is called on its domain: the code that was issued for it, or the alias that someone chose. Does not know
//! which names are taken, nor which first segments are reserved (see [`crate::reserved`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::code::Code;

pub const MAX_CHARACTERS: usize = 128;
pub const MAX_BYTES: usize = 256;
pub const MAX_SEGMENTS: usize = 4;

/// Letters, digits and `-_.~` in one to four segments between slashes. Compared byte for byte, so whoever makes one from
/// what a person typed brings it into NFC first; this crate has no tables for that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
pub enum InvalidSlug {
    #[error("must have at least one character, and none but single slashes between its segments")]
    EmptySegment,
    #[error("must not have . or .. as a segment: browsers take them out of an address")]
    DotSegment,
    #[error("must have at most {MAX_SEGMENTS} segments")]
    TooManySegments,
    #[error("must have at most {MAX_CHARACTERS} characters and {MAX_BYTES} bytes")]
    TooLong,
    #[error("may hold letters, digits, - _ . ~ and slashes, not {0:?}")]
    Character(char),
}

impl Slug {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must not be a reserved word.
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
            if let Some(other) = segment.chars().find(|character| !is_allowed(*character)) {
                return Err(InvalidSlug::Character(other));
            }
        }
        if segments > MAX_SEGMENTS {
            return Err(InvalidSlug::TooManySegments);
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '~')
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
    fn letters_of_any_script_digits_and_a_few_signs_make_a_slug() {
        for text in ["a", "Summer-Sale_2026.v2~x", "00Aa9Zz", "grüße", "商品", "a/b/c/d", "...", "-", "١٢"]
        {
            assert_eq!(text.parse::<Slug>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_slug_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", InvalidSlug::EmptySegment),
            ("/", InvalidSlug::EmptySegment),
            ("a/", InvalidSlug::EmptySegment),
            ("a//b", InvalidSlug::EmptySegment),
            ("a/../b", InvalidSlug::DotSegment),
            (".", InvalidSlug::DotSegment),
            ("a/b/c/d/e", InvalidSlug::TooManySegments),
            ("a b", InvalidSlug::Character(' ')),
            ("a+", InvalidSlug::Character('+')),
            ("50%", InvalidSlug::Character('%')),
            ("a?b", InvalidSlug::Character('?')),
            ("a\\b", InvalidSlug::Character('\\')),
            ("a\0", InvalidSlug::Character('\0')),
            ("a\u{202e}b", InvalidSlug::Character('\u{202e}')),
            ("🎉", InvalidSlug::Character('🎉')),
        ] {
            assert_eq!(text.parse::<Slug>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn a_slug_is_bounded_in_characters_and_in_bytes() {
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
        fn a_slug_needs_no_more_than_its_own_characters_in_a_path(text in "\\PC{0,20}") {
            if let Ok(slug) = text.parse::<Slug>() {
                prop_assert!(!slug.as_str().contains(['?', '#', '%', '\\', '+', ' ']));
                prop_assert!((1..=MAX_SEGMENTS).contains(&slug.as_str().split('/').count()));
            }
        }
    }
}
