//! The dimensions and names in the roll-ups of clicks, which the consumer writes and the origin reads.

use uuid::Uuid;

/// The id of the totals over all links. No link has this id, and it sorts last, so that consumers lock the rows they all share last.
pub const ALL_LINKS: Uuid = Uuid::max();
/// The class of clicks that another shortener counted by day, without their visits. No rule gives it.
pub const IMPORTED_CLASS: &str = "imported";
/// Replaces values above the cardinality limit.
pub const OTHER: &str = "(other)";
/// Separates a stored value from its detail. No value has control characters.
pub const DETAIL: char = '\t';

/// The attribute that clicks are grouped by, besides their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Counts every click, under one empty value.
    Total,
    Country,
    /// ISO 3166-2, such as `US-TX`.
    Region,
    /// With its region, or else its country, since many cities have one name: `Austin, US-TX`.
    City,
    Referrer,
    Browser,
    /// With the browser: `Firefox 145`.
    BrowserVersion,
    Os,
    /// With the system: `iOS 18.6`.
    OsVersion,
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
    pub const GROUPS: [Self; 18] = [
        Self::Country,
        Self::Region,
        Self::City,
        Self::Referrer,
        Self::Browser,
        Self::BrowserVersion,
        Self::Os,
        Self::OsVersion,
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
    pub const FILTERS: [Self; 17] = [
        Self::Country,
        Self::Region,
        Self::City,
        Self::Referrer,
        Self::Browser,
        Self::BrowserVersion,
        Self::Os,
        Self::OsVersion,
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
            Self::Region => "region",
            Self::City => "city",
            Self::Referrer => "referrer",
            Self::Browser => "browser",
            Self::BrowserVersion => "browser_version",
            Self::Os => "os",
            Self::OsVersion => "os_version",
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

    /// The dimension whose rows count this one too. A browser's version is a detail of its row, and so costs a click no further one.
    pub fn stored_in(self) -> Self {
        match self {
            Self::City => Self::Region,
            Self::BrowserVersion => Self::Browser,
            Self::OsVersion => Self::Os,
            other => other,
        }
    }

    /// Whether a stored value may have a detail, behind [`DETAIL`]. What has the detail comes from a list that is fixed.
    pub fn has_details(self) -> bool {
        matches!(self, Self::Region | Self::Browser | Self::Os)
    }

    /// What a stored value of [`Self::stored_in`] is for this dimension.
    pub fn shown_value(self, stored: &str) -> Option<String> {
        let (value, detail) = stored.split_once(DETAIL).unzip();
        let value = value.unwrap_or(stored);
        match self {
            Self::City => Some([detail?, ", ", value].concat()),
            Self::BrowserVersion | Self::OsVersion => Some([value, " ", detail?].concat()),
            Self::Browser | Self::Os => Some(value.to_owned()),
            // A city may have a country only.
            Self::Region => value.contains('-').then(|| value.to_owned()),
            _ => Some(stored.to_owned()),
        }
    }

    /// The reverse of [`Self::shown_value`].
    pub fn stored_value(self, shown: &str) -> String {
        let (value, detail) = match self {
            Self::City => shown.rsplit_once(", ").map(|(city, place)| (place, city)).unwrap_or_default(),
            Self::BrowserVersion | Self::OsVersion => shown.rsplit_once(' ').unwrap_or_default(),
            _ => return shown.to_owned(),
        };
        with_detail(value, Some(detail))
    }

    /// Whether visitors or editors determine the values or their details. Otherwise they come from a short fixed list.
    pub fn is_open(self) -> bool {
        match self {
            Self::Total | Self::Device | Self::Tier => false,
            // They have no rows.
            Self::City | Self::BrowserVersion | Self::OsVersion => false,
            Self::Country | Self::Region | Self::Browser | Self::Os => true,
            Self::Referrer | Self::Language => true,
            Self::UtmSource | Self::UtmMedium | Self::UtmCampaign | Self::UtmTerm | Self::UtmContent => true,
            Self::Destination | Self::Domain | Self::Orphan => true,
        }
    }
}

/// `Firefox\t145`.
pub fn with_detail(value: &str, detail: Option<&str>) -> String {
    let mut stored = value.to_owned();
    if let Some(detail) = detail {
        stored.push(DETAIL);
        stored.push_str(detail);
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_counts_a_value_and_its_detail() {
        use Dimension::{Browser, BrowserVersion, City, Country, Os, OsVersion, Region};
        for (dimension, stored, shown) in [
            (Browser, "Samsung Internet\t28", Some("Samsung Internet")),
            (Browser, "Firefox", Some("Firefox")),
            (BrowserVersion, "Samsung Internet\t28", Some("Samsung Internet 28")),
            (BrowserVersion, "Firefox", None),
            (Os, "iOS\t18.6", Some("iOS")),
            (OsVersion, "iOS\t18.6", Some("iOS 18.6")),
            (Region, "US-TX\tAustin", Some("US-TX")),
            (Region, "US-TX", Some("US-TX")),
            (Region, "FR\tParis", None),
            (City, "US-DC\tWashington, D.C.", Some("Washington, D.C., US-DC")),
            (City, "FR\tParis", Some("Paris, FR")),
            (City, "US-TX", None),
            (Country, "US", Some("US")),
        ] {
            assert_eq!(dimension.shown_value(stored).as_deref(), shown, "{dimension:?} {stored}");
            if let Some(shown) = shown.filter(|_| !dimension.has_details()) {
                assert_eq!(dimension.stored_value(shown), stored);
            }
        }
    }

    #[test]
    fn filter_without_its_detail_matches_no_row() {
        for dimension in [Dimension::City, Dimension::BrowserVersion, Dimension::OsVersion] {
            assert_eq!(dimension.stored_value("Firefox"), "\t");
        }
    }

    #[test]
    fn only_dimensions_with_rows_have_details() {
        for dimension in Dimension::GROUPS {
            let stored_in = dimension.stored_in();
            assert!(
                stored_in == dimension || stored_in.has_details() && !dimension.is_open(),
                "{dimension:?}"
            );
        }
    }
}
