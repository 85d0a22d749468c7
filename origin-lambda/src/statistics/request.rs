//! Reads a statistics request from a query string.

use classify::Class;
use jiff::tz::TimeZone;
use link_core::clicks::calendar::{
    DAY_MILLIS, MINUTE_MILLIS, MINUTE_SERIES_DAYS, QUARTER_MILLIS, month_start, next_month,
};
use link_core::clicks::roll_up::{Dimension, IMPORTED_CLASS, OTHER};
use link_core::names::domain::Domain;
use link_core::time::UnixMillis;
use serde_json::Value;
use time::Date;

use super::bounds::Bounds;
use super::calendar::Interval;
use super::{Filter, GroupBy, missing_value_label};
use crate::auth::LinkBounds;
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{MAX_FILTER_BYTES, MAX_SERIES_POINTS};
use crate::links::input;

const DEFAULT_RANGE_MILLIS: i64 = 30 * DAY_MILLIS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatsRequest {
    /// `from` and `to` are multiples of a quarter of an hour, or of a minute.
    pub(crate) from: UnixMillis,
    pub(crate) to: UnixMillis,
    pub(crate) interval: Interval,
    pub(crate) zone: TimeZone,
    pub(crate) zone_name: String,
    /// `None` means all classes.
    pub(crate) class: Option<&'static str>,
    pub(crate) group_by: Option<GroupBy>,
    /// Whether each point has its clicks by class.
    pub(crate) splits_classes: bool,
    /// All must hold.
    pub(crate) filters: Vec<Filter>,
    pub(crate) is_csv: bool,
}

/// Filters the links whose clicks are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) domain: Option<Domain>,
    pub(crate) tag: Option<String>,
    /// What exists for the caller's key.
    pub(crate) bounds: LinkBounds,
}

/// The range of a share's statistics, up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Hours24,
    Days7,
    Days30,
    Days90,
    Months12,
}

impl Period {
    pub(crate) const ALL: [Self; 5] =
        [Self::Hours24, Self::Days7, Self::Days30, Self::Days90, Self::Months12];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hours24 => "24h",
            Self::Days7 => "7d",
            Self::Days30 => "30d",
            Self::Days90 => "90d",
            Self::Months12 => "12mo",
        }
    }

    fn days(self) -> i64 {
        match self {
            Self::Hours24 => 1,
            Self::Days7 => 7,
            Self::Days30 => 30,
            Self::Days90 => 90,
            Self::Months12 => 365,
        }
    }

    fn interval(self) -> Interval {
        match self {
            Self::Hours24 => Interval::Hour,
            Self::Days7 | Self::Days30 | Self::Days90 => Interval::Day,
            Self::Months12 => Interval::Month,
        }
    }
}

impl StatsRequest {
    /// Starts with a whole interval, like other requests without `from`.
    pub(crate) fn for_period(period: Period, (zone_name, zone): (&str, &TimeZone), now: UnixMillis) -> Self {
        let interval = period.interval();
        let from = interval.start(now.plus_millis(-period.days() * DAY_MILLIS), zone);
        Self {
            from: from.round_down(step(interval)),
            to: now.round_up(step(interval)).min(*timestamp::LATEST),
            interval,
            zone: zone.clone(),
            zone_name: zone_name.to_owned(),
            class: None,
            group_by: None,
            splits_classes: true,
            filters: Vec::new(),
            is_csv: false,
        }
    }

    pub(crate) fn for_link(mut fields: Fields, now: UnixMillis) -> Result<Self, Problem> {
        let request = Self::read(&mut fields, now);
        fields.finish(Some(request))
    }

    pub(crate) fn for_all_links(
        mut fields: Fields,
        bounds: LinkBounds,
        now: UnixMillis,
    ) -> Result<(Self, Selection), Problem> {
        let selection = Selection {
            domain: fields.optional("domain", ProblemCode::InvalidDomain, |value| host_input::domain(&value)),
            tag: fields.optional("tag", ProblemCode::InvalidTags, input::tag),
            bounds,
        };
        let request = Self::read(&mut fields, now);
        fields.finish(Some((request, selection)))
    }

