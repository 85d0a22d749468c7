//! The rules of a link: conditions on a visit, and the destination of visits that meet them. The first matching rule wins.
//! Does not decide which rules a client may write.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::names::app_url::{AppUrl, NotAStoredAppUrl};
use crate::names::destination::{Destination, NotAStoredDestination, is_web};
use crate::record::user_agent::{Device, OperatingSystem};
use crate::time::UnixMillis;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RuleFields")]
pub struct Rule {
    #[serde(rename = "if", default, skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
    #[serde(flatten)]
    pub target: RuleTarget,
}

/// The JSON of a [`Rule`] as it is deserialised: serde's code for a flattened enum would enlarge the edge's bundle.
#[derive(Deserialize)]
struct RuleFields {
    #[serde(rename = "if", default)]
    conditions: Conditions,
    url: Option<String>,
    split: Option<Vec<Branch>>,
}

#[derive(Debug, Error)]
enum NotAStoredRule {
    #[error("a rule needs either a url or a split")]
    Target,
    #[error(transparent)]
    Url(#[from] NotAStoredDestination),
    #[error(transparent)]
    App(#[from] NotAStoredAppUrl),
}

impl TryFrom<RuleFields> for Rule {
    type Error = NotAStoredRule;

    fn try_from(RuleFields { conditions, url, split }: RuleFields) -> Result<Self, NotAStoredRule> {
        let target = match (url, split) {
            (Some(url), None) if is_web(&url) => RuleTarget::Url(url.try_into()?),
            (Some(url), None) => RuleTarget::App(url.try_into()?),
            (None, Some(branches)) => RuleTarget::Split(branches),
            (Some(_), Some(_)) | (None, None) => return Err(NotAStoredRule::Target),
        };
        Ok(Self { conditions, target })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTarget {
    Url(Destination),
    /// Opens an app. Like a destination, it is the rule's `url`.
    #[serde(rename = "url")]
    App(AppUrl),
    /// Visitors are divided by weight; one visitor stays with one branch for the day.
    Split(Vec<Branch>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// The branch's share of the sum of all weights; at least 1.
    pub weight: u16,
    pub url: Destination,
}

/// All given conditions must hold. One value of a list is enough, and an empty list always holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub country: Vec<Country>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<Device>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<OperatingSystem>,
    /// Compared with the visitor's preferred language. In a record, the list contains every spelling of the rule's languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub language: Vec<Language>,
    /// Names of query parameters, and the values that each may have. Without values any one will do; to releases that do not know
    /// this, the condition never holds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<UnixMillis>,
}

impl Conditions {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A country in ISO 3166-1 alpha-2, or one of Cloudflare's own codes such as `T1` for Tor: two letters or digits, in capitals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(String);

/// A language range: the first subtags of a language tag (RFC 5646) in lower case, such as `de` or `pt-br`. In a record it may end in
/// exceptions: `zh~hk~tw` matches `zh`, and Chinese tags whose next subtag is neither a script nor one of these regions. The origin
/// translates a rule's languages into these terms, so that the edge only compares text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a country of two letters such as DE (ISO 3166-1)")]
pub struct NotACountry;

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a language such as de or pt-BR (RFC 5646)")]
pub struct NotALanguage;

impl Country {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Self, NotACountry> {
        let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_ascii_uppercase())).ok_or(NotACountry)
    }
}

impl Language {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the range matches the tag. A range also matches longer tags.
    pub fn covers(&self, preferred: &str) -> bool {
        let (range, exceptions) = self
            .0
            .split_once(EXCEPTION)
            .map_or((&*self.0, None), |(range, exceptions)| (range, Some(exceptions)));
        let is_prefix = preferred.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range));
        let (true, Some(rest)) = (is_prefix, preferred.get(range.len()..)) else { return false };
        let (Some(exceptions), false) = (exceptions, rest.is_empty()) else {
            return rest.is_empty() || rest.starts_with('-');
        };
        let Some(rest) = rest.strip_prefix('-') else { return false };
        let next = rest.split('-').next().unwrap_or_default();
        !is_script(next) && !exceptions.split(EXCEPTION).any(|exception| exception.eq_ignore_ascii_case(next))
    }
}

const EXCEPTION: char = '~';

/// Four letters (RFC 5646, section 2.2.3).
fn is_script(subtag: &str) -> bool {
    subtag.len() == 4 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_range(text: &str) -> bool {
    text.len() <= MAX_RANGE_BYTES
        && text.split('-').enumerate().all(|(position, subtag)| {
            let lengths = if position == 0 { 2..=8 } else { 1..=8 };
            lengths.contains(&subtag.len())
                && subtag
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || position > 0 && byte.is_ascii_digit())
        })
}

/// RFC 5646, section 4.4.1.
const MAX_RANGE_BYTES: usize = 35;
/// There are fewer regions than this.
const MAX_EXCEPTIONS: usize = 300;

impl FromStr for Language {
    type Err = NotALanguage;

    fn from_str(text: &str) -> Result<Self, NotALanguage> {
        let (range, exceptions) = text.split_once(EXCEPTION).unwrap_or((text, ""));
        let mut exceptions = exceptions.split(EXCEPTION);
        let fits = is_range(range)
            && exceptions.clone().count() <= MAX_EXCEPTIONS
            && exceptions.all(|exception| exception.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        fits.then(|| Self(text.to_ascii_lowercase())).ok_or(NotALanguage)
    }
}

macro_rules! as_text {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

as_text!(Country, NotACountry);
as_text!(Language, NotALanguage);
