//! The link record: the JSON that the edge fetches, caches and decides by. Does not contain fields that only the API shows.

pub mod domain;
pub mod preview;
pub mod rules;
pub mod user_agent;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::names::destination::Destination;
use crate::names::domain::Domain;
use crate::names::slug::Slug;
use crate::record::preview::PreviewText;
use crate::record::rules::Rule;
use crate::time::UnixMillis;

/// The permanent id of a link, in the API and in its clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(pub Uuid);

impl fmt::Display for LinkId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for LinkId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// A number from one counter for all links. The record of a name with the higher revision is newer, even if the link was deleted and
/// created again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

/// The status of a link's redirect (RFC 9110, section 15.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum RedirectStatus {
    MovedPermanently,
    #[default]
    Found,
    TemporaryRedirect,
    PermanentRedirect,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be one of 301, 302, 307 and 308")]
pub struct NotARedirect;

impl TryFrom<u16> for RedirectStatus {
    type Error = NotARedirect;

    fn try_from(status: u16) -> Result<Self, NotARedirect> {
        match status {
            301 => Ok(Self::MovedPermanently),
            302 => Ok(Self::Found),
            307 => Ok(Self::TemporaryRedirect),
            308 => Ok(Self::PermanentRedirect),
            _ => Err(NotARedirect),
        }
    }
}

impl RedirectStatus {
    /// Whether the client repeats method and body at the destination (RFC 9110, sections 15.4.8 and 15.4.9).
    pub fn keeps_method(self) -> bool {
        matches!(self, Self::TemporaryRedirect | Self::PermanentRedirect)
    }
}

impl From<RedirectStatus> for u16 {
    fn from(status: RedirectStatus) -> Self {
        match status {
            RedirectStatus::MovedPermanently => 301,
            RedirectStatus::Found => 302,
            RedirectStatus::TemporaryRedirect => 307,
            RedirectStatus::PermanentRedirect => 308,
        }
    }
}

/// Whether a link may be followed at all. Its start and expiry are checked separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    #[default]
    Active,
    /// The owner or the operator disabled the link.
    Disabled,
    /// The link has reached its maximum of clicks.
    Exhausted,
}

impl LinkState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Exhausted => "exhausted",
        }
    }
}

/// An opaque value that changes with the password. An unlock cookie is bound to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordMark(pub String);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    pub id: LinkId,
    pub domain: Domain,
    pub code: Slug,
    pub revision: Revision,
    pub url: Destination,
    pub status: RedirectStatus,
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: LinkState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<UnixMillis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// Where visitors go once the link has expired or is exhausted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_url: Option<Destination>,
    /// The link has a maximum of clicks, and its gate may open or close at any time, so caches keep the record for a shorter time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limited: bool,
    /// The link has a maximum of clicks, and each visit must ask the origin first; see [`crate::redirect::gate`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub gated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordMark>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub forward_query: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub forward_path: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<PreviewText>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The origin's answer to a lookup of a name. Anything else, such as a proxy's 404, is a failure of the origin and must never be
/// cached as "no such link".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", try_from = "ResolutionFields")]
pub enum Resolution {
    Found {
        record: LinkRecord,
    },
    /// The link was deleted. Records with a lower revision are outdated.
    Deleted {
        revision: Revision,
    },
    /// A document of a domain; see [`domain::DomainDocument`]. Its text is parsed where it is used, so that caches need not know it.
    Document {
        revision: Revision,
        document: String,
    },
    NotFound,
}

/// The JSON of a [`Resolution`] as it is deserialised. For a tagged enum, serde buffers the whole value until it knows the tag, which
/// would slow down every hit in the colo cache and enlarge the edge's bundle.
#[derive(Deserialize)]
struct ResolutionFields {
    outcome: ResolutionTag,
    record: Option<LinkRecord>,
    revision: Option<Revision>,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResolutionTag {
    Found,
    Deleted,
    Document,
    NotFound,
}

#[derive(Debug, Error)]
#[error("outcome `found` needs a record, `deleted` a revision, and `document` a revision and a text")]
struct IncompleteResolution;

impl TryFrom<ResolutionFields> for Resolution {
    type Error = IncompleteResolution;