    /// Widens the range to whole buckets, so that the answer states exactly what it counts; cutting a bucket would silently drop or
    /// add clicks.
    fn read(fields: &mut Fields, now: UnixMillis) -> Self {
        let Bounds { from, to, zone, zone_name } = Bounds::read(fields);
        let to = to.unwrap_or(now);
        let interval = fields.optional("interval", ProblemCode::InvalidInterval, interval);
        let interval = interval.unwrap_or(Interval::Day);
        let default_range = match interval {
            Interval::Minute => 60 * MINUTE_MILLIS,
            _ => DEFAULT_RANGE_MILLIS,
        };
        let step = step(interval);
        // Starts with a whole interval, so that the first point is complete.
        let from = from.unwrap_or_else(|| interval.start(to.plus_millis(-default_range), &zone));
        let class = fields.optional("class", ProblemCode::InvalidClass, class).flatten();
        let group_by = fields.optional("group_by", ProblemCode::InvalidGroupBy, group_by);
        let splits_classes = fields.optional("split", ProblemCode::InvalidSplit, split).is_some();
        let filters = Dimension::FILTERS.into_iter().filter_map(|dimension| {
            fields.optional(dimension.as_str(), ProblemCode::InvalidFilter, |value| filter(value, dimension))
        });
        let filters = filters.collect();
        let is_csv = fields.optional("format", ProblemCode::InvalidFormat, is_csv).unwrap_or_default();
        let request = Self {
            from: from.round_down(step),
            to: to.round_up(step).min(*timestamp::LATEST),
            interval,
            zone,
            zone_name,
            class,
            group_by,
            splits_classes,
            filters,
            is_csv,
        };
        request.check(fields, from >= to, now);
        request
    }

    fn check(&self, fields: &mut Fields, is_empty: bool, now: UnixMillis) {
        let mut reject = |code, field: &str, detail: String| fields.reject(code, field.to_owned(), detail);
        if is_empty {
            let detail =
                "must be later than from; the range excludes it, so for one whole day give the next day";
            reject(ProblemCode::InvalidTo, "to", detail.to_owned());
        } else if self.interval.count(self.to.0 - self.from.0) > MAX_SERIES_POINTS {
            let detail =
                format!("must be at most {MAX_SERIES_POINTS} {}s after from", self.interval.as_str());
            reject(ProblemCode::InvalidTo, "to", detail);
        }
        let hours = (self.to.0 - self.from.0) / (60 * MINUTE_MILLIS);
        if self.group_by == Some(GroupBy::HourOfWeek) && hours > MAX_SERIES_POINTS {
            let detail =
                format!("must be at most {MAX_SERIES_POINTS} hours after from to group by hour_of_week");
            reject(ProblemCode::InvalidTo, "to", detail);
        }
        if self.interval == Interval::Minute {
            let earliest = now.0 - i64::from(MINUTE_SERIES_DAYS) * DAY_MILLIS - MINUTE_MILLIS;
            if self.from.0 < earliest {
                let detail = "must be within the last 48 hours, for which counts by the minute are kept";
                reject(ProblemCode::InvalidFrom, "from", detail.to_owned());
            }
            if self.group_by.is_some() {
                let detail = "needs the interval hour, day, week or month: counts by the minute are kept for totals only";
                reject(ProblemCode::InvalidGroupBy, "group_by", detail.to_owned());
            }
        }
    }

    /// Up to when clicks are counted. The future has no clicks, so a range that ends there counts its last month (UTC) as a whole,
    /// which the monthly roll-ups answer without days.
    pub(crate) fn count_until(&self, now: UnixMillis) -> UnixMillis {
        if self.to <= now {
            return self.to;
        }
        let next_month = next_month(month_start(self.to.day()));
        // The calendar's last month has no next month.
        UnixMillis::from(next_month.midnight().assume_utc()).max(self.to)
    }

