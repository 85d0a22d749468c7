//! Browser, system, their versions and the device of a person's `User-Agent`, by the expressions of uap-core (`data/uap-core.tsv`).

use std::borrow::Cow;
use std::sync::LazyLock;

use link_core::record::user_agent::Device;
use ua_parser::{os, user_agent};

/// `browser` or `os`, the expression, the name unless the expression's first group is the name, and major and minor version unless its
/// next groups are.
const EXPRESSIONS: &str = include_str!("../data/uap-core.tsv");
/// uap-core's name for an unknown browser or system.
const OTHER: &str = "Other";
/// Distributions that uap-core reports separately.
const LINUX: [&str; 18] = [
    "Arch Linux",
    "CentOS",
    "Debian",
    "Fedora",
    "Gentoo",
    "Kubuntu",
    "Linux Mint",
    "Lubuntu",
    "Mageia",
    "Mandriva",
    "PCLinuxOS",
    "Puppy",
    "Red Hat",
    "Slackware",
    "SUSE",
    "Ubuntu",
    "VectorLinux",
    "Xubuntu",
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UserAgent {
    pub(crate) browser: Option<String>,
    /// The major version.
    pub(crate) browser_version: Option<String>,
    pub(crate) os: Option<String>,
    /// Major and minor version.
    pub(crate) os_version: Option<String>,
    pub(crate) device: Option<&'static str>,
}

impl UserAgent {
    /// The first call in a process compiles the expressions.
    pub(crate) fn parse(text: &str) -> Self {
        // Cannot fail: a test compiles every expression.
        static PARSER: LazyLock<Option<Parser>> = LazyLock::new(|| Parser::load().ok());
        PARSER.as_ref().map(|parser| parser.parse(text)).unwrap_or_default()
    }
}

struct Parser {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

impl Parser {
    fn load() -> Result<Self, ua_parser::Error> {
        let mut browsers = user_agent::Builder::new();
        let mut systems = os::Builder::new();
        for (what, regex, replacements) in expressions() {
            let regex = Cow::Borrowed(regex);
            let [name, major, minor] =
                replacements.map(|text| (!text.is_empty()).then_some(Cow::Borrowed(text)));
            if what == "browser" {
                browsers = browsers.push(user_agent::Parser {
                    regex,
                    family_replacement: name,
                    v1_replacement: major,
                    ..Default::default()
                })?;
            } else {
                systems = systems.push(os::Parser {
                    regex,
                    os_replacement: name,
                    os_v1_replacement: major,
                    os_v2_replacement: minor,
                    ..Default::default()
                })?;
            }
        }
        Ok(Self { browsers: browsers.build()?, systems: systems.build()? })
    }

    fn parse(&self, text: &str) -> UserAgent {
        let (browser, browser_version) = self
            .browsers
            .extract(text)
            .and_then(|found| Some((browser(&found.family)?, version(found.major, None))))
            .unzip();
        let (os, os_version) = self
            .systems
            .extract(text)
            .and_then(|found| {
                // The versions of distributions are not those of one system.
                let (major, minor) = (found.major.as_deref(), found.minor.as_deref());
                let version = version(major, minor).filter(|_| !LINUX.contains(&&*found.os));
                Some((system(&found.os)?, version))
            })
            .unzip();
        UserAgent {
            browser,
            browser_version: browser_version.flatten(),
            device: os.is_some().then(|| Device::of(text).as_str()),
            os,
            os_version: os_version.flatten(),
        }
    }
}

/// What it is, the expression, and name, major and minor version; an empty text stands for none.
fn expressions() -> impl Iterator<Item = (&'static str, &'static str, [&'static str; 3])> {
    EXPRESSIONS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        let (what, regex, name) = (fields.next()?, fields.next()?, fields.next()?);
        Some((what, regex, [name, fields.next().unwrap_or_default(), fields.next().unwrap_or_default()]))
    })
}

/// The longest major version: `Vista`, `14541`. A visitor can send any text.
const MAX_MAJOR_BYTES: usize = 8;
const MAX_MINOR_BYTES: usize = 3;

fn version(major: Option<&str>, minor: Option<&str>) -> Option<String> {
    let is_named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b' ');
    let is_major = |text: &&str| (1..=MAX_MAJOR_BYTES).contains(&text.len()) && text.bytes().all(is_named);
    let is_minor = |text: &&str| {
        (1..=MAX_MINOR_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let major = major.filter(is_major)?;
    Some(minor.filter(is_minor).map_or_else(|| major.to_owned(), |minor| format!("{major}.{minor}")))
}

/// One name for a browser on all devices; the device is a separate attribute.
fn browser(family: &str) -> Option<String> {
    let name = match family {
        OTHER | "" => return None,
        "IE" | "IE Mobile" | "IE Large Screen" => "Internet Explorer",
        "Mobile Safari" => "Safari",
        "Mobile Safari UI/WKWebView" => "iOS WebView",
        "Chrome Mobile WebView" => "Android WebView",
        "Chrome Mobile iOS" => "Chrome",
        "Firefox iOS" | "Firefox Mobile" => "Firefox",
        "Opera Tablet" => "Opera",
        "Android" => "Android Browser",
        _ => family.strip_suffix(" Mobile").unwrap_or(family),
    };
    Some(name.to_owned())
}

/// One name for all versions of a system, in its maker's spelling.
fn system(os: &str) -> Option<String> {
    let name = match os {
        OTHER | "" => return None,
        "Mac OS X" | "Mac OS" => "macOS",
        "Chrome OS" => "ChromeOS",
        "ATV OS X" => "tvOS",
        _ if LINUX.contains(&os) => "Linux",
        _ => os,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_short_or_left_out() {
        for (major, minor, expected) in [
            (Some("142"), None, Some("142")),
            (Some("18"), Some("6"), Some("18.6")),
            (Some("Vista"), None, Some("Vista")),
            (Some("8"), Some("0.b5"), Some("8")),
            (Some("10"), Some("12345"), Some("10")),
            (Some("123456789"), Some("1"), None),
            (Some("<b>"), None, None),
            (Some(""), None, None),
            (None, Some("1"), None),
        ] {
            assert_eq!(version(major, minor).as_deref(), expected, "{major:?} {minor:?}");
        }
    }

    #[test]
    fn every_expression_compiles() {
        assert!(Parser::load().is_ok());
        assert!(expressions().count() > 500);
        assert!(expressions().all(|(what, ..)| what == "browser" || what == "os"));
    }
}
