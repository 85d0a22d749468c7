//! Statistics of clicks: reads requests, time zones and intervals, and caches answers. Uses no database.

pub(crate) mod bounds;
pub(crate) mod calendar;
pub(crate) mod memory;
pub(crate) mod request;

use link_core::clicks::roll_up::Dimension;

/// Shown for clicks without a value.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// What clicks are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    Class,
    Dimension(Dimension),
    /// The tags that links have now.
    Tag,
    Link,
    /// In the request's time zone.
    HourOfWeek,
}

/// The clicks with one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub dimension: Dimension,
    /// `None`: without a value.
    pub value: Option<String>,
}

/// How clicks without a value of this dimension are shown, and requested.
pub(crate) fn missing_value_label(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Referrer => "(direct)",
        Dimension::Destination => "(default)",
        dimension if Dimension::CAMPAIGN.contains(&dimension) => "(none)",
        _ => UNKNOWN,
    }
}
