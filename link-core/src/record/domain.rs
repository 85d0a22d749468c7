//! What visitors may learn of a domain: its settings, and the files that it serves below `/.well-known/`.
//!
//! Each is a document under a reserved name, so that it is published, purged, cached and replicated like a link's record. An edge
//! that knows only some of the settings ignores the others.
//!
//! Text that the edge already reads in some form, since each kind of reader weighs in its bundle: settings are the parameters of a
//! form, and a picture is hexadecimal. What is `inline` is compiled with the edge, for size: no redirect of a link needs it.

use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hex::hex;
use crate::names::destination::{self, Destination, InvalidDestination};
use crate::names::domain::Domain;
use crate::names::slug::Slug;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainDocument {
    /// [`DomainSettings`].
    Settings,
    /// Which iOS applications open the domain's links (Apple, "Supporting associated domains").
    AppleAppSiteAssociation,
    /// Which Android applications do (Google, Digital Asset Links).
    AssetLinks,
    /// The picture on pages: a PNG as hexadecimal digits, because a document is text.
    Logo,
}

impl DomainDocument {
    pub const ALL: [Self; 4] = [Self::Settings, Self::AppleAppSiteAssociation, Self::AssetLinks, Self::Logo];

    /// The path below the domain, without its first slash.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settings => ".well-known/shortline-domain",
            Self::AppleAppSiteAssociation => ".well-known/apple-app-site-association",
            Self::AssetLinks => ".well-known/assetlinks.json",
            Self::Logo => ".well-known/shortline-logo.png",
        }
    }

    /// The name under which the document is stored, as if it were a link.
    pub fn slug(self) -> Slug {
        Slug::reserved(self.name())
    }

    pub fn of(name: &str) -> Option<Self> {
        match name {
            ".well-known/shortline-domain" => Some(Self::Settings),
            ".well-known/apple-app-site-association" => Some(Self::AppleAppSiteAssociation),
            ".well-known/assetlinks.json" => Some(Self::AssetLinks),
            ".well-known/shortline-logo.png" => Some(Self::Logo),
            _ => None,
        }
    }

    /// The document that a visitor may fetch under this path.
    pub fn at_path(path: &str) -> Option<Self> {
        Self::of(path.strip_prefix('/')?).filter(|document| *document != Self::Settings)
    }
}

/// An absent setting has its default, so the document of a domain without any is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainSettings {
    /// Where the bare domain leads.
    pub home_url: Option<Destination>,
    /// Where a path leads that means no link.
    pub not_found_url: Option<NotFoundUrl>,
    /// Where expired and exhausted links lead that have no `expired_url` of their own.
    pub expired_url: Option<Destination>,
    pub robots: Robots,
    /// Whether aliases are found whatever their case.
    pub ignore_case: bool,
    /// The name that pages show.
    pub name: Option<String>,
    pub color: Option<Color>,
    /// Of QR codes; black on white by default.
    pub qr_foreground: Option<Color>,
    pub qr_background: Option<Color>,
    /// Changes with the logo. Its picture is a document of its own, which only visitors of pages load.
    pub logo: Option<LogoMark>,
}

impl DomainSettings {
    /// What is unknown or damaged counts as absent: it must make neither links nor the other settings unreachable.
    #[inline]
    pub fn parse(document: &str) -> Self {
        let text = |wanted: &str| {
            let mut parameters = form_urlencoded::parse(document.as_bytes());
            parameters.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let color = |name: &str| text(name).and_then(|color| color.parse().ok());
        Self {
            home_url: text("home_url").and_then(|url| url.try_into().ok()),
            not_found_url: text("not_found_url").and_then(|url| url.try_into().ok()),
            expired_url: text("expired_url").and_then(|url| url.try_into().ok()),
            robots: match text("robots").as_deref() {
                Some("disallow") => Robots::Disallow,
                _ => Robots::Allow,
            },
            ignore_case: text("ignore_case").as_deref() == Some("true"),
            name: text("name"),
            color: color("color"),
            qr_foreground: color("qr_foreground"),
            qr_background: color("qr_background"),
            logo: text("logo").and_then(|mark| mark.try_into().ok()),
        }
    }

    pub fn to_document(&self) -> String {
        let Self {
            home_url,
            not_found_url,
            expired_url,
            robots,
            ignore_case,
            name,
            color,
            qr_foreground,
            qr_background,
            logo,
        } = self;
        let robots = Some(robots.as_str()).filter(|_| *robots != Robots::default());
        let texts = [
            ("home_url", home_url.as_ref().map(Destination::as_str)),
            ("not_found_url", not_found_url.as_ref().map(NotFoundUrl::as_str)),
            ("expired_url", expired_url.as_ref().map(Destination::as_str)),
            ("robots", robots),
            ("ignore_case", ignore_case.then_some("true")),
            ("name", name.as_deref()),
            ("color", color.as_ref().map(Color::as_str)),
            ("qr_foreground", qr_foreground.as_ref().map(Color::as_str)),
            ("qr_background", qr_background.as_ref().map(Color::as_str)),
            ("logo", logo.as_ref().map(|LogoMark(mark)| mark.as_str())),
        ];
        let set = texts.into_iter().filter_map(|(name, text)| Some((name, text?)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(set).finish()
    }

    /// Where the bare domain leads; never back to itself.
    pub fn home(&self, domain: &Domain) -> Option<&Destination> {
        self.home_url.as_ref().filter(|url| url.host() != domain.as_str())
    }
}

/// Whether crawlers may follow the domain's links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Robots {
    #[default]
    Allow,
    Disallow,
}

impl Robots {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Disallow => "disallow",
        }
    }
}

