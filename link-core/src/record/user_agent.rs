//! The device and operating system of a `User-Agent`, for the conditions of rules, and whether it may be a link preview's. Does not
//! detect bots; statistics use a maintained library instead.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Desktop,
    Mobile,
    Tablet,
}

impl Device {
    pub const ALL: [Self; 3] = [Self::Desktop, Self::Mobile, Self::Tablet];

    /// Phones send `Mobi`, and Android tablets omit it (both from MDN's advice on detection). An iPad sends `iPad`, unless it requests
    /// desktop pages: then it looks like a Mac.
    pub fn of(user_agent: &str) -> Self {
        if user_agent.contains("iPad")
            || user_agent.contains("Tablet")
            || user_agent.contains("Android") && !user_agent.contains("Mobi")
        {
            Self::Tablet
        } else if user_agent.contains("Mobi") {
            Self::Mobile
        } else {
            Self::Desktop
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatingSystem {
    Android,
    Chromeos,
    Ios,
    Linux,
    Macos,
    Windows,
}

impl OperatingSystem {
    pub const ALL: [Self; 6] =
        [Self::Android, Self::Chromeos, Self::Ios, Self::Linux, Self::Macos, Self::Windows];

    /// The order of the markers matters: Android also sends `Linux`, and an iPhone sends `like Mac OS X`.
    pub fn of(user_agent: &str) -> Option<Self> {
        const MARKERS: [(&str, OperatingSystem); 10] = [
            ("Windows", OperatingSystem::Windows),
            ("iPhone", OperatingSystem::Ios),
            ("iPad", OperatingSystem::Ios),
            ("iPod", OperatingSystem::Ios),
            ("Android", OperatingSystem::Android),
            ("CrOS", OperatingSystem::Chromeos),
            ("Macintosh", OperatingSystem::Macos),
            ("Mac OS X", OperatingSystem::Macos),
            ("Linux", OperatingSystem::Linux),
            ("X11", OperatingSystem::Linux),
        ];
        MARKERS.into_iter().find(|(marker, _)| user_agent.contains(marker)).map(|(_, system)| system)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Chromeos => "chromeos",
            Self::Ios => "ios",
            Self::Linux => "linux",
            Self::Macos => "macos",
            Self::Windows => "windows",
        }
    }
}

/// Whether this may be what fetches a link preview. False for browsers, which need no classification; true for every preview that the
/// origin's lists know, and for many other programs. A test of the origin compares this with those lists and with people's browsers.
#[inline]
pub fn may_be_preview(user_agent: &str) -> bool {
    const WORDS: [&str; 9] =
        ["bot", "Bot", "rawler", "http", "review", "ompatible;", "roxy", "xternal", "etch"];
    !user_agent.starts_with("Mozilla/5.0 (") || WORDS.iter().any(|word| user_agent.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_and_system_of_common_user_agents_are_known() {
        for (user_agent, device, system) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 \
                 Mobile/15E148 Safari/604.1",
                Device::Mobile,
                Some(OperatingSystem::Ios),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                Device::Tablet,
                Some(OperatingSystem::Ios),
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile \
                 Safari/537.36",
                Device::Mobile,
                Some(OperatingSystem::Android),
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
                 Safari/537.36",
                Device::Tablet,
                Some(OperatingSystem::Android),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
                 Safari/537.36",
                Device::Desktop,
                Some(OperatingSystem::Windows),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 \
                 Safari/605.1.15",
                Device::Desktop,
                Some(OperatingSystem::Macos),
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36",
                Device::Desktop,
                Some(OperatingSystem::Chromeos),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                Device::Desktop,
                Some(OperatingSystem::Linux),
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
                Device::Mobile,
                Some(OperatingSystem::Android),
            ),
            ("curl/8.5.0", Device::Desktop, None),
            ("", Device::Desktop, None),
        ] {
            assert_eq!(
                (Device::of(user_agent), OperatingSystem::of(user_agent)),
                (device, system),
                "{user_agent}"
            );
        }
    }
}
