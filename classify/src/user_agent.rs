//! What a person's `User-Agent` says of browser, system and device.

use link_core::user_agent::Device;
use woothee::parser::Parser;

use crate::bots::BotKind;

/// What woothee says when it does not know.
const UNKNOWN: &str = "UNKNOWN";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UserAgent {
    pub(crate) browser: Option<String>,
    pub(crate) os: Option<String>,
    pub(crate) device: Option<&'static str>,
}

impl UserAgent {
    pub(crate) fn parse(user_agent: &str) -> Self {
        let parsed = Parser::new().parse(user_agent).unwrap_or_default();
        let known = |name: &str| (!name.is_empty() && name != UNKNOWN).then(|| name.to_owned());
        let os = known(parsed.os).map(|os| system(&os).to_owned());
        Self {
            browser: known(parsed.name),
            device: os.is_some().then(|| Device::of(user_agent).as_str()),
            os,
        }
    }
}

pub(crate) fn bot_kind(user_agent: &str) -> Option<BotKind> {
    let is_crawler = || Parser::new().parse(user_agent).is_some_and(|parsed| parsed.category == "crawler");
    BotKind::of(user_agent).or_else(|| is_crawler().then_some(BotKind::Bot))
}

/// One name for all versions of a system, as its maker writes it.
fn system(os: &str) -> &str {
    match os {
        "iPhone" | "iPad" | "iPod" => "iOS",
        "Mac OSX" => "macOS",
        _ if os.starts_with("Windows") && !os.contains("Phone") => "Windows",
        _ => os,
    }
}
