//! W3C trace context: the ids that tie a request's spans together over all parts, and which traces are sampled.
//!
//! A caller's context gives the trace id only; whether the trace is sampled is decided here, from the id alone, so that every part
//! decides alike. The parts forward their decision to each other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hex::hex;

/// The header of a request, and the attribute of a message. <https://www.w3.org/TR/trace-context/#traceparent-header>
pub const TRACEPARENT: &str = "traceparent";

/// The bits of a trace id that are random in every implementation: the last 56.
/// <https://www.w3.org/TR/trace-context-2/#random-trace-id-flag>
const RANDOM_BITS: u32 = 56;
const SAMPLED: u8 = 1;

/// Never zero, which means "no trace".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

/// Never zero, which means "no span".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId([u8; 8]);

impl TraceId {
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        if bytes == [0; 16] {
            bytes = [1; 16];
        }
        Self(bytes)
    }

    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl SpanId {
    pub fn from_random(mut bytes: [u8; 8]) -> Self {
        if bytes == [0; 8] {
            bytes = [1; 8];
        }
        Self(bytes)
    }

    pub fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TraceId({self})")
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SpanId({self})")
    }
}

/// One span, as another part refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub sampled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedTraceparent;

impl FromStr for TraceContext {
    type Err = MalformedTraceparent;

    fn from_str(text: &str) -> Result<Self, MalformedTraceparent> {
        parse(text).ok_or(MalformedTraceparent)
    }
}

/// A newer version may append fields; version `ff` is forbidden.
fn parse(text: &str) -> Option<TraceContext> {
    let mut parts = text.split('-');
    let [version] = bytes::<1>(parts.next()?)?;
    let trace_id = bytes::<16>(parts.next()?)?;
    let span_id = bytes::<8>(parts.next()?)?;
    let [flags] = bytes::<1>(parts.next()?)?;
    let is_known = match version {
        0 => parts.next().is_none(),
        0xff => false,
        _ => true,
    };
    let is_valid = is_known && trace_id != [0; 16] && span_id != [0; 8];
    is_valid.then_some(TraceContext {
        trace_id: TraceId(trace_id),
        span_id: SpanId(span_id),
        sampled: flags & SAMPLED != 0,
    })
}

fn bytes<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let digits: [[u8; 2]; LENGTH] = text.as_bytes().as_chunks().0.try_into().ok()?;
    if text.len() != 2 * LENGTH {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, [high, low]) in bytes.iter_mut().zip(digits) {
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// Upper case is not allowed.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-0{}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A context that cannot be read is none: it must not make a message unreadable.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TraceContext>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.parse().ok()))
}

/// The share of traces that are sampled, as the number of sampled ones among all 2^56 random parts of trace ids. Without floating
/// point: the tables that parse it weigh 14 KB in the bundle of a Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRatio(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedRatio;

impl SampleRatio {
    pub const ALL: Self = Self(1 << RANDOM_BITS);
    pub const NONE: Self = Self(0);
    pub const HUNDREDTH: Self = Self((1 << RANDOM_BITS) / 100);

    /// A trace that a lower ratio samples is sampled by every higher one.
    pub fn samples(self, trace_id: TraceId) -> bool {
        let random = u128::from_be_bytes(trace_id.0) & ((1 << RANDOM_BITS) - 1);
        random < u128::from(self.0)
    }
}

/// A decimal number from 0 to 1, such as `0.01`; decimals after the twelfth are ignored.
impl FromStr for SampleRatio {
    type Err = MalformedRatio;