    /// The days (UTC) up to `to` that are each within one interval, so that daily roll-ups answer them. Limited to the first
    /// [`MAX_SERIES_POINTS`] days.
    pub(crate) fn whole_days(&self, to: UnixMillis) -> Vec<Date> {
        let first = self.from.round_up(DAY_MILLIS);
        let days = (0..MAX_SERIES_POINTS).map(|number| first.plus_millis(number * DAY_MILLIS));
        days.take_while(|day| day.plus_millis(DAY_MILLIS) <= to)
            .filter(|day| {
                let last_quarter = day.plus_millis(DAY_MILLIS - QUARTER_MILLIS);
                self.interval.start(*day, &self.zone) == self.interval.start(last_quarter, &self.zone)
            })
            .map(UnixMillis::day)
            .collect()
    }

    /// The period before the range, as long as the part of the range that has passed, since the future has no clicks to compare.
    pub(crate) fn previous_period(&self, now: UnixMillis) -> (UnixMillis, UnixMillis) {
        let now = now.round_up(step(self.interval)).0;
        let to = if self.from.0 < now { self.to.0.min(now) } else { self.to.0 };
        (UnixMillis(self.from.0 - (to - self.from.0)), self.from)
    }
}

/// The bucket that clicks are counted in.
pub(crate) fn step(interval: Interval) -> i64 {
    match interval {
        Interval::Minute => MINUTE_MILLIS,
        _ => QUARTER_MILLIS,
    }
}

fn interval(value: Value) -> Result<Interval, String> {
    let name = text(value)?;
    let known = Interval::ALL.into_iter().find(|interval| interval.as_str() == name);
    known.ok_or_else(|| "must be minute, hour, day, week or month".to_owned())
}

fn class(value: Value) -> Result<Option<&'static str>, String> {
    let name = text(value)?;
    if name == "all" {
        return Ok(None);
    }
    let class = class_names().find(|known| *known == name).map(Some);
    class.ok_or_else(|| format!("must be all, {}", class_names().collect::<Vec<_>>().join(", ")))
}

/// Those of clicks, and that of counts which were imported without their clicks.
pub(crate) fn class_names() -> impl Iterator<Item = &'static str> {
    Class::ALL.map(Class::as_str).into_iter().chain([IMPORTED_CLASS])
}

/// Beside dimensions.
pub(crate) const OTHER_GROUPS: [(&str, GroupBy); 4] = [
    ("class", GroupBy::Class),
    ("tag", GroupBy::Tag),
    ("link", GroupBy::Link),
    ("hour_of_week", GroupBy::HourOfWeek),
];

fn split(value: Value) -> Result<(), &'static str> {
    if text(value)? == "class" { Ok(()) } else { Err("must be class") }
}

fn is_csv(value: Value) -> Result<bool, &'static str> {
    match text(value)?.as_str() {
        "json" => Ok(false),
        "csv" => Ok(true),
        _ => Err("must be json or csv"),
    }
}

fn filter(value: Value, dimension: Dimension) -> Result<Filter, String> {
    let value = text(value)?;
    if value.is_empty() || value.len() > MAX_FILTER_BYTES {
        return Err(format!("must have 1 to {MAX_FILTER_BYTES} bytes"));
    }
    input::values::no_control_characters(&value)?;
    if value == OTHER {
        return Err(format!("must not be {OTHER}, which stands for many values"));
    }
    let is_code = matches!(dimension, Dimension::Country | Dimension::Region);
    let value = if is_code { value.to_ascii_uppercase() } else { value };
    let is_missing = value.eq_ignore_ascii_case(missing_value_label(dimension));
    Ok(Filter { dimension, value: (!is_missing).then_some(value) })
}

fn group_by(value: Value) -> Result<GroupBy, String> {
    let name = text(value)?;
    let mut known = OTHER_GROUPS
        .into_iter()
        .chain(Dimension::GROUPS.map(|dimension| (dimension.as_str(), GroupBy::Dimension(dimension))));
    known.clone().find(|(known, _)| *known == name).map(|(_, group_by)| group_by).ok_or_else(|| {
        let names: Vec<_> = known.by_ref().map(|(name, _)| name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests;
