//! Generates clicks and the attributes that the consumer must derive from them. The latter are computed independently,
//! so that a run does not check the consumer against itself.

use link_core::clicks::batch::{CacheTier, Click, Purpose, VisitorHash};
use link_core::record::{LinkId, RedirectStatus};
use link_core::time::UnixMillis;
use uuid::Uuid;

use crate::random::{Random, mix};

/// Real user agents and their expected classification.
const USER_AGENTS: &str = include_str!("../../../classify/fixtures/user-agents.tsv");
const COUNTRIES: [&str; 12] = ["DE", "FR", "BR", "US", "GB", "IN", "JP", "PL", "ES", "MX", "ZA", "AU"];
/// Of a country, and cities of a region: 720 in all, below the cardinality limit.
const REGIONS: usize = 10;
const CITIES: usize = 6;
const DOMAINS: [&str; 3] = ["go.example.com", "s.example.org", "l.example.net"];
/// The language tag as sent, and the language it stands for.
const LANGUAGES: [(&str, Option<&str>); 6] = [
    ("de-CH", Some("de")),
    ("PT-br", Some("pt")),
    ("en", Some("en")),
    ("fr-FR", Some("fr")),
    ("zh_CN", Some("zh")),
    ("*", None),
];
/// Two access networks and one hosting provider.
const ASNS: [u32; 3] = [3_320, 13_335, 16_509];
const HOSTING_ASN: u32 = 16_509;
const TIERS: [CacheTier; 5] =
    [CacheTier::Memory, CacheTier::Colo, CacheTier::Origin, CacheTier::Stale, CacheTier::Replica];
const STATUSES: [RedirectStatus; 2] = [RedirectStatus::Found, RedirectStatus::PermanentRedirect];
/// More than the cardinality limit of a thousand per link and day, so some become `(other)`.
const REFERRERS: usize = 1_500;
const DESTINATIONS: usize = 40;
/// One in three clicks is on the first link; the others favour low numbers.
const HOT_SHARE: usize = 3;

/// A user agent of the corpus with all fields known.
#[derive(Debug, Clone, Copy)]
struct KnownUserAgent {
    class: &'static str,
    text: &'static str,
    browser: Option<&'static str>,
    os: Option<&'static str>,
    device: Option<&'static str>,
}

/// The attributes by which statistics must group a click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedAttributes {
    pub(crate) class: &'static str,
    pub(crate) browser: Option<&'static str>,
    pub(crate) os: Option<&'static str>,
    pub(crate) device: Option<&'static str>,
    pub(crate) language: Option<&'static str>,
    pub(crate) referrer: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ClickGenerator {
    user_agents: Vec<KnownUserAgent>,
    links: usize,
    visitors: usize,
}

impl ClickGenerator {
    pub(crate) fn new(links: usize, visitors: usize) -> Self {
        Self { user_agents: user_agents(), links, visitors }
    }

