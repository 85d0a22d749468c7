//! The shape of a user agent, which decides the lists that apply: names of devices and apps are free text and may contain any word.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Neither a browser nor a device, usually a program's own name.
    Other,
    /// A browser, or a phone from before browsers identified themselves.
    Browser,
    /// An in-app browser, which appends the app's name. Contains no bot word.
    InApp,
}

/// Makers whose phones send only their model.
const MAKERS: &str = "samsung|sec|lg|nokia|mot|motorola|sie|siemens|htc|alcatel|pantech|huawei|lenovo|blackberry|amoi|bird|asus|\
    philips|archos|dell|acer|haier|audiovox|kwc|sony|sharp|sanyo|sagem|panasonic|nec|zte|vodafone|docomo|kddi|j-phone|softbank|\
    kyocera|casio|benq|toshiba|palm|xiaomi|oppo|vivo|micromax|karbonn|gionee|tecno|infinix|itel|lumia";
const BROWSER: &str = concat!(
    r"^(?:mozilla|opera)/\d[^(]*\(.*(?:applewebkit|khtml|gecko/|trident|msie|presto)|^opera/|^mozilla/\d\.\d$|android|iphone|",
    r"ipad|ipod|\bios\b|watchos|tvos|apple ?tv|windows ?(?:phone|ce|mobile)|blackberry|symbian|series ?[46]0|midp|cldc|",
    r"up\.browser|up\.link|obigo|teleca|netfront|nintendo|playstation|\bfban/|bada/|tizen|webos|kaios|hbbtv|cfnetwork|",
    r"device model|browser/|j2me|nokia|samsung|sonyericsson|lenovo",
);
const IN_APP: &str = r"iPhone|iPad|; wv\)|Electron/|Mobile Safari";
const BOT_WORD: &str = r"(?i)compatible;|https?:|@|bot|crawl|spider|headless";

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        static BROWSER_SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            expression(&format!(r"(?i:{BROWSER}|^\W*(?:{MAKERS})[a-z]{{0,3}}(?:[\W\d_]|$))"))
        });
        static IN_APP_SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| expression(IN_APP));
        static BOT: LazyLock<Option<Regex>> = LazyLock::new(|| expression(BOT_WORD));
        let has = |expression: &Option<Regex>| {
            expression.as_ref().is_some_and(|expression| expression.is_match(text.as_bytes()))
        };
        if !has(&BROWSER_SHAPE) {
            Self::Other
        } else if has(&IN_APP_SHAPE) && !has(&BOT) {
            Self::InApp
        } else {
            Self::Browser
        }
    }
}

/// Never `None`: a test compiles each expression.
fn expression(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// Removes model and build of an Android device (`Android 15; CPH2557 Build/AP3A.240617.008; wv`), which may look like a bot's name: HTC
/// sells a Butterfly and Cubot a CUBOT. A comment that also names a crawler is left unchanged.
pub(super) fn without_device_name(user_agent: &str) -> Cow<'_, str> {
    let whole = Cow::Borrowed(user_agent);
    let Some(start) = user_agent.find("Android") else { return whole };
    let (before, rest) = user_agent.split_at(start);
    let Some(version_end) = rest.find([';', ')']) else { return whole };
    let (version, device) = rest.split_at(version_end);
    let Some(device_end) = comment_end(device) else { return whole };
    let (device, after) = device.split_at(device_end);
    if ["compatible;", "://", "oogle"].iter().any(|sign| device.contains(sign)) {
        return whole;
    }
    let webview = if device.contains("; wv") { "; wv" } else { "" };
    Cow::Owned([before, version, webview, after].concat())
}

/// The end of the comment that `text` starts inside of. Comments nest.
fn comment_end(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (place, character) in text.char_indices() {
        match character {
            '(' => open += 1,
            ')' => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return Some(place),
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_removed() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) Instagram",
                "Mozilla/5.0 (Linux; Android 15; wv) Instagram",
            ),
            (
                "Mozilla/5.0 (Linux; Android 4.1.1; HTC Butterfly Build/JRO03C) X",
                "Mozilla/5.0 (Linux; Android 4.1.1) X",
            ),
            (
                "Mozilla/5.0 (Linux; Android 7.0; Moto G (4)) X (compatible; Y)",
                "Mozilla/5.0 (Linux; Android 7.0) X (compatible; Y)",
            ),
            (
                "Mozilla/5.0 (Linux; Android 8; Pixel; compatible; Y) X",
                "Mozilla/5.0 (Linux; Android 8; Pixel; compatible; Y) X",
            ),
            ("Android", "Android"),
            ("Android)", "Android)"),
            ("Android 9; no end", "Android 9; no end"),
        ] {
            assert_eq!(without_device_name(user_agent), expected);
        }
    }

    #[test]
    fn shapes_are_recognised() {
        for (user_agent, shape) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Viber/22",
                Shape::InApp,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 8_3 like Mac OS X) AppleWebKit/600 (compatible; Googlebot/2.1)",
                Shape::Browser,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
                Shape::Browser,
            ),
            ("Mozilla/5.0", Shape::Browser),
            ("SAMSUNG-SGH-E638", Shape::Browser),
            ("Java/17", Shape::Other),
            ("Opera-like/1.0", Shape::Other),
            ("", Shape::Other),
        ] {
            assert_eq!(Shape::of(user_agent), shape, "{user_agent}");
        }
    }
}
