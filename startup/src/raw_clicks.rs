//! `RAW_CLICK_DAYS`, which maintenance and origin read: how long raw clicks are kept.

use std::ops::RangeInclusive;

use crate::{ConfigError, Lookup, Variable};

const RAW_CLICK_DAYS: Variable = Variable {
    name: "RAW_CLICK_DAYS",
    expected: "how many days raw clicks are kept, from 30 to 730; by default 180",
};
/// Half a year for questions that roll-ups do not answer.
const DEFAULT_DAYS: i32 = 180;
/// At least as long as clicks can be followed (`CLICK_ORDER_KEPT_DAYS` in link-core): no click is passed over in silence.
const ALLOWED_DAYS: RangeInclusive<i32> = 30..=730;

pub fn raw_click_days(lookup: &Lookup<'_>) -> Result<i32, ConfigError> {
    let parse = |text: &str| text.parse().ok().filter(|days| ALLOWED_DAYS.contains(days));
    Ok(RAW_CLICK_DAYS
        .get_parsed(lookup, "is not a number of days from 30 to 730", parse)?
        .unwrap_or(DEFAULT_DAYS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_bounded() {
        let days = |text: Option<&str>| raw_click_days(&|_| text.map(str::to_owned)).ok();
        assert_eq!([None, Some("30"), Some("730")].map(days), [Some(180), Some(30), Some(730)]);
        for wrong in ["29", "731", "-180", "180 days", "1e2"] {
            assert_eq!(days(Some(wrong)), None, "{wrong}");
        }
    }
}
