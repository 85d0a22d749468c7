//! The names in the roll-ups of clicks, which the consumer writes and the origin reads. Does not count.

use uuid::Uuid;

/// Stands for all links together; no link has it, and it sorts last, so that the rows which every consumer wants are locked last.
pub const ALL_LINKS: Uuid = Uuid::max();
/// The value of what there is no room for.
pub const OTHER: &str = "(other)";

/// What clicks are counted by, besides their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Every click, under one empty value.
    Total,
    Country,
    Referrer,
    Browser,
    Os,
    Device,
    Language,
    Destination,
    Tier,
    /// Of all links only: a link has one.
    Domain,
    /// Visits to names without a link, which are no clicks; of all links only, and without a class.
    Orphan,
}

impl Dimension {
    /// What a client may group clicks by.
    pub const GROUPS: [Self; 9] = [
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
            Self::Total => "total",
            Self::Country => "country",
            Self::Referrer => "referrer",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Device => "device",
            Self::Language => "language",
            Self::Destination => "destination",
            Self::Tier => "tier",
            Self::Domain => "domain",
            Self::Orphan => "orphan",
        }
    }

    /// Whether the values are whatever visitors send, or a short list of ours.
    pub fn is_open(self) -> bool {
        match self {
            Self::Total | Self::Browser | Self::Os | Self::Device | Self::Tier => false,
            Self::Country | Self::Referrer | Self::Language => true,
            Self::Destination | Self::Domain | Self::Orphan => true,
        }
    }
}
