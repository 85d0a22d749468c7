//! Which user agents say that they are machines: the lines of `data/bots.tsv`. Does not know browsers.

use std::sync::LazyLock;

use regex::RegexSet;

const BOTS: &str = include_str!("../data/bots.tsv");

/// A client that says it is no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotKind {
    /// Makes a card of a link for a messenger or a social network.
    Preview,
    Bot,
}

impl BotKind {
    pub(crate) fn of(user_agent: &str) -> Option<Self> {
        static LISTED: LazyLock<(RegexSet, Vec<BotKind>)> = LazyLock::new(|| {
            let (kinds, patterns): (Vec<_>, Vec<_>) = lines().unzip();
            // A test reads every line, so there is nothing here that could fail.
            (RegexSet::new(patterns).unwrap_or_else(|_| RegexSet::empty()), kinds)
        });
        let (patterns, kinds) = &*LISTED;
        patterns.matches(user_agent).iter().next().and_then(|first| kinds.get(first)).copied()
    }
}

fn lines() -> impl Iterator<Item = (BotKind, &'static str)> {
    BOTS.lines().filter_map(|line| {
        let (kind, pattern) = line.split_once('\t')?;
        Some((if kind == "preview" { BotKind::Preview } else { BotKind::Bot }, pattern))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let patterns: Vec<_> = lines().map(|(_, pattern)| pattern).collect();
        assert!(patterns.len() > 1_000);
        assert_eq!(RegexSet::new(patterns).map(|set| set.len()).ok(), Some(lines().count()));
        let others = BOTS.lines().filter(|line| !line.contains('\t'));
        assert!(others.into_iter().all(|line| line.starts_with('#')));
    }
}
