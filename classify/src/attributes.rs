//! What a click says about its visitor: its class, and what statistics group it by.

use link_core::click_batch::Click;

use crate::bots::BotKind;
use crate::class::{Class, ClassifierInput};
use crate::remembered::Remembered;
use crate::user_agent::UserAgent;

/// Values of one dimension beyond the length would fill the index of the roll-ups, and are cut.
const MAX_VALUE_BYTES: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickAttributes {
    pub class: Class,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device: Option<&'static str>,
    /// The primary language of the tag.
    pub language: Option<String>,
    /// Host of the referrer.
    pub referrer: Option<String>,
}

/// Reads the attributes of clicks. Remembers what it has read: lists and parser are worth the work once a user agent.
#[derive(Debug, Default)]
pub struct ClickReader {
    user_agents: Remembered<(Option<BotKind>, UserAgent)>,
}

impl ClickReader {
    /// Of a click as it was sent, or as it is stored: of its language the primary one is kept, which reads as itself.
    pub fn read(&self, click: &Click) -> ClickAttributes {
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
            os: user_agent.os,
            device: user_agent.device,
            language: click.language.as_deref().and_then(primary_language),
            referrer: click.referrer.as_deref().and_then(host),
        }
    }

    fn user_agent(&self, text: &str) -> (Option<BotKind>, UserAgent) {
        self.user_agents.get_or_read(text, |text| match BotKind::of(text) {
            // The browser that a machine claims to be is nobody's.
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

/// Apps send `android-app://` followed by their name; of those and of web pages only the host is told. What is no URL with
/// a host says nothing.
fn host(referrer: &str) -> Option<String> {
    let url = url::Url::parse(referrer).ok()?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty() && host.len() <= MAX_VALUE_BYTES).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_user_agents_are_read_as_what_they_are() {
        let reader = ClickReader::default();
        let mut wrong = Vec::new();
        for line in include_str!("../fixtures/user-agents.tsv").lines().filter(|line| !line.starts_with('#'))
        {
            let fields: Vec<_> = line.split('\t').collect();
            let (kind, user_agent) = reader.user_agent(fields[1]);
            let input =
                ClassifierInput { head: false, purpose: None, user_agent: Some(fields[1]), asn: None };
            let class = Class::of(input, kind);
            let is = [
                Some(class.as_str()),
                user_agent.browser.as_deref(),
                user_agent.os.as_deref(),
                user_agent.device,
            ];
            let expected = [Some(&fields[0]), fields.get(2), fields.get(3), fields.get(4)];
            let differs = |(is, expected): (&Option<&str>, &Option<&&str>)| {
                expected.is_some_and(|expected| *expected != "-" && *is != Some(*expected))
            };
            if is.iter().zip(&expected).any(differs) {
                wrong.push(format!("{line}: {is:?}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn of_a_language_tag_the_language_is_kept() {
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
    fn of_a_referrer_the_host_is_kept() {
        for (referrer, expected) in [
            ("https://WWW.News.example/a?b=c", Some("news.example")),
            ("android-app://com.slack/", Some("com.slack")),
            ("https://ex\u{e4}mple.com/", Some("xn--exmple-cua.com")),
            ("news.example", None),
            ("about:blank", None),
            ("", None),
        ] {
            assert_eq!(host(referrer).as_deref(), expected, "{referrer}");
        }
    }
}
