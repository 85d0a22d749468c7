//! The click batch: the clicks and accounting fields that one SQS message carries from a producer to the consumer.
//!
//! The consumer reads every version that was ever sent: a change adds a version and keeps the fixture of the old one.

mod encoding;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::Date;
use uuid::Uuid;

use crate::record::{LinkId, RedirectStatus};
use crate::time::UnixMillis;
use crate::trace_context::{self, TraceContext};
pub use encoding::{seal, truncated};

/// Of batches from visitors.
pub const VERSION: u32 = 3;
/// Of an import's batches, whose clicks have the tier `imported`. A consumer that does not know it sends them to the dead-letter queue,
/// instead of forgetting them after [`BATCHES_KEPT_DAYS`] like others.
pub const IMPORT_VERSION: u32 = 4;
pub const MAX_USER_AGENT_BYTES: usize = 512;
pub const MAX_REFERRER_BYTES: usize = 1_024;
/// Longer than the names of cities, but for a few that are sentences.
pub const MAX_CITY_BYTES: usize = 64;
/// Longer than any language tag in use.
pub const MAX_LANGUAGE_BYTES: usize = 16;
/// Long enough to distinguish the destinations of one link.
pub const MAX_DESTINATION_BYTES: usize = 512;
/// The most orphan names in one batch. Visits to further names are only counted in total.
pub const MAX_ORPHAN_NAMES: usize = 32;
pub const MAX_ORPHAN_NAME_CHARACTERS: usize = 64;
/// How many days the numbers of stored batches are kept; those of imports are kept forever. A message lives for at most twice 14 days, in the queue and then in the
/// dead-letter queue (SQS quotas). After that a batch can arrive again only if somebody resends a dead letter, which restarts its
/// time.
pub const BATCHES_KEPT_DAYS: i32 = 35;
/// How many days the order of storing is kept, by which clicks are followed. No longer than `RAW_CLICK_DAYS` may be short: a cursor must
/// not pass over deleted clicks in silence.
pub const CLICK_ORDER_KEPT_DAYS: i32 = 30;
/// The names of the SQS message attributes that repeat the accounting fields, so that these survive an unreadable body.
pub const PRODUCER_ATTRIBUTE: &str = "producer";
pub const BATCH_ATTRIBUTE: &str = "batch";
pub const CLICKS_ATTRIBUTE: &str = "clicks";
pub const PRODUCED_ATTRIBUTE: &str = "produced";

/// 128 random bits that identify one producer of clicks: an isolate or an origin process. Or the id of an import.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Producer(#[serde(with = "uuid::serde::simple")] pub Uuid);

impl fmt::Display for Producer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(formatter)
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Producer({self})")
    }
}

impl FromStr for Producer {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Where the record for a response came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheTier {
    Memory,
    Colo,
    Origin,
    Stale,
    /// Workers KV, because the origin could not answer.
    Replica,
    /// A cached "no such link"; never part of a click.
    Negative,
    /// Another shortener answered, and its visit was imported. Only in batches of [`IMPORT_VERSION`].
    Imported,
}

impl CacheTier {
    /// The name in `X-Shortline-Cache` and in the click.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Colo => "colo",
            Self::Origin => "origin",
            Self::Stale => "stale",
            Self::Replica => "replica",
            Self::Negative => "negative",
            Self::Imported => "imported",
        }
    }
}

/// The purpose that a client states when nobody follows the link right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Prefetch,
    Preview,
}

impl Purpose {
    /// The purpose in the values of `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz`. The first is the standard header; older
    /// browsers sent the others, and messengers still do.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut tokens = values.into_iter().flat_map(|value| value.split([';', ',']).map(str::trim));
        tokens.find_map(|token| {
            if token.eq_ignore_ascii_case("prefetch") || token.eq_ignore_ascii_case("prerender") {
                Some(Self::Prefetch)
            } else if token.eq_ignore_ascii_case("preview") {
                Some(Self::Preview)
            } else {
                None
            }
        })
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefetch => "prefetch",
            Self::Preview => "preview",
        }
    }
}

