//! The dimensions and names in the roll-ups of clicks, which the consumer writes and the origin reads.

use uuid::Uuid;

/// The id of the totals over all links. No link has this id, and it sorts last, so that consumers lock the rows they all share last.
pub const ALL_LINKS: Uuid = Uuid::max();
/// The class of clicks that another shortener counted by day, without their visits. No rule gives it.
pub const IMPORTED_CLASS: &str = "imported";
/// Replaces values above the cardinality limit.
pub const OTHER: &str = "(other)";

/// The attribute that clicks are grouped by, besides their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Counts every click, under one empty value.
    Total,
    Country,
    Referrer,
    Browser,
    Os,
    Device,
    Language,
    Destination,
    Tier,
    /// The parameters of the visit, else those of the destination.
    UtmSource,
    UtmMedium,
    UtmCampaign,
    UtmTerm,
    UtmContent,
    /// Counted only for all links together, because one link has one domain.
    Domain,
    /// Visits to names without a link, which are not clicks. Counted only for all links together, and without a class.
    Orphan,
}

impl Dimension {
    /// The dimensions that a client may group clicks by.
    pub const GROUPS: [Self; 14] = [
        Self::Country,
        Self::Referrer,
        Self::Browser,
        Self::Os,
        Self::Device,
        Self::Language,
        Self::Destination,
        Self::Tier,
        Self::Domain,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmTerm,
        Self::UtmContent,
    ];

    pub const CAMPAIGN: [Self; 5] =
        [Self::UtmSource, Self::UtmMedium, Self::UtmCampaign, Self::UtmTerm, Self::UtmContent];

    /// The dimensions that a client may filter clicks by, also several of them.
    pub const FILTERS: [Self; 13] = [
        Self::Country,
        Self::Referrer,
        Self::Browser,
        Self::Os,
        Self::Device,
        Self::Language,
        Self::Destination,
        Self::Tier,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmTerm,
        Self::UtmContent,
    ];

    /// The name in the tables and in the API.
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
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmTerm => "utm_term",
            Self::UtmContent => "utm_content",
            Self::Domain => "domain",
            Self::Orphan => "orphan",
        }
    }

    /// Whether visitors or editors determine the values. Otherwise they come from a short fixed list.
    pub fn is_open(self) -> bool {
        match self {
            Self::Total | Self::Browser | Self::Os | Self::Device | Self::Tier => false,
            Self::Country | Self::Referrer | Self::Language => true,
            Self::UtmSource | Self::UtmMedium | Self::UtmCampaign | Self::UtmTerm | Self::UtmContent => true,
            Self::Destination | Self::Domain | Self::Orphan => true,
        }
    }
}
