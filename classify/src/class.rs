//! The class of a click: the first that applies of `head`, `prefetch`, `preview`, `bot`, `suspect`, `human`. Decided by method,
//! purpose, user agent and autonomous system, never by request rate or a missing header.

use std::collections::HashSet;
use std::sync::LazyLock;

use link_core::clicks::batch::Purpose;

use crate::bots::BotKind;
use crate::user_agent_cache::UserAgentCache;

const HOSTING_NETWORKS: &str = include_str!("../data/hosting-networks.tsv");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Requested headers only: nobody saw a page.
    Head,
    /// Fetched by a browser before anybody followed the link.
    Prefetch,
    /// Fetched by a messenger or social network for a link preview.
    Preview,
    /// Identifies itself as a bot.
    Bot,
    /// Looks like a browser, but calls from a hosting network.
    Suspect,
    /// Also a client without a user agent: isbot and Crawler-Detect (Shlink) do not guess from a missing header, and a person behind a
    /// privacy proxy would not be counted. And an app by its system's network library (CFNetwork, Dalvik): isbot (issue 238) declines to
    /// list them, and uap-core has them as people's devices.
    Human,
}

impl Class {
    pub const ALL: [Self; 6] =
        [Self::Head, Self::Prefetch, Self::Preview, Self::Bot, Self::Suspect, Self::Human];

    /// The name in the tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Prefetch => "prefetch",
            Self::Preview => "preview",
            Self::Bot => "bot",
            Self::Suspect => "suspect",
            Self::Human => "human",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }

    pub(crate) fn of(input: ClassifierInput<'_>, kind: Option<BotKind>) -> Self {
        match (input.head, input.purpose, kind) {
            (true, ..) => Self::Head,
            (_, Some(Purpose::Prefetch), _) => Self::Prefetch,
            (_, Some(Purpose::Preview), _) | (.., Some(BotKind::Preview)) => Self::Preview,
            (.., Some(BotKind::Bot)) => Self::Bot,
            _ if input.asn.is_some_and(is_hosting) => Self::Suspect,
            _ => Self::Human,
        }
    }
}

/// The properties of a request that decide its class.
#[derive(Debug, Clone, Copy)]
pub struct ClassifierInput<'a> {
    pub head: bool,
    pub purpose: Option<Purpose>,
    pub user_agent: Option<&'a str>,
    /// The autonomous system that the request came from.
    pub asn: Option<u32>,
}

/// Classifies visits without the user-agent parser. Caches by user agent, because each is matched against more than a thousand
/// expressions.
#[derive(Debug, Default)]
pub struct Classifier {
    kinds: UserAgentCache<Option<BotKind>>,
}

impl Classifier {
    /// The first call in a process loads the bot lists, and is slow.
    pub fn class(&self, input: ClassifierInput<'_>) -> Class {
        let kind = input.user_agent.and_then(|user_agent| self.kinds.get_or_compute(user_agent, BotKind::of));
        Class::of(input, kind)
    }
}

fn is_hosting(asn: u32) -> bool {
    static NUMBERS: LazyLock<HashSet<u32>> = LazyLock::new(|| {
        let lines = HOSTING_NETWORKS.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split('\t').next()?.parse().ok()).collect()
    });
    NUMBERS.contains(&asn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: ClassifierInput<'static> =
        ClassifierInput { head: false, purpose: None, user_agent: Some("Mozilla/5.0"), asn: Some(3_320) };

    #[test]
    fn first_class_that_applies_is_taken() {
        let all =
            ClassifierInput { head: true, purpose: Some(Purpose::Prefetch), asn: Some(16_509), ..PERSON };
        for (input, kind, class) in [
            (all, Some(BotKind::Preview), Class::Head),
            (ClassifierInput { head: false, ..all }, Some(BotKind::Preview), Class::Prefetch),
            (ClassifierInput { head: false, purpose: None, ..all }, Some(BotKind::Preview), Class::Preview),
            (ClassifierInput { head: false, purpose: Some(Purpose::Preview), ..all }, None, Class::Preview),
            (ClassifierInput { head: false, purpose: None, ..all }, Some(BotKind::Bot), Class::Bot),
            (ClassifierInput { head: false, purpose: None, ..all }, None, Class::Suspect),
            (PERSON, None, Class::Human),
        ] {
            assert_eq!(Class::of(input, kind), class);
        }
    }

    #[test]
    fn missing_headers_alone_do_not_make_a_bot() {
        for user_agent in [None, Some("")] {
            let input = ClassifierInput { user_agent, asn: None, ..PERSON };
            assert_eq!(Classifier::default().class(input), Class::Human, "{user_agent:?}");
        }
    }

    #[test]
    fn every_hosting_network_is_loaded() {
        let lines = HOSTING_NETWORKS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let number = line.split('\t').next().and_then(|number| number.parse().ok());
            assert!(number.is_some_and(is_hosting), "{line}");
        }
    }

    #[test]
    fn class_round_trips_through_its_name() {
        for class in Class::ALL {
            assert_eq!(Class::from_name(class.as_str()), Some(class));
        }
        assert_eq!(Class::from_name("robot"), None);
    }
}
