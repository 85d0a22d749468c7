//! A link's rules: conditions on the visit, and where a visit that meets them is sent. The first rule that matches
//! wins. Does not decide which rules a client may write.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::destination::Destination;
use crate::time::UnixMillis;
use crate::user_agent::{Device, OperatingSystem};
use crate::visit::Visit;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Rule {
    #[serde(rename = "if", default, skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
    #[serde(flatten)]
    pub target: RuleTarget,
}

/// As it is read: what serde needs for a flattened enum would weigh on the edge's bundle.
#[derive(Deserialize)]
struct Fields {
    #[serde(rename = "if", default)]
    conditions: Conditions,
    url: Option<Destination>,
    split: Option<Vec<Branch>>,
}

#[derive(Debug, Error)]
#[error("a rule has either a url or a split")]
struct NoTarget;

impl TryFrom<Fields> for Rule {
    type Error = NoTarget;

    fn try_from(Fields { conditions, url, split }: Fields) -> Result<Self, NoTarget> {
        let target = match (url, split) {
            (Some(url), None) => RuleTarget::Url(url),
            (None, Some(branches)) => RuleTarget::Split(branches),
            (Some(_), Some(_)) | (None, None) => return Err(NoTarget),
        };
        Ok(Self { conditions, target })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTarget {
    Url(Destination),
    /// Visitors are divided by weight; one visitor stays with one branch for the day.
    Split(Vec<Branch>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// A share of the sum of all weights; at least 1.
    pub weight: u16,
    pub url: Destination,
}

/// All that are given must hold; of a list, one value is enough. An empty list asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub country: Vec<Country>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<Device>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<OperatingSystem>,
    /// Of the language that the browser likes best. In a record, every spelling of what the rule says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub language: Vec<Language>,
    /// The parameter's name and the values that it may have.
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

    pub fn hold(&self, visit: &Visit<'_>, now: UnixMillis) -> bool {
        let agent = visit.user_agent.unwrap_or_default();
        asks_nothing_or(&self.country, |country| visit.country == Some(country.as_str()))
            && asks_nothing_or(&self.device, |device| *device == Device::of(agent))
            && asks_nothing_or(&self.os, |os| Some(*os) == OperatingSystem::of(agent))
            && asks_nothing_or(&self.language, |language| {
                visit.preferred_language().is_some_and(|preferred| language.covers(preferred))
            })
            && self.query.iter().all(|(name, values)| {
                visit
                    .parameters()
                    .any(|(given, value)| given == *name && values.iter().any(|one| *one == value))
            })
            && self.after.is_none_or(|after| now >= after)
            && self.before.is_none_or(|before| now < before)
    }
}

fn asks_nothing_or<T>(wanted: &[T], matches: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

/// ISO 3166-1 alpha-2 in capitals, or one of Cloudflare's own such as `T1` for Tor: two letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(String);

/// A language tag's first subtags (RFC 5646), in lower case: `de`, `pt-br`. In a record one may end in exceptions: `zh~hk~tw` is
/// Chinese whose tag goes on with no script, and with none of these regions. What a rule means in such terms the origin works
/// out, so that the edge only compares.
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

    /// A longer tag is a special case of a shorter one.
    fn covers(&self, preferred: &str) -> bool {
        let (range, exceptions) = self
            .0
            .split_once(EXCEPTION)
            .map_or((&*self.0, None), |(range, exceptions)| (range, Some(exceptions)));
        let starts_so = preferred.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range));
        let (true, Some(rest)) = (starts_so, preferred.get(range.len()..)) else { return false };
        let (Some(exceptions), false) = (exceptions, rest.is_empty()) else {
            return rest.is_empty() || rest.starts_with('-');
        };
        let Some(rest) = rest.strip_prefix('-') else { return false };
        let next = rest.split('-').next().unwrap_or_default();
        !is_script(next) && !exceptions.split(EXCEPTION).any(|exception| exception.eq_ignore_ascii_case(next))
    }
}

const EXCEPTION: char = '~';

/// RFC 5646, section 2.2.3.
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
/// All regions there are would not be more.
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