    fn try_from(fields: ResolutionFields) -> Result<Self, IncompleteResolution> {
        match fields {
            ResolutionFields { outcome: ResolutionTag::Found, record: Some(record), .. } => {
                Ok(Self::Found { record })
            }
            ResolutionFields { outcome: ResolutionTag::Deleted, revision: Some(revision), .. } => {
                Ok(Self::Deleted { revision })
            }
            ResolutionFields {
                outcome: ResolutionTag::Document,
                revision: Some(revision),
                document: Some(document),
                ..
            } => Ok(Self::Document { revision, document }),
            ResolutionFields { outcome: ResolutionTag::NotFound, .. } => Ok(Self::NotFound),
            ResolutionFields {
                outcome: ResolutionTag::Found | ResolutionTag::Deleted | ResolutionTag::Document,
                ..
            } => Err(IncompleteResolution),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::preview::LinkPreview;
    use crate::record::rules::{Branch, Conditions, RuleTarget};
    use crate::record::user_agent::{Device, OperatingSystem};
    use crate::test_util;

    pub(crate) fn record() -> LinkRecord {
        LinkRecord {
            code: "00Aa9Zz".parse().unwrap(),
            revision: Revision(42),
            ..test_util::record("https://example.com/landing?utm_source=poster")
        }
    }

    pub(crate) fn destination(url: &str) -> Destination {
        url.to_owned().try_into().unwrap()
    }

    fn record_with_everything() -> LinkRecord {
        LinkRecord {
            code: "sommer/grüße".parse().unwrap(),
            state: LinkState::Exhausted,
            starts_at: Some(UnixMillis(1_795_478_400_000)),
            expires_at: Some(UnixMillis(1_795_478_500_000)),
            expired_url: Some(destination("https://example.com/over")),
            limited: true,
            gated: true,
            password: Some(PasswordMark("9f86d081884c7d65".into())),
            forward_query: true,
            forward_path: true,
            rules: vec![
                Rule {
                    conditions: Conditions {
                        country: vec!["DE".parse().unwrap(), "AT".parse().unwrap()],
                        device: vec![Device::Mobile],
                        os: vec![OperatingSystem::Ios],
                        language: vec!["pt-BR".parse().unwrap()],
                        query: [("ref".into(), vec!["a".into(), "b".into()])].into(),
                        after: Some(UnixMillis(1)),
                        before: Some(UnixMillis(2)),
                    },
                    target: RuleTarget::Url(destination("https://example.com/de")),
                },
                Rule {
                    conditions: Conditions { os: vec![OperatingSystem::Ios], ..Conditions::default() },
                    target: RuleTarget::App("tel:+49123".to_owned().try_into().unwrap()),
                },
                Rule {
                    conditions: Conditions::default(),
                    target: RuleTarget::Split(vec![
                        Branch { weight: 3, url: destination("https://example.com/a") },
                        Branch { weight: 1, url: destination("https://example.com/b") },
                    ]),
                },
            ],
            preview: Some(PreviewText::of(&LinkPreview {
                title: Some("a & b".into()),
                ..LinkPreview::default()
            })),
            ..record()
        }
    }

    fn resolutions() -> [Resolution; 5] {
        [
            Resolution::Found { record: record() },
            Resolution::Found { record: record_with_everything() },
            Resolution::Deleted { revision: Revision(43) },
            Resolution::NotFound,
            Resolution::Document { revision: Revision(44), document: "robots=disallow".to_owned() },
        ]
    }

    #[test]
    fn resolution_format_is_unchanged() {
        insta::assert_json_snapshot!(resolutions());
    }

    #[test]
    fn resolution_round_trips_through_json() {
        for resolution in resolutions() {
            let json = serde_json::to_string(&resolution).unwrap();
            assert_eq!(serde_json::from_str::<Resolution>(&json).unwrap(), resolution);
        }
    }

    #[test]
    fn incomplete_resolution_is_refused() {
        for json in [
            r#"{"outcome":"found"}"#,
            r#"{"outcome":"deleted","record":null}"#,
            r#"{"outcome":"document","revision":1}"#,
            r#"{"outcome":"document","document":"{}"}"#,
            r#"{"outcome":"lost"}"#,
            r#"{"revision":1}"#,
        ] {
            assert!(serde_json::from_str::<Resolution>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn record_with_a_hostile_location_is_refused() {
        let json = serde_json::to_string(&record_with_everything()).unwrap();
        for (harmless, hostile) in [
            ("https://example.com/landing", "javascript:"),
            ("https://example.com/b", "data:text/html,"),
            ("https://example.com/b", "tel:+49123"),
            ("https://example.com/de", "javascript:alert(1)"),
            ("https://example.com/de", "JavaScript:alert(1)"),
            ("https://example.com/de", " javascript:alert(1)"),
            ("https://example.com/de", "java\\tscript:alert(1)"),
            ("https://example.com/de", "data:text/html,x"),
            ("https://example.com/de", "vbscript:x"),
            ("https://example.com/de", "file:///etc/passwd"),
            ("https://example.com/de", "blob:x"),
            ("https://example.com/de", "https:///x"),
            ("https://example.com/over", "//evil.test"),
            ("302", "200"),
        ] {
            assert!(json.contains(harmless));
            assert!(
                serde_json::from_str::<LinkRecord>(&json.replace(harmless, hostile)).is_err(),
                "{hostile}"
            );
        }
    }
}
