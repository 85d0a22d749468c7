//! Sums of clicks by link, day, dimension, value and class, which statistics are read from. Pure.

use std::collections::BTreeMap;

use classify::{Class, ClickAttributes, OrphanClass};
use link_core::clicks::batch::{CacheTier, Click, OrphanName};
use link_core::clicks::calendar::MINUTE_MILLIS;
use link_core::clicks::roll_up::{ALL_LINKS, DETAIL, Dimension, OTHER, with_detail};
use link_core::clicks::utm;
use link_core::time::UnixMillis;
use time::Date;
use uuid::Uuid;

/// The cardinality limit of a link, day and dimension. Further values are counted as [`OTHER`].
pub const MAX_VALUES: i64 = 1_000;

/// Longer values are cut: they are keys of an index, which takes 2,704 bytes.
const MAX_VALUE_BYTES: usize = 512;

/// Ordered as the rows are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayKey {
    pub link: Uuid,
    pub dimension: Dimension,
    pub day: Date,
    pub value: String,
    pub class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinuteKey {
    pub day: Date,
    pub link: Uuid,
    pub minute: UnixMillis,
    pub class: &'static str,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClickCount {
    pub clicks: i64,
    pub visitors: i64,
}

/// The counts of a day by quarter of an hour, 0 to [`LAST_QUARTER`](link_core::clicks::calendar::LAST_QUARTER).
pub type QuarterCounts = BTreeMap<i32, ClickCount>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalCount {
    pub clicks: i64,
    pub human: i64,
    pub bot: i64,
    /// Imported visits, which are not in `human` and `bot`.
    pub imported_human: i64,
    pub imported_bot: i64,
    pub last_click: UnixMillis,
}

impl TotalCount {
    fn none(last_click: UnixMillis) -> Self {
        Self { clicks: 0, human: 0, bot: 0, imported_human: 0, imported_bot: 0, last_click }
    }

    fn add(&mut self, click: &Click, class: Class, times: i64) {
        let (human, bot) = match click.tier {
            CacheTier::Imported => (&mut self.imported_human, &mut self.imported_bot),
            _ => (&mut self.human, &mut self.bot),
        };
        *human += if class == Class::Human { times } else { 0 };
        *bot += if class == Class::Bot { times } else { 0 };
        self.clicks += times;
        self.last_click = self.last_click.max(click.time);
    }
}

/// A click with the attributes it is counted under.
#[derive(Debug, Clone, Copy)]
pub struct CountedClick<'a> {
    pub click: &'a Click,
    pub attributes: &'a ClickAttributes,
    /// Whether it is the visitor's first click on this day.
    pub new_visitor: bool,
    /// Whether it may be recent enough for the sums by minute.
    pub by_minute: bool,
}

/// Sums for some links, or for all links together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RollUp {
    pub days: BTreeMap<DayKey, QuarterCounts>,
    pub minutes: BTreeMap<MinuteKey, ClickCount>,
    pub totals: BTreeMap<Uuid, TotalCount>,
}