/// A colour as six hexadecimal digits in lower case, without `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be six hexadecimal digits such as 1d4ed8")]
pub struct NotAColor;

impl Color {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Color {
    type Err = NotAColor;

    #[inline]
    fn from_str(text: &str) -> Result<Self, NotAColor> {
        let is_color = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_color { Ok(Self(text.to_ascii_lowercase())) } else { Err(NotAColor) }
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.0
    }
}

/// A part of a logo's hash: eight hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoMark(String);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("not the mark of a logo")]
pub struct NotALogoMark;

impl LogoMark {
    pub fn of(png: &[u8]) -> Self {
        Self(hex(Sha256::digest(png).split_at(4).0))
    }

    /// The path under which the domain serves the logo. It may be cached for long, since another logo has another one.
    pub fn path(&self) -> String {
        format!("/{}?v={}", DomainDocument::Logo.name(), self.0)
    }
}

impl TryFrom<String> for LogoMark {
    type Error = NotALogoMark;

    #[inline]
    fn try_from(text: String) -> Result<Self, NotALogoMark> {
        let is_mark = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_mark { Ok(Self(text)) } else { Err(NotALogoMark) }
    }
}

/// A destination in which `{path}` stands for the path that meant no link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFoundUrl(String);

/// The visitor's path, without its first slash.
const PLACEHOLDER: &str = "{path}";
/// What the URL's parser sees instead: it would encode the braces.
const PARSED_PLACEHOLDER: &str = "shortline-visited-path";
/// What separates or ends parameters of a query. A visitor's path is encoded already, so `%` stays.
const ENCODED_IN_QUERY: &AsciiSet = &CONTROLS.add(b'&').add(b'+').add(b'=').add(b';').add(b'#').add(b'\'');

#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidNotFoundUrl {
    #[error(transparent)]
    Destination(#[from] InvalidDestination),
    #[error("may contain {PLACEHOLDER} in its path, query or fragment only")]
    Placeholder,
}

impl NotFoundUrl {
    /// Parses what a client sent.
    pub fn parse(input: &str) -> Result<Self, InvalidNotFoundUrl> {
        if input.contains(PARSED_PLACEHOLDER) {
            return Err(InvalidNotFoundUrl::Placeholder);
        }
        let url = Destination::parse(&input.replace(PLACEHOLDER, PARSED_PLACEHOLDER))?;
        if destination::authority(url.as_str()).contains(PARSED_PLACEHOLDER) {
            return Err(InvalidNotFoundUrl::Placeholder);
        }
        Ok(Self(url.as_str().replace(PARSED_PLACEHOLDER, PLACEHOLDER)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL for a visitor's path, which begins with a slash and is encoded as the WHATWG parser leaves it. Without the path, if the
    /// URL would be too long with it.
    #[inline]
    pub fn with_path(&self, path: &str) -> Option<Destination> {
        let filled = Destination::try_from(self.filled(path.strip_prefix('/').unwrap_or(path)));
        filled.or_else(|_| Destination::try_from(self.filled(""))).ok()
    }

    #[inline]
    fn filled(&self, path: &str) -> String {
        let mut filled = String::with_capacity(self.0.len() + path.len());
        for (number, part) in self.0.split(PLACEHOLDER).enumerate() {
            if number > 0 && filled.contains(['?', '#']) {
                filled.extend(utf8_percent_encode(path, ENCODED_IN_QUERY));
            } else if number > 0 {
                filled.push_str(path);
            }
            filled.push_str(part);
        }
        filled
    }
}

impl TryFrom<String> for NotFoundUrl {
    type Error = destination::NotAStoredDestination;

    /// Reads a stored one. Braces are printable ASCII, so it is checked like a destination.
    #[inline]
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Destination::try_from(text).map(|url| Self(url.into()))
    }
}

impl From<NotFoundUrl> for String {
    fn from(url: NotFoundUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::reserved::is_reserved;
    use crate::redirect::link_path::link_path;

    #[test]
    fn no_link_has_the_name_of_a_document() {
        for document in DomainDocument::ALL {
            let slug: Slug = document.name().parse().unwrap();
            assert!(slug == document.slug() && is_reserved(slug.first_segment()));
            assert_eq!(link_path(&format!("/{slug}"), str::to_owned), None);
            assert_eq!(DomainDocument::of(slug.as_str()), Some(document));
        }
        assert_eq!(DomainDocument::of("summer"), None);
    }

    #[test]
    fn settings_of_a_domain_are_no_file() {
        let at = |document: DomainDocument| DomainDocument::at_path(&format!("/{}", document.name()));
        assert_eq!(at(DomainDocument::AssetLinks), Some(DomainDocument::AssetLinks));
        assert_eq!(at(DomainDocument::Settings), None);
    }

    #[test]
    fn settings_format_is_unchanged() {
        let all = DomainSettings {
            home_url: Some("https://brand.example/".to_owned().try_into().unwrap()),
            not_found_url: Some(NotFoundUrl::parse("https://brand.example/{path}?from={path}").unwrap()),
            expired_url: Some("https://brand.example/over".to_owned().try_into().unwrap()),
            robots: Robots::Disallow,
            ignore_case: true,
            name: Some("Brand & Töchter".to_owned()),
            color: Some("1D4ed8".parse().unwrap()),
            qr_foreground: Some("00008b".parse().unwrap()),
            qr_background: Some("ffd700".parse().unwrap()),
            logo: Some(LogoMark::of(b"png")),
        };
        insta::assert_snapshot!(all.to_document());
        assert_eq!(DomainSettings::parse(&all.to_document()), all);
        assert_eq!(DomainSettings::default().to_document(), "");
        assert_eq!(DomainSettings::parse(""), DomainSettings::default());
    }

    #[test]
    fn unknown_or_damaged_setting_takes_no_other_along() {
        let damaged =
            "home_url=javascript:1&color=%2312345&logo=x&not_found_url=&later=1&robots=maybe&%ff&name=Brand";
        let named = DomainSettings { name: Some("Brand".to_owned()), ..DomainSettings::default() };
        assert_eq!(DomainSettings::parse(damaged), named);
        assert_eq!(DomainSettings::parse("later=1&robots=disallow").robots, Robots::Disallow);
    }

    #[test]
    fn bare_domain_never_leads_to_itself() {
        let url = Some("https://go.example.com/x".to_owned().try_into().unwrap());
        let settings = DomainSettings { home_url: url, ..DomainSettings::default() };
        assert_eq!(settings.home(&"go.example.com".parse().unwrap()), None);
        assert!(settings.home(&"s.brand.example".parse().unwrap()).is_some());
    }

    #[test]
    fn path_takes_the_place_of_its_placeholder() {
        for (template, path, url) in [
            ("https://a.test/404", "/x", "https://a.test/404"),
            ("HTTPS://A.test/{path}", "/x/y", "https://a.test/x/y"),
            (
                "https://a.test/old/{path}?q={path}#{path}",
                "/gr%C3%BCn",
                "https://a.test/old/gr%C3%BCn?q=gr%C3%BCn#gr%C3%BCn",
            ),
            ("https://a.test/?q={path}", "/a&b=c+d", "https://a.test/?q=a%26b%3Dc%2Bd"),
            ("https://a.test/{path}", "//evil.test", "https://a.test//evil.test"),
        ] {
            let template = NotFoundUrl::parse(template).unwrap();
            assert_eq!(template.with_path(path).unwrap().as_str(), url);
        }
        let template = NotFoundUrl::parse("https://a.test/?q={path}").unwrap();
        let long = format!("/{}", "a".repeat(destination::MAX_BYTES));
        assert_eq!(template.with_path(&long).unwrap().as_str(), "https://a.test/?q=");
    }

    #[test]
    fn placeholder_in_a_host_is_refused() {
        for template in ["https://{path}.test/", "https://a.test{path}", "https://a.test:{path}/"] {
            assert!(NotFoundUrl::parse(template).is_err(), "{template}");
        }
        for template in ["{path}", "javascript:{path}", "https://user@a.test/{path}"] {
            assert!(NotFoundUrl::parse(template).is_err(), "{template}");
        }
    }

    #[test]
    fn color_is_six_hexadecimal_digits() {
        assert_eq!("1D4ED8".parse::<Color>().unwrap().as_str(), "1d4ed8");
        for text in ["", "#1d4ed", "1d4ed", "1d4ed88", "ürn", "red;}a"] {
            assert_eq!(text.parse::<Color>(), Err(NotAColor), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_path_changes_the_host(path in "/[!-~]{0,30}", query in any::<bool>()) {
            let template = if query { "https://a.test/?q={path}" } else { "https://a.test/{path}" };
            if let Some(url) = NotFoundUrl::parse(template).unwrap().with_path(&path) {
                prop_assert_eq!(url.host(), "a.test");
                let parameters = url.as_str().split_once('?').map_or("", |(_, query)| query);
                prop_assert!(!query || !parameters.contains('&'));
            }
        }
    }
}
