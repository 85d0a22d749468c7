//! Days as `link_months` has them: whole months, and parts of the first and the last one. Does not read them.

use time::{Date, Duration};

/// A range of days. `first` and `last` are whole months, if `first` is not the later of the two.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Months {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) parts: Vec<Part>,
}

/// Days of a month, the first of which is 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) month: Date,
    pub(super) low: i32,
    pub(super) high: i32,
}

const LAST: i32 = 31;

impl Months {
    /// Nothing, where `first_day` is the later one.
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
            parts.push(Part { month: first, low, high });
            return Self { first: next(last), last, parts };
        }
        if low > 1 {
            parts.push(Part { month: first, low, high: LAST });
            first = next(first);
        }
        if high < LAST {
            parts.push(Part { month: last, low: 1, high });
            last = month(last.saturating_sub(Duration::DAY));
        }
        Self { first, last, parts }
    }
}

/// No month is longer than these days, so they lead from its first one into the next.
pub(crate) fn next(first: Date) -> Date {
    month(first.saturating_add(Duration::days(LAST.into())))
}

/// Its first day stands for it.
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
    fn days_are_whole_months_and_what_is_left_of_two() {
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
