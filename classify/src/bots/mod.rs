//! Recognises user agents that identify themselves as bots. Published lists (`data/crawler-user-agents.tsv`, `data/isbot.txt`) are
//! corrected by `data/corrections.tsv` and completed by `data/bots.tsv`.

mod shape;

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::bytes::{RegexSet, RegexSetBuilder};
use shape::{Shape, without_device_name};

/// Kind and expression; the first match counts.
const OWN: &str = include_str!("../../data/bots.tsv");
/// Kind and expression; the first match counts.
const CRAWLERS: &str = include_str!("../../data/crawler-user-agents.tsv");
/// One case-insensitive expression per line.
const ISBOT: &str = include_str!("../../data/isbot.txt");
/// Action, expression of one of the lists, and its replacement.
const CORRECTIONS: &str = include_str!("../../data/corrections.tsv");
/// A user agent with a contact address is a program, whatever else it says.
const CONTACTS: [&str; 3] = ["(?i)https?://", "(?i)mailto:", r"(?i)^mozilla/.*@[a-z][\w-]+\."];
/// Only product names with versions: HTTP libraries, and tools built on them.
const NAMES_ONLY: &str = r"^(?:[\w.-]+/[\w.+~-]+[ ,;]*)+(?:[\w.-]+)?$";

/// The kind of a client that identifies itself as a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotKind {
    /// Fetches link previews for a messenger or social network.
    Preview,
    Bot,
}

impl BotKind {
    /// The first call in a process loads the lists.
    pub(crate) fn of(user_agent: &str) -> Option<Self> {
        static LISTS: LazyLock<Lists> = LazyLock::new(Lists::load);
        LISTS.kind(user_agent)
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "preview" => Some(Self::Preview),
            "bot" => Some(Self::Bot),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Lists {
    own: Patterns,
    /// Crawlers by name. Ignored for in-app browsers, because apps that people browse in share some of these names.
    crawlers: Patterns,
    /// Phrases that no browser uses.
    bot_phrases: Patterns,
    /// Plain words (`feed`, `tools`, `news`), which also occur in the names of devices and apps.
    words: Patterns,
}

#[derive(Debug)]
struct Patterns {
    set: RegexSet,
    kinds: Vec<BotKind>,
}

impl Lists {
    fn load() -> Self {
        let corrections = Corrections::read();
        let own = lines(OWN).filter_map(kind_and_pattern).map(|(kind, pattern)| (kind, pattern.to_owned()));
        let crawlers = lines(CRAWLERS)
            .filter_map(kind_and_pattern)
            .filter_map(|(kind, pattern)| Some((kind, corrections.apply(pattern)?.to_owned())));
        let (bot_phrases, words): (Vec<&str>, Vec<&str>) =
            lines(ISBOT).partition(|pattern| corrections.counts_in_browsers(pattern));
        let isbot = |patterns: Vec<&'static str>| {
            let corrected: Vec<_> =
                patterns.into_iter().filter_map(|pattern| corrections.apply(pattern)).collect();
            corrected.into_iter().map(|pattern| (BotKind::Bot, format!("(?i){pattern}")))
        };
        let bots = |pattern: &str| (BotKind::Bot, pattern.to_owned());
        Self {
            own: Patterns::new(own),
            crawlers: Patterns::new(crawlers),
            bot_phrases: Patterns::new(CONTACTS.into_iter().map(bots).chain(isbot(bot_phrases))),
            words: Patterns::new([bots(NAMES_ONLY)].into_iter().chain(isbot(words))),
        }
    }

    fn kind(&self, user_agent: &str) -> Option<BotKind> {
        let text = &*without_device_name(user_agent);
        let shape = Shape::of(text);
        let crawlers = || self.crawlers.first(text).filter(|_| shape != Shape::InApp);
        let words = || self.words.first(text).filter(|_| shape == Shape::Other);
        self.own.first(text).or_else(crawlers).or_else(|| self.bot_phrases.first(text)).or_else(words)
    }
}

impl Patterns {
    fn new(patterns: impl IntoIterator<Item = (BotKind, String)>) -> Self {
        let (kinds, patterns): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        // Bytes, because user agents are ASCII and Unicode classes would make the automata many times as large. Compiling cannot
        // fail: a test compiles every expression.
        let set = RegexSetBuilder::new(patterns).unicode(false).build();
        Self { set: set.unwrap_or_else(|_| RegexSet::empty()), kinds }
    }

    fn first(&self, text: &str) -> Option<BotKind> {
        let first = self.set.matches(text.as_bytes()).iter().next()?;
        self.kinds.get(first).copied()
    }
}

struct Corrections {
    /// The replacement of each corrected expression; `None` drops one that matches people.
    replaced: HashMap<&'static str, Option<&'static str>>,
    in_browsers: Vec<&'static str>,
}

impl Corrections {
    fn read() -> Self {
        let mut corrections = Self { replaced: HashMap::new(), in_browsers: Vec::new() };
        for line in lines(CORRECTIONS) {
            let mut fields = line.split('\t');
            match (fields.next(), fields.next(), fields.next()) {
                (Some("drop"), Some(pattern), _) => {
                    corrections.replaced.insert(pattern, None);
                }
                (Some("replace"), Some(pattern), Some(replacement)) => {
                    corrections.replaced.insert(pattern, Some(replacement));
                }
                (Some("in-browsers"), Some(pattern), _) => corrections.in_browsers.push(pattern),
                _ => {}
            }
        }
        corrections
    }

    fn apply(&self, pattern: &'static str) -> Option<&'static str> {
        self.replaced.get(pattern).copied().unwrap_or(Some(pattern))
    }

    fn counts_in_browsers(&self, pattern: &str) -> bool {
        self.in_browsers.contains(&pattern)
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn kind_and_pattern(line: &'static str) -> Option<(BotKind, &'static str)> {
    let (kind, pattern) = line.split_once('\t')?;
    Some((BotKind::from_name(kind)?, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lists_is_loaded() {
        let lists = Lists::load();
        let listed = |text| lines(text).count();
        let dropped = lines(CORRECTIONS).filter(|line| line.starts_with("drop\t")).count();
        assert_eq!(lists.own.set.len(), listed(OWN));
        let others = lists.crawlers.set.len() + lists.bot_phrases.set.len() + lists.words.set.len();
        assert_eq!(others + dropped, listed(CRAWLERS) + listed(ISBOT) + CONTACTS.len() + 1);
        assert!(listed(CRAWLERS) > 1_000 && listed(ISBOT) > 100);
    }

    #[test]
    fn every_correction_applies_to_a_list() {
        for line in lines(CORRECTIONS) {
            let fields: Vec<_> = line.split('\t').collect();
            let is_listed = lines(ISBOT).any(|pattern| pattern == fields[1])
                || lines(CRAWLERS).filter_map(kind_and_pattern).any(|(_, pattern)| pattern == fields[1]);
            assert!(is_listed, "no list has the expression of {line:?} any more; check what replaced it");
            let known = matches!((fields[0], fields.len()), ("drop" | "in-browsers", 2) | ("replace", 3));
            assert!(known, "{line:?}");
        }
    }
}
