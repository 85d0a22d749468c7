//! A time in whole milliseconds since the Unix epoch, and its UTC day. Reads no clock.

use ::time::{Date, Duration, OffsetDateTime};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. A time outside the years −9999 to 9999 has the date of the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    pub fn date_time(self) -> OffsetDateTime {
        let whole = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1_000));
        let moment =
            whole.ok().and_then(|at| at.checked_add(Duration::milliseconds(self.0.rem_euclid(1_000))));
        moment.unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub fn day(self) -> Date {
        self.date_time().date()
    }

    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Zero if `earlier` is in the future, which happens when a clock is set back.
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

impl From<OffsetDateTime> for UnixMillis {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment.unix_timestamp() * 1_000 + i64::from(moment.millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_millisecond_belongs_to_its_day() {
        let midnight = UnixMillis(1_795_478_400_000);
        assert_eq!(midnight.day().to_string(), "2026-11-24");
        assert_eq!(midnight.plus_millis(-1).day().to_string(), "2026-11-23");
    }

    #[test]
    fn time_round_trips_through_date_time() {
        for millis in [0, 1, -1, 1_795_478_400_123] {
            assert_eq!(UnixMillis::from(UnixMillis(millis).date_time()), UnixMillis(millis));
        }
    }
}
