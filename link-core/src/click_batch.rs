//! The click batch: what one SQS message carries from an isolate to the consumer, and its book-keeping fields.
//! Does not decide when a batch is sealed, nor how one is stored.
//!
//! A version once sent is understood for ever: a change adds a version and keeps the fixture of the old one.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::Date;
use uuid::Uuid;

use crate::record::{LinkId, RedirectStatus};
use crate::time::UnixMillis;

pub const VERSION: u32 = 2;
pub const MAX_AGENT_BYTES: usize = 512;
pub const MAX_REFERRER_BYTES: usize = 1_024;
/// Longer than any language tag in use.
pub const MAX_LANGUAGE_BYTES: usize = 16;
/// Enough to tell the destinations of one link apart.
pub const MAX_DESTINATION_BYTES: usize = 512;
/// Names of orphans in one batch; those beyond are counted in one number.
pub const MAX_ORPHAN_NAMES: usize = 32;
pub const MAX_ORPHAN_NAME_CHARACTERS: usize = 64;
/// Names of the SQS message attributes that repeat the book-keeping, so that it survives an unreadable body.
pub const PRODUCER_ATTRIBUTE: &str = "producer";
pub const BATCH_ATTRIBUTE: &str = "batch";
pub const CLICKS_ATTRIBUTE: &str = "clicks";
pub const PRODUCED_ATTRIBUTE: &str = "produced";

/// 128 random bits that name one isolate's books.
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

/// Where the record behind an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheTier {
    Memory,
    Colo,
    Origin,
    Stale,
    /// Workers KV, while the origin could not answer.
    Replica,
    /// A remembered "no such link"; never part of a click.
    Negative,
}

impl CacheTier {
    /// As in `X-Shortline-Cache` and in the click.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Colo => "colo",
            Self::Origin => "origin",
            Self::Stale => "stale",
            Self::Replica => "replica",
            Self::Negative => "negative",
        }
    }
}

/// What a client says that it asks for, where it is not a person who follows the link now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Prefetch,
    Preview,
}

impl Purpose {
    /// Of the values of `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz`: the first is the standard's, the others are what
    /// browsers sent before it and messengers still send.
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

    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefetch => "prefetch",
            Self::Preview => "preview",
        }
    }
}

/// A visitor's hash of one UTC day; see the edge's `visitor_key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitorHash(#[serde(with = "uuid::serde::simple")] pub Uuid);

/// One request that was answered with a redirect. Holds no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    pub time: UnixMillis,
    pub link: LinkId,
    pub status: RedirectStatus,
    pub tier: CacheTier,
    #[serde(default, skip_serializing_if = "is_false")]
    pub head: bool,
    pub request: String,
    /// ISO 3166-1 alpha-2, as the edge was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    // Since version 2.
    /// Of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Number of the autonomous system that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<u32>,
    /// The most wanted of `Accept-Language`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The destination that a rule chose; absent where the link led to its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorHash>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// SQS did not take the batch within the time the platform gives.
    QueueUnavailable,
    /// SQS answered 4xx: the same bytes would be refused again.
    QueueRefused,
    /// More batches were waiting to be sent than the isolate has room for.
    BufferFull,
}

impl DropReason {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueUnavailable => "queue_unavailable",
            Self::QueueRefused => "queue_refused",
            Self::BufferFull => "buffer_full",
        }
    }
}

/// A batch that its producer gave up. If it arrives after all, it counts as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedBatch {
    pub batch: u32,
    pub clicks: u32,
    pub reason: DropReason,
}

/// Visits to a name that no link has. Not part of the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Domain and path, cut at [`MAX_ORPHAN_NAME_CHARACTERS`].
    pub name: String,
    pub visits: u32,
}

/// Since the batch before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphans {
    pub names: Vec<Orphan>,
    /// Visits to names that there was no room for.
    #[serde(default)]
    pub others: u32,
}

impl Orphans {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.others == 0
    }
}

/// The books of a batch: everything in a message but its clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchHead {
    pub version: u32,
    /// UTC day of the first click; with producer and number the batch's identity for ever.
    #[serde(with = "iso_date")]
    pub day: Date,
    pub producer: Producer,
    /// The producer's running number, from 1.
    pub batch: u32,
    /// Clicks of this producer so far, this batch included.
    pub produced: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<DroppedBatch>,
    /// Since version 2.
    #[serde(default, skip_serializing_if = "Orphans::is_empty")]
    pub orphans: Orphans,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickBatch {
    #[serde(flatten)]
    pub head: BatchHead,
    pub clicks: Vec<Click>,
}

