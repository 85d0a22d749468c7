//! The UTC minutes, quarters of an hour, days and months that clicks are rolled up by, and for how long. Time zones are up to the
//! reader.

use ::time::{Date, Duration};

use crate::time::UnixMillis;

pub const MINUTE_MILLIS: i64 = 60 * 1_000;
/// A quarter is the longest step that every local midnight falls on: some time zones are at :30 and :45.
pub const QUARTER_MILLIS: i64 = 15 * MINUTE_MILLIS;
pub const DAY_MILLIS: i64 = 24 * 60 * MINUTE_MILLIS;
/// The quarters of a day are numbered from 0.
pub const LAST_QUARTER: i32 = 95;

/// Today and this many days before it are open; earlier ones are sealed. An outage delays clicks by its length, and after one of a day
/// they still find their day open, so that each row moves once. Three open days cost little beside the month of a typical query.
pub const OPEN_DAYS: i32 = 2;
/// How long series by the minute reach back.
pub const MINUTE_SERIES_DAYS: i32 = 2;
/// Minutes are kept for a series and for the period before it, which it is compared with.
pub const MINUTES_KEPT_DAYS: i32 = 2 * MINUTE_SERIES_DAYS;

/// The days of a month are numbered from 1.
const LAST_DAY: i32 = 31;

/// A range of days as whole months and parts of the first and last month. There are no whole months if `first` is later than `last`.
#[derive(Debug, PartialEq, Eq)]
pub struct Months {
    pub first: Date,
    pub last: Date,
    pub parts: Vec<MonthPart>,
}

/// The days from `low` to `high` of a month. 31 stands for the last day of any month.
#[derive(Debug, PartialEq, Eq)]
pub struct MonthPart {
    pub month: Date,
    pub low: i32,
    pub high: i32,
}

impl Months {
    /// Empty if `first_day` is later than `last_day`.
    pub fn of(first_day: Date, last_day: Date) -> Self {
        let (mut first, mut last) = (month_start(first_day), month_start(last_day));
        let mut parts = Vec::new();
        if first_day > last_day {
            return Self { first: next_month(last), last, parts };
        }
        let low = i32::from(first_day.day());
        let ends_month = last_day.next_day().is_none_or(|next| next.day() == 1);
        let high = if ends_month { LAST_DAY } else { i32::from(last_day.day()) };
        if first == last && (low, high) != (1, LAST_DAY) {
            parts.push(MonthPart { month: first, low, high });
            return Self { first: next_month(last), last, parts };
        }
        if low > 1 {
            parts.push(MonthPart { month: first, low, high: LAST_DAY });
            first = next_month(first);
        }
        if high < LAST_DAY {
            parts.push(MonthPart { month: last, low: 1, high });
            last = month_start(last.saturating_sub(Duration::DAY));
        }
        Self { first, last, parts }
    }
}

/// The first day of the month, which identifies it.
pub fn month_start(day: Date) -> Date {
    day.saturating_sub(Duration::days(i64::from(day.day()) - 1))
}

/// The first day of the next month: 31 days after the first of any month lie in the next one. The calendar's last month has no next
/// one and returns itself.
pub fn next_month(first: Date) -> Date {
    month_start(first.saturating_add(Duration::days(LAST_DAY.into())))
}

impl UnixMillis {
    /// The quarter of an hour that it lies in, counted from the start of its day.
    pub fn quarter_of_day(self) -> i32 {
        i32::try_from(self.0.rem_euclid(DAY_MILLIS) / QUARTER_MILLIS).unwrap_or(0)
    }

    /// The last multiple of `step_millis` that is not later.
    pub fn round_down(self, step_millis: i64) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(step_millis)))
    }

    /// The first multiple of `step_millis` that is not earlier.
    pub fn round_up(self, step_millis: i64) -> Self {
        Self(self.0.saturating_add(self.0.wrapping_neg().rem_euclid(step_millis)))
    }
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;

    use super::*;

    const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

    #[test]
    fn day_has_whole_quarters_from_0_to_95() {
        assert_eq!(i64::from(LAST_QUARTER + 1) * QUARTER_MILLIS, DAY_MILLIS);
        for (after, quarter) in [(-1, 95), (0, 0), (899_999, 0), (900_000, 1), (DAY_MILLIS - 1, 95)] {
            assert_eq!(MIDNIGHT.plus_millis(after).quarter_of_day(), quarter, "{after}");
            assert_eq!(UnixMillis(after).quarter_of_day(), quarter, "{after} around the epoch");
        }
    }

    #[test]
    fn times_round_to_the_steps_around_them() {
        for (millis, down, up) in [(0, 0, 0), (1, 0, 900_000), (-1, -900_000, 0), (900_000, 900_000, 900_000)]
        {
            assert_eq!(UnixMillis(millis).round_down(QUARTER_MILLIS), UnixMillis(down));
            assert_eq!(UnixMillis(millis).round_up(QUARTER_MILLIS), UnixMillis(up));
        }
        assert_eq!(MIDNIGHT.plus_millis(1).round_down(DAY_MILLIS), MIDNIGHT);
        assert_eq!(MIDNIGHT.plus_millis(1).round_up(DAY_MILLIS), MIDNIGHT.plus_millis(DAY_MILLIS));
    }

    #[test]
    fn rounding_at_the_limits_does_not_overflow() {
        for millis in [i64::MIN, i64::MAX] {
            let time = UnixMillis(millis);
            assert!(time.round_down(DAY_MILLIS) <= time && time.round_up(DAY_MILLIS) >= time);
        }
    }

    #[track_caller]
    fn check(first: Date, last: Date, whole: [Date; 2], parts: &[(Date, i32, i32)]) {
        let months = Months::of(first, last);
        assert_eq!([months.first, months.last], whole);
        let found: Vec<_> = months.parts.iter().map(|part| (part.month, part.low, part.high)).collect();
        assert_eq!(found, parts);
    }

    #[test]
    fn range_splits_into_whole_months_and_two_parts() {
        const OCTOBER: Date = date!(2026 - 10 - 01);
        const NOVEMBER: Date = date!(2026 - 11 - 01);
        const DECEMBER: Date = date!(2026 - 12 - 01);
        check(OCTOBER, date!(2026 - 11 - 30), [OCTOBER, NOVEMBER], &[]);
        check(NOVEMBER, date!(2026 - 11 - 30), [NOVEMBER, NOVEMBER], &[]);
        check(NOVEMBER, date!(2026 - 11 - 29), [DECEMBER, NOVEMBER], &[(NOVEMBER, 1, 29)]);
        check(date!(2026 - 11 - 05), date!(2026 - 11 - 05), [DECEMBER, NOVEMBER], &[(NOVEMBER, 5, 5)]);
        check(date!(2026 - 11 - 05), date!(2026 - 11 - 30), [DECEMBER, NOVEMBER], &[(NOVEMBER, 5, 31)]);
        let two = [(OCTOBER, 31, 31), (DECEMBER, 1, 1)];
        check(date!(2026 - 10 - 31), DECEMBER, [NOVEMBER, NOVEMBER], &two);
        check(date!(2026 - 11 - 12), date!(2026 - 11 - 11), [DECEMBER, NOVEMBER], &[]);
        check(NOVEMBER, date!(2026 - 10 - 31), [NOVEMBER, OCTOBER], &[]);
    }
}