/// The hash of a visitor for one UTC day; see the edge's `visitor_key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitorHash(#[serde(with = "uuid::serde::simple")] pub Uuid);

/// One request that was answered with a redirect. Contains no IP address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    pub time: UnixMillis,
    pub link: LinkId,
    pub status: RedirectStatus,
    pub tier: CacheTier,
    #[serde(default, skip_serializing_if = "is_false")]
    pub head: bool,
    /// `request` before version 3.
    #[serde(alias = "request")]
    pub request_id: String,
    /// ISO 3166-1 alpha-2, as Cloudflare reported it to the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2, such as `US-TX`. Like `city`, as Cloudflare reported it to the edge, and optional in version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// `agent` before version 3.
    #[serde(default, alias = "agent", skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    // The following fields exist since version 2.
    /// The domain of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The number of the autonomous system that the request came from; `network` before version 3.
    #[serde(default, alias = "network", skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// The preferred language in `Accept-Language`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The destination that a rule chose; absent if the link led to its own destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorHash>,
    /// The `utm_…` parameters, as in a query; see [`crate::clicks::utm`]. Like the next field, it is optional in version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utm: Option<String>,
    /// The span that answered the request, if its trace is sampled. Producers have sent it since version 3; consumers that do not know
    /// it ignore it.
    #[serde(
        default,
        rename = "traceparent",
        deserialize_with = "trace_context::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub trace: Option<TraceContext>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires this signature")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// SQS did not accept the batch within the time that the platform allows.
    QueueUnavailable,
    /// SQS answered 4xx, and would refuse the same bytes again.
    QueueRefused,
    /// The producer had no room for more unsent batches.
    BufferFull,
}

impl DropReason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueUnavailable => "queue_unavailable",
            Self::QueueRefused => "queue_refused",
            Self::BufferFull => "buffer_full",
        }
    }
}

/// A batch that its producer gave up. If the batch arrives nevertheless, it counts as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedBatch {
    pub batch: u32,
    pub clicks: u32,
    pub reason: DropReason,
}

/// Visits to a name without a link. They are not part of click accounting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanName {
    /// Domain and path, truncated to [`MAX_ORPHAN_NAME_CHARACTERS`].
    pub name: String,
    pub visits: u32,
}

/// The visits to names without a link since the producer's previous batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanVisits {
    pub names: Vec<OrphanName>,
    /// Visits to names beyond [`MAX_ORPHAN_NAMES`].
    #[serde(default)]
    pub others: u32,
}

impl OrphanVisits {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.others == 0
    }
}

/// The accounting fields of a batch: everything in a message except its clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchHead {
    pub version: u32,
    /// UTC day of the first click, or on which the import began. Day, producer and batch number together identify the batch permanently.
    #[serde(with = "iso_date")]
    pub day: Date,
    pub producer: Producer,
    /// The number of the batch, counted by its producer from 1.
    pub batch: u32,
    /// The producer's total of clicks, including this batch.
    pub produced: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<DroppedBatch>,
    /// Exists since version 2; `orphans` before version 3.
    #[serde(default, alias = "orphans", skip_serializing_if = "OrphanVisits::is_empty")]
    pub orphan_visits: OrphanVisits,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickBatch {
    #[serde(flatten)]
    pub head: BatchHead,
    pub clicks: Vec<Click>,
}

#[derive(Debug, Error)]
pub enum UnreadableBatch {
    #[error("version {0} is newer than {IMPORT_VERSION}, the newest this consumer knows")]
    UnknownVersion(u64),
    #[error("not a click batch: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl ClickBatch {
    pub fn decode(body: &str) -> Result<Self, UnreadableBatch> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        match serde_json::from_str::<Versioned>(body)?.version {
            // New versions only added optional fields and values, or renamed fields.
            version if (1..=u64::from(IMPORT_VERSION)).contains(&version) => Ok(serde_json::from_str(body)?),
            version => Err(UnreadableBatch::UnknownVersion(version)),
        }
    }
}

mod iso_date {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use time::Date;
    use time::format_description::BorrowedFormatItem;
    use time::macros::format_description;

    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

    pub(super) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        Date::parse(&text, FORMAT).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
