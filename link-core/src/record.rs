//! The link record: the JSON that the edge fetches, caches and decides by. Does not hold what only the API shows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::code::Code;
use crate::destination::Destination;
use crate::domain::Domain;
use crate::time::UnixMillis;

/// A link's name for ever, in the API and in its clicks.
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

/// Drawn from one counter for all links, so that of two records of a name the higher revision is the newer, through
/// deletion and re-creation too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

/// The redirects of RFC 9110, section 15.4, that a link may answer with.
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    pub id: LinkId,
    pub domain: Domain,
    pub code: Code,
    pub revision: Revision,
    pub url: Destination,
    pub status: RedirectStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
}

/// The origin's answer to "what is behind this name?". An answer that is not one of these (a proxy's 404, say) is an
/// origin in trouble and must never be cached as "no such link".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Resolution {
    Found { record: LinkRecord },
    NotFound,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record() -> LinkRecord {
        LinkRecord {
            id: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
            domain: "go.example.com".parse().unwrap(),
            code: "00Aa9Zz".parse().unwrap(),
            revision: Revision(42),
            url: String::from("https://example.com/landing?utm_source=poster").try_into().unwrap(),
            status: RedirectStatus::Found,
            expires_at: None,
        }
    }

    #[test]
    fn the_origins_answers_keep_their_form() {
        let expiring = LinkRecord { expires_at: Some(UnixMillis(1_795_478_400_000)), ..record() };
        insta::assert_json_snapshot!([
            Resolution::Found { record: record() },
            Resolution::Found { record: expiring },
            Resolution::NotFound
        ]);
    }

    #[test]
    fn an_answer_survives_the_way_through_json() {
        for resolution in [Resolution::Found { record: record() }, Resolution::NotFound] {
            let json = serde_json::to_string(&resolution).unwrap();
            assert_eq!(serde_json::from_str::<Resolution>(&json).unwrap(), resolution);
        }
    }

    #[test]
    fn a_record_with_a_hostile_location_is_not_read() {
        let json = serde_json::to_string(&record()).unwrap();
        assert!(
            serde_json::from_str::<LinkRecord>(&json.replace("https://example.com", "javascript:")).is_err()
        );
        assert!(serde_json::from_str::<LinkRecord>(&json.replace("302", "200")).is_err());
    }
}
