//! What may be asked of the clicks, and how a time zone divides them. Pure but for [`answer`], which asks the databases.

pub(crate) mod answer;
pub(crate) mod bounds;
pub(crate) mod calendar;
pub(crate) mod memory;
pub(crate) mod request;

use link_core::roll_up::Dimension;

/// Clicks are counted per quarter of an hour (UTC); no answer but that by the minute can be finer.
pub const QUARTER_MILLIS: i64 = 15 * 60 * 1_000;
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// What a click has no value for.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// What clicks are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    Class,
    Dimension(Dimension),
    /// By the tags that links have now.
    Tag,
}

/// What it means that a click has no value.
pub(crate) fn without_value(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Referrer => "(direct)",
        Dimension::Destination => "(default)",
        _ => UNKNOWN,
    }
}