    fn from_str(text: &str) -> Result<Self, MalformedRatio> {
        const DECIMALS: usize = 12;
        const ALL: u128 = 1_000_000_000_000;
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let has_digits = !(whole.is_empty() && decimals.is_empty());
        let are_digits = whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
        if !(has_digits && are_digits) {
            return Err(MalformedRatio);
        }
        let digits = whole.chars().chain(decimals.chars().chain(std::iter::repeat('0')).take(DECIMALS));
        let parts = digits
            .filter_map(|digit| digit.to_digit(10))
            .try_fold(0_u128, |parts, digit| parts.checked_mul(10)?.checked_add(digit.into()))
            .ok_or(MalformedRatio)?;
        if parts > ALL || (parts == ALL && decimals.bytes().any(|byte| byte != b'0')) {
            return Err(MalformedRatio);
        }
        u64::try_from((parts << RANDOM_BITS) / ALL).map(Self).map_err(|_| MalformedRatio)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn example_of_the_recommendation_is_read() {
        let context: TraceContext = EXAMPLE.parse().unwrap();
        assert_eq!(context.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id.to_string(), "00f067aa0ba902b7");
        assert!(context.sampled);
        assert_eq!(context.to_string(), EXAMPLE);
    }

    #[test]
    fn only_the_sampled_flag_counts() {
        for (flags, sampled) in [("00", false), ("02", false), ("03", true), ("ff", true)] {
            let text = EXAMPLE.replace("-01", &format!("-{flags}"));
            assert_eq!(text.parse::<TraceContext>().map(|context| context.sampled), Ok(sampled), "{flags}");
        }
    }

    #[test]
    fn newer_version_may_append_fields() {
        let newer = EXAMPLE.replacen("00", "cc", 1);
        for text in [newer.clone(), format!("{newer}-what-the-future-brings")] {
            assert!(text.parse::<TraceContext>().is_ok(), "{text}");
        }
    }

    #[test]
    fn malformed_context_is_refused() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47361-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(text.parse::<TraceContext>(), Err(MalformedTraceparent), "{text:?}");
        }
    }

    #[test]
    fn ratio_is_a_decimal_from_zero_to_one() {
        for (text, ratio) in [
            ("0", SampleRatio::NONE),
            ("0.0", SampleRatio::NONE),
            (".5", SampleRatio(1 << (RANDOM_BITS - 1))),
            ("0.01", SampleRatio::HUNDREDTH),
            ("0.250000000000999", SampleRatio(1 << (RANDOM_BITS - 2))),
            ("1", SampleRatio::ALL),
            ("1.", SampleRatio::ALL),
            ("01.00", SampleRatio::ALL),
        ] {
            assert_eq!(text.parse(), Ok(ratio), "{text}");
        }
        let huge = "9".repeat(60);
        for text in ["", ".", "-0.1", "+1", "1.1", "1.0000000000001", "1e-3", "0,5", "NaN", "50%", &huge] {
            assert_eq!(text.parse::<SampleRatio>(), Err(MalformedRatio), "{text:?}");
        }
    }

    #[test]
    fn random_zeros_are_valid_ids() {
        assert!(TraceId::from_random([0; 16]).to_bytes() != [0; 16]);
        assert!(SpanId::from_random([0; 8]).to_bytes() != [0; 8]);
    }

    fn context() -> impl Strategy<Value = TraceContext> {
        (any::<[u8; 16]>(), any::<[u8; 8]>(), any::<bool>()).prop_map(|(trace_id, span_id, sampled)| {
            let (trace_id, span_id) = (TraceId::from_random(trace_id), SpanId::from_random(span_id));
            TraceContext { trace_id, span_id, sampled }
        })
    }

    proptest! {
        #[test]
        fn any_context_round_trips(context in context()) {
            prop_assert_eq!(context.to_string().parse(), Ok(context));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-fA-F-]{0,60}|.{0,60}") {
            if let Ok(context) = text.parse::<TraceContext>() {
                prop_assert!(text.contains(&context.trace_id.to_string()));
            }
        }

        #[test]
        fn lower_ratio_samples_a_part_of_what_a_higher_one_samples(
            id in any::<[u8; 16]>(), one in 0.0..1.0, other in 0.0..1.0,
        ) {
            let id = TraceId::from_random(id);
            let samples = |ratio: f64| ratio.to_string().parse::<SampleRatio>().unwrap().samples(id);
            prop_assert!(samples(f64::max(one, other)) || !samples(f64::min(one, other)));
            prop_assert!(SampleRatio::ALL.samples(id) && !SampleRatio::NONE.samples(id));
        }
    }

    #[test]
    fn ratio_samples_its_share() {
        // Evenly spread ids, so the share is exact.
        let ids = (0..1_000_u128).map(|index| index * (1 << RANDOM_BITS) / 1_000 + (7 << 100));
        let ratio: SampleRatio = "0.25".parse().unwrap();
        assert_eq!(ids.filter(|id| ratio.samples(TraceId(id.to_be_bytes()))).count(), 250);
    }
}
