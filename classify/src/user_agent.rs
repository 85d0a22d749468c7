//! Browser, system and device of a person's `User-Agent`, by the expressions of uap-core (`data/uap-core.tsv`).

use std::borrow::Cow;
use std::sync::LazyLock;

use link_core::record::user_agent::Device;
use ua_parser::{os, user_agent};

/// `browser` or `os`, the expression, and the name unless the expression's first group is the name.
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
    pub(crate) os: Option<String>,
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
        for (what, regex, name) in expressions() {
            let (regex, name) = (Cow::Borrowed(regex), (!name.is_empty()).then_some(Cow::Borrowed(name)));
            if what == "browser" {
                browsers = browsers.push(user_agent::Parser {
                    regex,
                    family_replacement: name,
                    ..Default::default()
                })?;
            } else {
                systems = systems.push(os::Parser { regex, os_replacement: name, ..Default::default() })?;
            }
        }
        Ok(Self { browsers: browsers.build()?, systems: systems.build()? })
    }

    fn parse(&self, text: &str) -> UserAgent {
        let browser = self.browsers.extract(text).and_then(|found| browser(&found.family));
        let os = self.systems.extract(text).and_then(|found| system(&found.os));
        UserAgent { browser, device: os.is_some().then(|| Device::of(text).as_str()), os }
    }
}

fn expressions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    EXPRESSIONS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
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
    fn every_expression_compiles() {
        assert!(Parser::load().is_ok());
        assert!(expressions().count() > 500);
        assert!(expressions().all(|(what, ..)| what == "browser" || what == "os"));
    }
}