impl RollUp {
    /// `times` is 1, or -1 to subtract a click that was counted under other attributes.
    pub fn add(&mut self, link: Uuid, counted: CountedClick<'_>, times: i64) {
        let CountedClick { click, attributes, new_visitor, by_minute } = counted;
        let count = ClickCount { clicks: times, visitors: if new_visitor { times } else { 0 } };
        let class = attributes.class.as_str();
        let region = region_with_city(click);
        let browser = attributes.browser.as_deref();
        let browser = browser.map(|name| with_detail(name, attributes.browser_version.as_deref()));
        let os = attributes.os.as_deref().map(|name| with_detail(name, attributes.os_version.as_deref()));
        let values = [
            (Dimension::Total, Some("")),
            (Dimension::Country, click.country.as_deref()),
            (Dimension::Region, region.as_deref()),
            (Dimension::Referrer, attributes.referrer.as_deref()),
            (Dimension::Browser, browser.as_deref()),
            (Dimension::Os, os.as_deref()),
            (Dimension::Device, attributes.device),
            (Dimension::Language, attributes.language.as_deref()),
            (Dimension::Destination, click.destination.as_deref()),
            (Dimension::Tier, Some(click.tier.as_str())),
            (Dimension::Domain, click.domain.as_deref().filter(|_| link == ALL_LINKS)),
        ];
        let campaign = click.utm.as_deref().map(utm::values).unwrap_or_default();
        let values = values.into_iter().filter_map(|(dimension, value)| Some((dimension, truncated(value?))));
        for (dimension, value) in values.chain(campaign) {
            let key = DayKey { link, dimension, day: click.time.day(), value, class };
            self.add_to_day(key, click.time.quarter_of_day(), count);
        }
        if by_minute {
            let minute = click.time.round_down(MINUTE_MILLIS);
            let minute = MinuteKey { day: click.time.day(), link, minute, class };
            self.minutes.entry(minute).or_default().add(count);
        }
        let total = self.totals.entry(link).or_insert(TotalCount::none(click.time));
        total.add(click, attributes.class, times);
    }

    /// Batches carry no time of day for orphan visits, so all count in the first quarter. Visits without a name have no class.
    pub fn add_orphan_visits(&mut self, day: Date, names: &[OrphanName], others: u32) {
        let named = names
            .iter()
            .map(|orphan| (truncated(&orphan.name), OrphanClass::of(&orphan.name).as_str(), orphan.visits));
        let unnamed = (others > 0).then(|| (OTHER.to_owned(), "", others));
        for (value, class, visits) in named.chain(unnamed) {
            let key = DayKey { link: ALL_LINKS, dimension: Dimension::Orphan, day, value, class };
            self.add_to_day(key, 0, ClickCount { clicks: i64::from(visits), visitors: 0 });
        }
    }

    /// Removes sums that cancelled out. Totals stay, because their rows serve as locks.
    pub fn without_zeros(mut self) -> Self {
        for quarters in self.days.values_mut() {
            quarters.retain(|_, count| *count != ClickCount::default());
        }
        self.days.retain(|_, quarters| !quarters.is_empty());
        self.minutes.retain(|_, count| *count != ClickCount::default());
        self
    }

    /// Moves the counts of values beyond the cardinality limit to [`OTHER`], or to the value without its detail.
    pub fn fold_overflow(&mut self, overflow: impl IntoIterator<Item = (Uuid, Dimension, Date, String)>) {
        for (link, dimension, day, value) in overflow {
            let first = DayKey { link, dimension, day, value: value.clone(), class: "" };
            let same = |key: &&DayKey| {
                (key.link, key.dimension, key.day, &key.value) == (link, dimension, day, &value)
            };
            let keys: Vec<_> =
                self.days.range(first..).map(|(key, _)| key).take_while(same).cloned().collect();
            for key in keys {
                let Some(quarters) = self.days.remove(&key) else { continue };
                let without_detail = key
                    .value
                    .split_once(DETAIL)
                    .filter(|_| key.dimension.has_details())
                    .map(|(rest, _)| rest);
                let other = DayKey { value: without_detail.unwrap_or(OTHER).to_owned(), ..key };
                for (quarter, count) in quarters {
                    self.add_to_day(other.clone(), quarter, count);
                }
            }
        }
    }

    fn add_to_day(&mut self, key: DayKey, quarter: i32, count: ClickCount) {
        self.days.entry(key).or_default().entry(quarter).or_default().add(count);
    }
}

impl ClickCount {
    fn add(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.visitors += other.visitors;
    }
}

/// `US-TX\tAustin`; a city without a region is one of its country. The origin reads raw clicks in the same way.
fn region_with_city(click: &Click) -> Option<String> {
    let city = click.city.as_deref();
    let place = click.region.as_deref().or_else(|| click.country.as_deref().filter(|_| city.is_some()))?;
    Some(with_detail(place, city))
}

fn truncated(value: &str) -> String {
    value.get(..value.floor_char_boundary(MAX_VALUE_BYTES)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