    /// A visitor's attributes stay the same, so it does not matter which of their clicks is stored first.
    pub(crate) fn generate(&self, time: UnixMillis, random: &mut Random) -> (Click, ExpectedAttributes) {
        let has_visitor = !random.one_in(20);
        let visitor = random.below(self.visitors);
        let mut traits = if has_visitor {
            Random::of(0x0076_6973_6974_6f72, u64::try_from(visitor).unwrap_or(0))
        } else {
            random.clone()
        };
        let user_agent = if traits.one_in(30) { None } else { traits.pick(&self.user_agents).copied() };
        let country = traits.pick(&COUNTRIES).filter(|_| !traits.clone().one_in(15)).copied();
        let region = country.map(|country| (country, traits.below(REGIONS)));
        let city = (!traits.one_in(10)).then(|| traits.below(CITIES));
        let (tag, language) = traits.pick(&LANGUAGES).copied().unwrap_or(("en", Some("en")));
        let asn = traits.pick(&ASNS).copied();
        // The rest varies per click.
        let head = random.one_in(40);
        let purpose =
            random.one_in(25).then(|| if random.one_in(2) { Purpose::Prefetch } else { Purpose::Preview });
        let referrer = (!random.one_in(3)).then(|| format!("news-{}.example", random.below(REFERRERS)));
        let destination =
            random.one_in(4).then(|| format!("https://example.com/{}", random.below(DESTINATIONS)));
        let click = Click {
            time,
            link: LinkId(link(self.pick_link(random))),
            status: random.pick(&STATUSES).copied().unwrap_or(RedirectStatus::Found),
            tier: random.pick(&TIERS).copied().unwrap_or(CacheTier::Memory),
            head,
            request_id: format!("{:x}-{}", random.below(1 << 40), random.below(1_000)),
            country: country.map(str::to_owned),
            region: region.map(|(country, number)| format!("{country}-{number}")),
            city: region.and(city).map(|number| format!("City {number}")),
            user_agent: user_agent.map(|known| known.text.to_owned()),
            referrer: referrer.as_ref().map(|host| format!("https://www.{host}/f\u{fc}r?page=1")),
            domain: random.pick(&DOMAINS).map(|domain| (*domain).to_owned()),
            purpose,
            asn,
            language: Some(tag.to_owned()),
            destination,
            visitor: has_visitor.then(|| visitor_hash(visitor, time)),
            utm: None,
            trace: None,
        };
        let attributes = ExpectedAttributes {
            class: class(&click, user_agent),
            browser: user_agent.and_then(|user_agent| user_agent.browser),
            os: user_agent.and_then(|user_agent| user_agent.os),
            device: user_agent.and_then(|user_agent| user_agent.device),
            language,
            referrer,
        };
        (click, attributes)
    }

    /// A third of all clicks is on the first link.
    fn pick_link(&self, random: &mut Random) -> usize {
        if random.one_in(HOT_SHARE) {
            return 0;
        }
        let (a, b) = (random.below(self.links), random.below(self.links));
        a.min(b)
    }
}

/// UUIDs of version 7 as the origin creates them, spread over the index by their random part.
fn link(number: usize) -> Uuid {
    let bits = u128::from(mix(u64::try_from(number).unwrap_or(0) + 1));
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 | (bits & 0x0fff_ffff_ffff_ffff))
}

/// Changes every day.
fn visitor_hash(visitor: usize, time: UnixMillis) -> VisitorHash {
    let day = u64::try_from(time.0 / 86_400_000).unwrap_or(0);
    let high = mix(u64::try_from(visitor).unwrap_or(0) ^ mix(day));
    VisitorHash(Uuid::from_u64_pair(high, mix(high)))
}

fn class(click: &Click, user_agent: Option<KnownUserAgent>) -> &'static str {
    let user_agent_class = user_agent.map_or("human", |user_agent| user_agent.class);
    match click.purpose {
        _ if click.head => "head",
        Some(Purpose::Prefetch) => "prefetch",
        Some(Purpose::Preview) => "preview",
        None if user_agent_class == "human" && click.asn == Some(HOSTING_ASN) => "suspect",
        None => user_agent_class,
    }
}

fn user_agents() -> Vec<KnownUserAgent> {
    let lines = USER_AGENTS.lines().filter(|line| !line.starts_with('#'));
    let user_agent = |line: &'static str| {
        let mut fields = line.split('\t');
        let (class, text) = (fields.next()?, fields.next()?);
        let rest: Vec<_> = fields.collect();
        match rest.as_slice() {
            [] => Some(KnownUserAgent { class, text, browser: None, os: None, device: None }),
            fields if fields.iter().take(3).any(|field| *field == "-") => None,
            [browser, os, device, ..] => Some(KnownUserAgent {
                class,
                text,
                browser: Some(browser),
                os: Some(os),
                device: Some(device),
            }),
            _ => None,
        }
    };
    lines.filter_map(user_agent).collect()
}
