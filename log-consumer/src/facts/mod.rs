//! What a click says about who made it: its class, and what statistics group it by. Pure; the same click with the same
//! rules gives the same facts. Does not count anything.

mod agents;
mod class;

use link_core::click_batch::{Click, Purpose};

pub use agents::{Agent, Agents};
pub use class::Class;

/// Version of everything here that decides what a stored click says. A change to the code or to `data/` counts it up, and
/// `reclassify` then brings what is stored up to it.
pub const RULE: i16 = 1;

/// Values of one dimension beyond the length would fill the index of the roll-ups, and are cut.
const MAX_VALUE_BYTES: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub class: Class,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub device: Option<&'static str>,
    /// The primary language of the tag.
    pub language: Option<String>,
    /// Host of the referrer.
    pub referrer: Option<String>,
}

/// What the class is decided by.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    pub head: bool,
    pub purpose: Option<Purpose>,
    pub agent: Option<&'a str>,
    pub network: Option<u32>,
}

impl Facts {
    /// Of a click as it was sent, or as it is stored: of its language the primary one is kept, which reads as itself.
    pub fn of(click: &Click, agents: &Agents) -> Self {
        let signs = Signs {
            head: click.head,
            purpose: click.purpose,
            agent: click.agent.as_deref(),
            network: click.network,
        };
        let (class, agent) = read(signs, agents);
        Self {
            class,
            browser: agent.browser,
            os: agent.os,
            device: agent.device,
            language: click.language.as_deref().and_then(primary_language),
            referrer: click.referrer.as_deref().and_then(host),
        }
    }
}

/// The class of a click, and what its agent says.
pub fn read(signs: Signs<'_>, agents: &Agents) -> (Class, Agent) {
    let agent = signs.agent.map(|agent| agents.read(agent)).unwrap_or_default();
    (class::of(signs, agent.machine), agent)
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
    fn real_agents_are_read_as_what_they_are() {
        let agents = Agents::default();
        let mut wrong = Vec::new();
        for line in include_str!("../../fixtures/agents.tsv").lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let signs = Signs { head: false, purpose: None, agent: Some(fields[1]), network: None };
            let (class, agent) = read(signs, &agents);
            let is = [Some(class.as_str()), agent.browser.as_deref(), agent.os.as_deref(), agent.device];
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