#[derive(Debug, Error)]
pub enum UnreadableBatch {
    #[error("version {0} is newer than {VERSION}, the newest this consumer knows")]
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
            // Each version only added fields that may be absent.
            version if (1..=u64::from(VERSION)).contains(&version) => Ok(serde_json::from_str(body)?),
            version => Err(UnreadableBatch::UnknownVersion(version)),
        }
    }
}

impl Click {
    /// The click as JSON in ASCII. Clicks are encoded one by one as they happen, so that a buffer knows its exact size.
    pub fn encode(&self) -> String {
        let mut json = Vec::with_capacity(384);
        let mut serializer = serde_json::Serializer::with_formatter(&mut json, AsciiFormatter);
        // Plain strings and numbers into memory: there is nothing that could fail.
        let _ = self.serialize(&mut serializer);
        String::from_utf8(json).unwrap_or_default()
    }
}

/// A message body: the books, and clicks that [`Click::encode`] made, separated by commas.
pub fn seal(head: &BatchHead, encoded_clicks: &str) -> String {
    let mut body = serde_json::to_string(head).unwrap_or_default();
    body.pop();
    body.reserve(encoded_clicks.len() + 16);
    body.push_str(",\"clicks\":[");
    body.push_str(encoded_clicks);
    body.push_str("]}");
    body
}

/// What a visitor sent, made fit to travel: no control characters and no Unicode non-characters (SQS refuses or alters
/// them, Postgres refuses NUL), and at most `max_bytes` of UTF-8. `None` where nothing is left.
pub fn bounded(text: &str, max_bytes: usize) -> Option<String> {
    // As nearly all is; it happens for every click.
    if (1..=max_bytes).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Some(text.to_owned());
    }
    let mut kept = String::with_capacity(text.len().min(max_bytes));
    for character in text.chars().filter(|character| travels(*character)) {
        if kept.len() + character.len_utf8() > max_bytes {
            break;
        }
        kept.push(character);
    }
    (!kept.is_empty()).then_some(kept)
}

fn travels(character: char) -> bool {
    let scalar = u32::from(character);
    let non_character = (0xFDD0..=0xFDEF).contains(&scalar) || scalar & 0xFFFE == 0xFFFE;
    !character.is_control() && !non_character
}

/// Escapes everything beyond ASCII, so that no hop has a say in the encoding.
struct AsciiFormatter;

