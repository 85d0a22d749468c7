//! Days, quarters of an hour and months as the roll-ups store them. Splits a range of days into whole months and parts of months.

use time::{Date, Duration};

/// Roll-ups have quarters of an hour (UTC); only series by the minute are finer.
pub const QUARTER_MILLIS: i64 = 15 * 60 * 1_000;
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A range of days. `first` and `last` are the whole months; none if `first` is later than `last`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Months {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) parts: Vec<MonthPart>,
}

/// Days of a month, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MonthPart {
    pub(super) month: Date,
    pub(super) low: i32,
    pub(super) high: i32,
}

const LAST: i32 = 31;

impl Months {
    /// Empty if `first_day` is later than `last_day`.
    pub(super) fn of(first_day: Date, last_day: Date) -> Self {
        let (mut first, mut last) = (month(first_day), month(last_day));
        let mut parts = Vec::new();
        if first_day > last_day {
            return Self { first: next(last), last, parts };
        }
        let low = i32::from(first_day.day());
        let ends_month = last_day.next_day().is_none_or(|next| next.day() == 1);
        let high = if ends_month { LAST } else { i32::from(last_day.day()) };
        if first == last && (low, high) != (1, LAST) {
            parts.push(MonthPart { month: first, low, high });
            return Self { first: next(last), last, parts };
        }
        if low > 1 {
            parts.push(MonthPart { month: first, low, high: LAST });
            first = next(first);
        }
        if high < LAST {
            parts.push(MonthPart { month: last, low: 1, high });
            last = month(last.saturating_sub(Duration::DAY));
        }
        Self { first, last, parts }
    }
}

/// The first day of the next month: 31 days after the first of any month lie in the next one.
pub(crate) fn next(first: Date) -> Date {
    month(first.saturating_add(Duration::days(LAST.into())))
}

/// The first day of the month, which identifies it.
pub(crate) fn month(day: Date) -> Date {
    day.saturating_sub(Duration::days(i64::from(day.day()) - 1))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

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
