//! What may be asked of the clicks, and how a time zone divides them. Pure but for [`answer`], which asks the databases.

pub(crate) mod answer;
pub(crate) mod calendar;
pub(crate) mod memory;
pub(crate) mod request;

/// Clicks are counted per quarter of an hour (UTC); no answer but that by the minute can be finer.
pub const QUARTER_MILLIS: i64 = 15 * 60 * 1_000;
pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// What a click has no value for, and what there was no room for.
pub(crate) const UNKNOWN: &str = "(unknown)";
pub(crate) const OTHER: &str = "(other)";

/// What clicks are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupBy {
    Class,
    /// One of the consumer's dimensions.
    Dimension(Dimension),
    /// By the tags that links have now.
    Tag,
}

/// As the consumer writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Country,
    Referrer,
    Browser,
    Os,
    Device,
    Language,
    Destination,
    Tier,
    Domain,
}

impl Dimension {
    pub const ALL: [Self; 9] = [
        Self::Country,
        Self::Referrer,
        Self::Browser,
        Self::Os,
        Self::Device,
        Self::Language,
        Self::Destination,
        Self::Tier,
        Self::Domain,
    ];

    /// As in the tables and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Referrer => "referrer",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Device => "device",
            Self::Language => "language",
            Self::Destination => "destination",
            Self::Tier => "tier",
            Self::Domain => "domain",
        }
    }

    /// What it means that a click has no value.
    pub(crate) fn without_value(self) -> &'static str {
        match self {
            Self::Referrer => "(direct)",
            Self::Destination => "(default)",
            _ => UNKNOWN,
        }
    }
}
