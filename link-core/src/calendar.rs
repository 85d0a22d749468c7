//! The UTC minutes, quarters of an hour and days that clicks are rolled up by, and for how long. Time zones are up to the reader.

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
}