impl serde_json::ser::Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0u16; 2];
        for character in fragment.chars() {
            if character.is_ascii() {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn click() -> Click {
        Click {
            time: UnixMillis(1_795_478_399_999),
            link: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
            status: RedirectStatus::Found,
            tier: CacheTier::Memory,
            head: false,
            request: "5f3a-1".into(),
            country: Some("DE".into()),
            agent: Some("Mozilla/5.0 (X11; Linux x86_64)".into()),
            referrer: Some("https://news.example/ü".into()),
            domain: None,
            purpose: None,
            network: None,
            language: None,
            destination: None,
            visitor: None,
        }
    }

    /// With everything that version 2 added.
    fn full_click() -> Click {
        Click {
            domain: Some("go.example.com".into()),
            purpose: Some(Purpose::Prefetch),
            network: Some(64_496),
            language: Some("pt-BR".into()),
            destination: Some("https://example.com/br".into()),
            visitor: Some(VisitorHash("f0e0d0c0b0a090807060504030201000".parse().unwrap())),
            ..click()
        }
    }

    fn head() -> BatchHead {
        BatchHead {
            version: VERSION,
            day: click().time.day(),
            producer: "000102030405060708090a0b0c0d0e0f".parse().unwrap(),
            batch: 2,
            produced: 17,
            dropped: vec![DroppedBatch { batch: 1, clicks: 15, reason: DropReason::QueueUnavailable }],
            orphans: Orphans::default(),
        }
    }

    fn full_head() -> BatchHead {
        let names = vec![Orphan { name: "go.example.com/poster".into(), visits: 3 }];
        BatchHead { orphans: Orphans { names, others: 7 }, ..head() }
    }

    fn bare_click() -> Click {
        Click { head: true, tier: CacheTier::Stale, country: None, agent: None, referrer: None, ..click() }
    }

    #[test]
    fn version_2_keeps_its_form() {
        let body = seal(&full_head(), &[full_click().encode(), bare_click().encode()].join(","));
        insta::assert_snapshot!(body);
    }

    #[test]
    fn version_1_as_it_was_first_sent_is_understood() {
        let batch = ClickBatch::decode(include_str!("../fixtures/click-batch-v1.json")).unwrap();
        let head = BatchHead { version: 1, ..head() };
        assert_eq!(batch, ClickBatch { head, clicks: vec![click(), bare_click()] });
    }

    #[test]
    fn version_2_as_it_was_first_sent_is_understood() {
        let batch = ClickBatch::decode(include_str!("../fixtures/click-batch-v2.json")).unwrap();
        assert_eq!(batch, ClickBatch { head: full_head(), clicks: vec![full_click(), bare_click()] });
    }

    #[test]
    fn a_purpose_is_read_from_any_of_its_headers() {
        for (values, purpose) in [
            (&["prefetch;prerender"][..], Some(Purpose::Prefetch)),
            (&["prefetch;anonymous-client-ip"], Some(Purpose::Prefetch)),
            (&["", "Prefetch"], Some(Purpose::Prefetch)),
            (&["preview"], Some(Purpose::Preview)),
            (&["prefetcher", ""], None),
            (&[], None),
        ] {
            assert_eq!(Purpose::of(values.iter().copied()), purpose, "{values:?}");
        }
    }

    #[test]
    fn names_in_headers_and_tables_are_those_on_the_wire() {
        use {CacheTier::*, DropReason::*};
        for tier in [Memory, Colo, Origin, Stale, Negative] {
            assert_eq!(serde_json::to_value(tier).unwrap(), tier.as_str());
        }
        for reason in [QueueUnavailable, QueueRefused, BufferFull] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
        for purpose in [Purpose::Prefetch, Purpose::Preview] {
            assert_eq!(serde_json::to_value(purpose).unwrap(), purpose.as_str());
        }
    }

    #[test]
    fn a_batch_without_clicks_can_declare_drops() {
        let batch = ClickBatch::decode(&seal(&head(), "")).unwrap();
        assert_eq!((batch.clicks.len(), batch.head.dropped.len()), (0, 1));
    }

    #[test]
    fn what_is_no_batch_is_unreadable_with_a_reason() {
        for (body, reason) in [
            ("", "EOF"),
            ("[]", "expected struct"),
            ("{}", "missing field `version`"),
            (r#"{"version":3}"#, "version 3 is newer"),
            (r#"{"version":1}"#, "missing field"),
            (r#"{"version":"1"}"#, "invalid type"),
        ] {
            let error = ClickBatch::decode(body).unwrap_err().to_string();
            assert!(error.contains(reason), "{body}: {error}");
        }
    }

    #[test]
    fn text_is_cut_at_a_character_and_freed_of_what_queues_and_databases_refuse() {
        assert_eq!(bounded("a\0b\u{7f}\u{85}c\u{FFFE}\u{1FFFF}\u{FDD0}\r\nd", 512).as_deref(), Some("abcd"));
        assert_eq!(bounded("ääää", 5).as_deref(), Some("ää"));
        assert_eq!(bounded("\u{0}", 512), None);
        assert_eq!(bounded("", 512), None);
    }

    proptest! {
        #[test]
        fn any_click_is_ascii_and_survives_the_way(agent in ".{0,200}", referrer in ".{0,200}", head in any::<bool>()) {
            let click = Click {
                head,
                agent: bounded(&agent, MAX_AGENT_BYTES),
                referrer: bounded(&referrer, MAX_REFERRER_BYTES),
                ..click()
            };
            let body = seal(&self::head(), &click.encode());
            prop_assert!(body.is_ascii());
            prop_assert_eq!(ClickBatch::decode(&body).unwrap().clicks, vec![click]);
        }

        #[test]
        fn bounded_text_fits_and_keeps_the_order(text in any::<String>(), max in 0usize..40) {
            let kept = bounded(&text, max).unwrap_or_default();
            prop_assert!(kept.len() <= max && kept.chars().all(travels));
            prop_assert!(text.chars().filter(|character| travels(*character)).collect::<String>().starts_with(&kept));
        }
    }
}
