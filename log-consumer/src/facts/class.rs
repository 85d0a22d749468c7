//! The class of a click: the first that applies of `head`, `prefetch`, `preview`, `bot`, `suspect`, `human`. Judges by
//! method, purpose, agent and network, never by rate or by a header that is missing.

use std::collections::HashSet;
use std::sync::LazyLock;

use link_core::click_batch::Purpose;

use super::Signs;
use super::agents::Machine;

const HOSTING_NETWORKS: &str = include_str!("../../data/hosting-networks.tsv");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Asked for the headers only: no page was shown to anybody.
    Head,
    /// A browser fetched the link before anybody followed it.
    Prefetch,
    /// A messenger or social network made a card of it.
    Preview,
    /// Says that it is a machine.
    Bot,
    /// Looks like a browser, and calls from a network of rented machines.
    Suspect,
    Human,
}

impl Class {
    pub const ALL: [Self; 6] =
        [Self::Head, Self::Prefetch, Self::Preview, Self::Bot, Self::Suspect, Self::Human];

    /// As in the tables and in the API.
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

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

pub(super) fn of(signs: Signs<'_>, machine: Option<Machine>) -> Class {
    match (signs.head, signs.purpose, machine) {
        (true, ..) => Class::Head,
        (_, Some(Purpose::Prefetch), _) => Class::Prefetch,
        (_, Some(Purpose::Preview), _) | (.., Some(Machine::Preview)) => Class::Preview,
        (.., Some(Machine::Bot)) => Class::Bot,
        _ if signs.network.is_some_and(is_hosting) => Class::Suspect,
        _ => Class::Human,
    }
}

fn is_hosting(network: u32) -> bool {
    static NUMBERS: LazyLock<HashSet<u32>> = LazyLock::new(|| {
        let lines = HOSTING_NETWORKS.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split('\t').next()?.parse().ok()).collect()
    });
    NUMBERS.contains(&network)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Signs<'static> =
        Signs { head: false, purpose: None, agent: Some("Mozilla/5.0"), network: Some(3_320) };

    #[test]
    fn the_first_class_that_applies_is_taken() {
        let all = Signs { head: true, purpose: Some(Purpose::Prefetch), network: Some(16_509), ..PERSON };
        for (signs, machine, class) in [
            (all, Some(Machine::Preview), Class::Head),
            (Signs { head: false, ..all }, Some(Machine::Preview), Class::Prefetch),
            (Signs { head: false, purpose: None, ..all }, Some(Machine::Preview), Class::Preview),
            (Signs { head: false, purpose: Some(Purpose::Preview), ..all }, None, Class::Preview),
            (Signs { head: false, purpose: None, ..all }, Some(Machine::Bot), Class::Bot),
            (Signs { head: false, purpose: None, ..all }, None, Class::Suspect),
            (PERSON, None, Class::Human),
        ] {
            assert_eq!(of(signs, machine), class);
        }
    }

    #[test]
    fn a_missing_header_alone_makes_nobody_a_machine() {
        assert_eq!(of(Signs { agent: None, network: None, ..PERSON }, None), Class::Human);
    }

    #[test]
    fn every_line_of_the_networks_is_read() {
        let lines = HOSTING_NETWORKS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let number = line.split('\t').next().and_then(|number| number.parse().ok());
            assert!(number.is_some_and(is_hosting), "{line}");
        }
    }

    #[test]
    fn a_class_is_found_by_its_name() {
        for class in Class::ALL {
            assert_eq!(Class::named(class.as_str()), Some(class));
        }
        assert_eq!(Class::named("robot"), None);
    }
}
