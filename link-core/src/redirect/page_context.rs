//! The language of a visitor's page, and the domain whose name and colour it carries.

use super::visit::preferred_language;
use crate::record::domain::DomainSettings;

/// The languages of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PageLanguage {
    #[default]
    English,
    German,
}

/// A text in English and in German.
pub(super) type Text = [&'static str; 2];

impl PageLanguage {
    /// The one with the highest quality in an `Accept-Language` header; English for visitors who ask for neither.
    pub fn of(accepted: Option<&str>) -> Self {
        let is_known = |tag: &str| is_primary(tag, "en") || is_primary(tag, "de");
        match preferred_language(accepted.unwrap_or_default(), is_known) {
            Some(tag) if is_primary(tag, "de") => Self::German,
            _ => Self::English,
        }
    }

    /// A language tag (BCP 47).
    pub(super) fn tag(self) -> &'static str {
        self.choose(["en", "de"])
    }

    pub(super) fn choose(self, [english, german]: Text) -> &'static str {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }
}

/// Whether a tag such as `de-AT` is of this language.
fn is_primary(tag: &str, language: &str) -> bool {
    tag.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(language))
}

/// What a page shows besides its own text.
#[derive(Debug, Clone, Copy, Default)]
pub struct PageContext<'a> {
    pub language: PageLanguage,
    /// `None` where the domain was not looked up: an answer that must cost little, or that nothing could be looked up for.
    pub domain: Option<&'a DomainSettings>,
}

impl<'a> PageContext<'a> {
    /// `accepted` is the `Accept-Language` header.
    pub fn of(accepted: Option<&str>, domain: Option<&'a DomainSettings>) -> Self {
        Self { language: PageLanguage::of(accepted), domain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_the_language_that_the_visitor_prefers() {
        for (accepted, language) in [
            ("de", PageLanguage::German),
            ("de-AT,en;q=0.5", PageLanguage::German),
            ("DE-CH", PageLanguage::German),
            ("fr, de;q=0.4, en;q=0.3", PageLanguage::German),
            ("en;q=0.3, de;q=0.4", PageLanguage::German),
            ("de;q=0", PageLanguage::English),
            ("den, deu", PageLanguage::English),
            ("en, de", PageLanguage::English),
            ("fr", PageLanguage::English),
            ("*", PageLanguage::English),
            ("", PageLanguage::English),
        ] {
            assert_eq!(PageLanguage::of(Some(accepted)), language, "{accepted}");
        }
        assert_eq!(PageLanguage::of(None), PageLanguage::English);
    }
}
