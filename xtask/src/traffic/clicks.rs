//! One generated click, and what the consumer has to read in it. The second is said here once more, by the simplest means,
//! so that a run does not check the consumer against itself.

use link_core::click_batch::{CacheTier, Click, Purpose, VisitorHash};
use link_core::record::{LinkId, RedirectStatus};
use link_core::time::UnixMillis;
use uuid::Uuid;

use super::random::{Random, mix};

/// Real agents, and what they must be read as.
const AGENTS: &str = include_str!("../../../classify/fixtures/user-agents.tsv");
const COUNTRIES: [&str; 12] = ["DE", "FR", "BR", "US", "GB", "IN", "JP", "PL", "ES", "MX", "ZA", "AU"];
const DOMAINS: [&str; 3] = ["go.example.com", "s.example.org", "l.example.net"];
/// As sent, and the language that it means.
const LANGUAGES: [(&str, Option<&str>); 6] = [
    ("de-CH", Some("de")),
    ("PT-br", Some("pt")),
    ("en", Some("en")),
    ("fr-FR", Some("fr")),
    ("zh_CN", Some("zh")),
    ("*", None),
];
/// Two where people are, and one where machines are rented.
const NETWORKS: [u32; 3] = [3_320, 13_335, 16_509];
const HOSTING_NETWORK: u32 = 16_509;
const TIERS: [CacheTier; 5] =
    [CacheTier::Memory, CacheTier::Colo, CacheTier::Origin, CacheTier::Stale, CacheTier::Replica];
const STATUSES: [RedirectStatus; 2] = [RedirectStatus::Found, RedirectStatus::PermanentRedirect];
/// More than the thousand that a link and day have room for: a part of them is `(other)`.
const REFERRERS: usize = 1_500;
const DESTINATIONS: usize = 40;
/// What a link is drawn from grows with the square: the first few have most of the clicks.
const HOT_SHARE: usize = 3;

/// An agent of the corpus whose every field is known.
#[derive(Debug, Clone, Copy)]
struct Agent {
    class: &'static str,
    text: &'static str,
    browser: Option<&'static str>,
    os: Option<&'static str>,
    device: Option<&'static str>,
}

/// What statistics must group a click by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) class: &'static str,
    pub(crate) browser: Option<&'static str>,
    pub(crate) os: Option<&'static str>,
    pub(crate) device: Option<&'static str>,
    pub(crate) language: Option<&'static str>,
    pub(crate) referrer: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ClickSource {
    agents: Vec<Agent>,
    links: usize,
    visitors: usize,
}

impl ClickSource {
    pub(crate) fn new(links: usize, visitors: usize) -> Self {
        Self { agents: agents(), links, visitors }
    }

    /// What a visitor is stays the same: then it does not matter which click of a visitor is stored first.
    pub(crate) fn draw(&self, time: UnixMillis, random: &mut Random) -> (Click, Reading) {
        let known = !random.one_in(20);
        let visitor = random.below(self.visitors);
        let mut traits = if known {
            Random::of(0x0076_6973_6974_6f72, u64::try_from(visitor).unwrap_or(0))
        } else {
            random.clone()
        };
        let agent = if traits.one_in(30) { None } else { traits.pick(&self.agents).copied() };
        let country = traits.pick(&COUNTRIES).filter(|_| !traits.clone().one_in(15)).copied();
        let (tag, language) = traits.pick(&LANGUAGES).copied().unwrap_or(("en", Some("en")));
        let network = traits.pick(&NETWORKS).copied();
        // Of the click, from here on.
        let head = random.one_in(40);
        let purpose =
            random.one_in(25).then(|| if random.one_in(2) { Purpose::Prefetch } else { Purpose::Preview });
        let referrer = (!random.one_in(3)).then(|| format!("news-{}.example", random.below(REFERRERS)));
        let destination =
            random.one_in(4).then(|| format!("https://example.com/{}", random.below(DESTINATIONS)));
        let click = Click {
            time,
            link: LinkId(link(self.draw_link(random))),
            status: random.pick(&STATUSES).copied().unwrap_or(RedirectStatus::Found),
            tier: random.pick(&TIERS).copied().unwrap_or(CacheTier::Memory),
            head,
            request_id: format!("{:x}-{}", random.below(1 << 40), random.below(1_000)),
            country: country.map(str::to_owned),
            user_agent: agent.map(|agent| agent.text.to_owned()),
            referrer: referrer.as_ref().map(|host| format!("https://www.{host}/f\u{fc}r?page=1")),
            domain: random.pick(&DOMAINS).map(|domain| (*domain).to_owned()),
            purpose,
            asn: network,
            language: Some(tag.to_owned()),
            destination,
            visitor: known.then(|| visitor_hash(visitor, time)),
        };
        let reading = Reading {
            class: class(&click, agent),
            browser: agent.and_then(|agent| agent.browser),
            os: agent.and_then(|agent| agent.os),
            device: agent.and_then(|agent| agent.device),
            language,
            referrer,
        };
        (click, reading)
    }

    /// A third of all clicks is on the first link.
    fn draw_link(&self, random: &mut Random) -> usize {
        if random.one_in(HOT_SHARE) {
            return 0;
        }
        let (a, b) = (random.below(self.links), random.below(self.links));
        a.min(b)
    }
}

/// Ids as the origin makes them: of version 7, spread over the index by their random part.
fn link(number: usize) -> Uuid {
    let bits = u128::from(mix(u64::try_from(number).unwrap_or(0) + 1));
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 | (bits & 0x0fff_ffff_ffff_ffff))
}

/// Another one each day.
fn visitor_hash(visitor: usize, time: UnixMillis) -> VisitorHash {
    let day = u64::try_from(time.0 / 86_400_000).unwrap_or(0);
    let high = mix(u64::try_from(visitor).unwrap_or(0) ^ mix(day));
    VisitorHash(Uuid::from_u64_pair(high, mix(high)))
}

fn class(click: &Click, agent: Option<Agent>) -> &'static str {
    let says = agent.map_or("human", |agent| agent.class);
    match click.purpose {
        _ if click.head => "head",
        Some(Purpose::Prefetch) => "prefetch",
        Some(Purpose::Preview) => "preview",
        None if says == "human" && click.asn == Some(HOSTING_NETWORK) => "suspect",
        None => says,
    }
}

fn agents() -> Vec<Agent> {
    let lines = AGENTS.lines().filter(|line| !line.starts_with('#'));
    let agent = |line: &'static str| {
        let mut fields = line.split('\t');
        let (class, text) = (fields.next()?, fields.next()?);
        let rest: Vec<_> = fields.collect();
        match rest.as_slice() {
            [] => Some(Agent { class, text, browser: None, os: None, device: None }),
            fields if fields.contains(&"-") => None,
            [browser, os, device] => {
                Some(Agent { class, text, browser: Some(browser), os: Some(os), device: Some(device) })
            }
            _ => None,
        }
    };
    lines.filter_map(agent).collect()
}
