//! Minutes, hours, days, weeks and months in a time zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};
use link_core::clicks::calendar::MINUTE_MILLIS;
use link_core::time::UnixMillis;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interval {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl Interval {
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How many fit into a range: of days and weeks one more or less, since changes of the clock cancel out. Months count as 28 days.
    pub fn count(self, millis: i64) -> i64 {
        let millis_each = match self {
            Self::Minute | Self::Hour => self.min_millis(),
            Self::Day | Self::Week | Self::Month => self.min_millis() + 60 * MINUTE_MILLIS,
        };
        millis / millis_each
    }

    /// The shortest length, across changes of the clock.
    pub fn min_millis(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MILLIS,
            Self::Hour => 60 * MINUTE_MILLIS,
            Self::Day => 23 * 60 * MINUTE_MILLIS,
            Self::Week => (7 * 24 - 1) * 60 * MINUTE_MILLIS,
            Self::Month => (28 * 24 - 1) * 60 * MINUTE_MILLIS,
        }
    }

    /// The start of the interval that contains `moment`. Weeks start on Monday (ISO 8601). A moment outside the calendar is its own
    /// start.
    pub fn start(self, moment: UnixMillis, zone: &TimeZone) -> UnixMillis {
        let local =
            Timestamp::from_millisecond(moment.0).map(|moment| moment.to_zoned_datetime(zone.clone()));
        let start = local.ok().and_then(|local| self.start_of(&local));
        start.map_or(moment, |start| UnixMillis(start.timestamp().as_millisecond()))
    }

    /// The starts of all intervals that overlap the range.
    pub fn starts(self, from: UnixMillis, to: UnixMillis, zone: &TimeZone) -> Vec<UnixMillis> {
        let mut starts = Vec::new();
        let mut next = Some(self.start(from, zone));
        while let Some(start) = next.filter(|start| *start < to) {
            starts.push(start);
            next = self.next(start, zone).filter(|next| *next > start);
        }
        starts
    }

    /// The start of the interval after the one at `start`.
    fn next(self, start: UnixMillis, zone: &TimeZone) -> Option<UnixMillis> {
        let local = Timestamp::from_millisecond(start.0).ok()?.to_zoned_datetime(zone.clone());
        let next = match self {
            // The next hour may start more than an hour later: clocks are not always changed by whole hours.
            Self::Minute | Self::Hour => {
                return Some(self.start(start.plus_millis(self.min_millis()), zone));
            }
            Self::Day => local.checked_add(1.day()),
            Self::Week => local.checked_add(1.week()),
            Self::Month => local.checked_add(1.month()),
        };
        // If midnight is skipped, a day starts late, and adding a day keeps that time.
        let next = next.and_then(|next| next.start_of_day()).ok()?;
        Some(UnixMillis(next.timestamp().as_millisecond()))
    }

    fn start_of(self, local: &ZonedDateTime) -> Option<ZonedDateTime> {
        let into_the_minute = i64::from(local.second()).seconds().nanoseconds(local.subsec_nanosecond());
        match self {
            Self::Minute => local.checked_sub(into_the_minute).ok(),
            // Subtracts instead of setting the minute to 0: an hour occurs twice when clocks are set back.
            Self::Hour => local.checked_sub(into_the_minute.minutes(i64::from(local.minute()))).ok(),
            Self::Day => local.start_of_day().ok(),
            Self::Week => {
                let monday = i64::from(local.weekday().to_monday_zero_offset()).days();
                local.checked_sub(monday).and_then(|monday| monday.start_of_day()).ok()
            }
            Self::Month => local.first_of_month().and_then(|first| first.start_of_day()).ok(),
        }
    }
}

