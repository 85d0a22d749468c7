//! The attributes of a click: its class, and the values that statistics group it by.

use link_core::clicks::batch::Click;

use crate::bots::BotKind;
use crate::class::{Class, ClassifierInput};
use crate::user_agent::UserAgent;
use crate::user_agent_cache::UserAgentCache;

/// Longer hosts are dropped, because they would fill the index of the roll-ups.
const MAX_HOST_BYTES: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickAttributes {
    pub class: Class,
    pub browser: Option<String>,
    /// The major version, such as `142`.
    pub browser_version: Option<String>,
    pub os: Option<String>,
    /// Major and minor version where the user agent has both, such as `18.6` or `10`.
    pub os_version: Option<String>,
    pub device: Option<&'static str>,
    /// The primary language subtag.
    pub language: Option<String>,
    /// The host of the referrer.
    pub referrer: Option<String>,
}

/// Derives the attributes of clicks. Caches them by user agent, because matching the lists and parsing are slow.
#[derive(Debug, Default)]
pub struct ClickEnricher {
    user_agents: UserAgentCache<(Option<BotKind>, UserAgent)>,
}

impl ClickEnricher {
    /// Takes a click as sent or as stored. The stored language is the primary subtag, which maps to itself.
    pub fn enrich(&self, click: &Click) -> ClickAttributes {
        let (kind, user_agent) =
            click.user_agent.as_deref().map(|text| self.user_agent(text)).unwrap_or_default();
        let input = ClassifierInput {
            head: click.head,
            purpose: click.purpose,
            user_agent: click.user_agent.as_deref(),
            asn: click.asn,
        };
        ClickAttributes {
            class: Class::of(input, kind),
            browser: user_agent.browser,
            browser_version: user_agent.browser_version,
            os: user_agent.os,
            os_version: user_agent.os_version,
            device: user_agent.device,
            language: click.language.as_deref().and_then(primary_language),
            referrer: click.referrer.as_deref().and_then(referrer_host),
        }
    }

    fn user_agent(&self, text: &str) -> (Option<BotKind>, UserAgent) {
        self.user_agents.get_or_compute(text, |text| match BotKind::of(text) {
            // Ignore the browser a bot claims to be.
            Some(kind) => (Some(kind), UserAgent::default()),
            None => (None, UserAgent::parse(text)),
        })
    }
}

/// `pt` of `pt-BR` (RFC 5646): two or three letters, in lower case.
fn primary_language(tag: &str) -> Option<String> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let is_language = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    is_language.then(|| primary.to_ascii_lowercase())
}

/// Keeps only the host, of web pages and of apps, which send `android-app://` and their name. `None` if the referrer is not a URL with
/// a host.
pub fn referrer_host(referrer: &str) -> Option<String> {
    let url = url::Url::parse(referrer).ok()?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty() && host.len() <= MAX_HOST_BYTES).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_user_agents_are_recognised() {
        let enricher = ClickEnricher::default();
        let mut wrong = Vec::new();
        for line in include_str!("../fixtures/user-agents.tsv").lines().filter(|line| !line.starts_with('#'))
        {
            let fields: Vec<_> = line.split('\t').collect();
            let (kind, user_agent) = enricher.user_agent(fields[1]);
            let input =
                ClassifierInput { head: false, purpose: None, user_agent: Some(fields[1]), asn: None };
            let class = Class::of(input, kind);
            let actual = [
                Some(class.as_str()),
                user_agent.browser.as_deref(),
                user_agent.os.as_deref(),
                user_agent.device,
                user_agent.browser_version.as_deref(),
                user_agent.os_version.as_deref(),
            ];
            let expected =
                [Some(&fields[0]), fields.get(2), fields.get(3), fields.get(4), fields.get(5), fields.get(6)];
            let differs = |(actual, expected): (&Option<&str>, &Option<&&str>)| {
                expected.is_some_and(|expected| *expected != "-" && *actual != Some(*expected))
            };
            if actual.iter().zip(&expected).any(differs) {
                wrong.push(format!("{line}: {actual:?}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn language_tag_becomes_its_primary_language() {
        for (tag, language) in [
            ("pt-BR", Some("pt")),
            ("DE", Some("de")),
            ("haw", Some("haw")),
            ("zh_CN", Some("zh")),
            ("x", None),
            ("*", None),
            ("<script>", None),
        ] {
            assert_eq!(primary_language(tag).as_deref(), language, "{tag}");
        }
    }

    #[test]
    fn referrer_becomes_its_host() {
        for (referrer, expected) in [
            ("https://WWW.News.example/a?b=c", Some("news.example")),
            ("android-app://com.slack/", Some("com.slack")),
            ("https://ex\u{e4}mple.com/", Some("xn--exmple-cua.com")),
            ("news.example", None),
            ("about:blank", None),
            ("", None),
        ] {
            assert_eq!(referrer_host(referrer).as_deref(), expected, "{referrer}");
        }
    }
}