/// Weekday, from 1 for Monday, and hour in a time zone: `1-09` to `7-23`.
pub(crate) fn hour_of_week(moment: UnixMillis, zone: &TimeZone) -> Option<String> {
    let local = Timestamp::from_millisecond(moment.0).ok()?.to_zoned_datetime(zone.clone());
    Some(format!("{}-{:02}", local.weekday().to_monday_one_offset(), local.hour()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::timestamp;

    #[test]
    fn hour_of_week_is_local() {
        for (zone, moment, hour) in [
            ("UTC", "2026-11-23T00:00:00Z", "1-00"),
            ("UTC", "2026-11-29T23:59:59Z", "7-23"),
            ("Asia/Kathmandu", "2026-11-22T18:15:00Z", "1-00"),
            ("America/New_York", "2026-11-23T04:45:00Z", "7-23"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(hour_of_week(timestamp::parse(moment).unwrap(), &zone).unwrap(), hour, "{moment}");
        }
    }

    #[track_caller]
    fn check(interval: Interval, zone: &str, moment: &str, start: &str) {
        let zone = TimeZone::get(zone).unwrap();
        let began = interval.start(timestamp::parse(moment).unwrap(), &zone);
        assert_eq!(timestamp::format(began), start);
    }

    #[test]
    fn interval_starts_by_local_time() {
        use Interval::{Day, Hour, Minute, Month, Week};
        for (interval, zone, moment, start) in [
            (Minute, "UTC", "2026-11-24T10:20:30.5Z", "2026-11-24T10:20:00.000Z"),
            (Hour, "UTC", "2026-11-24T10:20:30.5Z", "2026-11-24T10:00:00.000Z"),
            (Hour, "Asia/Kolkata", "2026-11-24T10:20:00Z", "2026-11-24T09:30:00.000Z"),
            (Day, "Asia/Kolkata", "2026-11-24T18:15:00Z", "2026-11-23T18:30:00.000Z"),
            (Day, "Asia/Kathmandu", "2026-11-24T18:15:00Z", "2026-11-24T18:15:00.000Z"),
            (Day, "America/New_York", "2026-11-24T04:59:59Z", "2026-11-23T05:00:00.000Z"),
            (Week, "Europe/Berlin", "2026-11-22T22:59:00Z", "2026-11-15T23:00:00.000Z"),
            (Week, "Europe/Berlin", "2026-11-22T23:00:00Z", "2026-11-22T23:00:00.000Z"),
            (Month, "Australia/Adelaide", "2026-11-30T14:00:00Z", "2026-11-30T13:30:00.000Z"),
        ] {
            check(interval, zone, moment, start);
        }
    }

    #[test]
    fn days_and_hours_are_right_across_clock_changes() {
        // Berlin, 2026-10-25: 03:00 summer time becomes 02:00; the day has 25 hours, two of them called 02.
        check(Interval::Day, "Europe/Berlin", "2026-10-25T22:59:00Z", "2026-10-24T22:00:00.000Z");
        check(Interval::Hour, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00.000Z");
        check(Interval::Hour, "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00.000Z");
        // The day starts at 01:00, because midnight is skipped.
        check(Interval::Day, "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00.000Z");
    }

    #[test]
    fn no_interval_is_skipped_across_clock_changes() {
        let starts = |interval: Interval, zone: &str, from: &str, to: &str| {
            let zone = TimeZone::get(zone).unwrap();
            let [from, to] = [from, to].map(|text| timestamp::parse(text).unwrap());
            interval.starts(from, to, &zone).into_iter().map(timestamp::format).collect::<Vec<_>>()
        };
        // Berlin, 2026-10-25: the day has 25 hours.
        let hours = starts(Interval::Hour, "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(hours.len(), 25);
        let weeks = starts(Interval::Week, "Europe/Berlin", "2026-10-20T12:00:00Z", "2026-10-26T00:00:00Z");
        assert_eq!(weeks, ["2026-10-18T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]);
        let months = starts(Interval::Month, "Europe/Berlin", "2026-09-30T22:00:00Z", "2026-11-30T23:00:00Z");
        assert_eq!(months, ["2026-09-30T22:00:00.000Z", "2026-10-31T23:00:00.000Z"]);
        // The 24th starts at 01:00.
        let days = starts(Interval::Day, "Africa/Cairo", "2026-04-22T22:00:00Z", "2026-04-25T21:00:00Z");
        assert_eq!(
            days,
            ["2026-04-22T22:00:00.000Z", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"]
        );
        // Apia skipped the whole of 2011-12-30.
        let days = starts(Interval::Day, "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z");
        assert_eq!(days, ["2011-12-29T10:00:00.000Z", "2011-12-30T10:00:00.000Z"]);
        assert!(starts(Interval::Day, "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z").is_empty());
    }

    #[test]
    fn ends_of_the_calendar_are_handled() {
        for moment in [i64::MIN, i64::MAX, timestamp::LATEST.0] {
            for interval in Interval::ALL {
                let start = interval.start(UnixMillis(moment), &TimeZone::UTC);
                assert!(start.0 <= moment);
                assert!(
                    interval.starts(UnixMillis(moment), UnixMillis(i64::MAX), &TimeZone::UTC).len() < 100
                );
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_is_in_an_interval_of_the_series(
            millis in 0..4_000_000_000_000_i64,
            length in 1..10_000_000_000_i64,
            zone in proptest::sample::select(vec!["UTC", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Africa/Cairo"]),
        ) {
            let (zone, from, to) = (TimeZone::get(zone).unwrap(), UnixMillis(millis), UnixMillis(millis + length));
            for interval in [Interval::Hour, Interval::Day, Interval::Week, Interval::Month] {
                let starts = interval.starts(from, to, &zone);
                proptest::prop_assert!(starts.is_sorted());
                for part in 0..50 {
                    let moment = from.plus_millis(length * part / 50);
                    proptest::prop_assert!(starts.contains(&interval.start(moment, &zone)), "{interval:?} {moment:?}");
                }
            }
        }
    }
}
