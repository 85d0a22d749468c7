//! Tests that every version stays readable, and that any text from a visitor can be sent.

use proptest::prelude::*;

use super::encoding::is_allowed_in_message;
use super::*;
use crate::test_util;

fn click() -> Click {
    Click {
        country: Some("DE".into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)".into()),
        referrer: Some("https://news.example/ü".into()),
        ..test_util::click(UnixMillis(1_795_478_399_999))
    }
}

/// A click with every field that version 2 added.
fn full_click() -> Click {
    Click {
        domain: Some("go.example.com".into()),
        purpose: Some(Purpose::Prefetch),
        asn: Some(64_496),
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
        orphan_visits: OrphanVisits::default(),
    }
}

fn full_head() -> BatchHead {
    let names = vec![OrphanName { name: "go.example.com/poster".into(), visits: 3 }];
    BatchHead { orphan_visits: OrphanVisits { names, others: 7 }, ..head() }
}

fn bare_click() -> Click {
    Click { head: true, tier: CacheTier::Stale, country: None, user_agent: None, referrer: None, ..click() }
}

#[test]
fn version_3_format_is_unchanged() {
    let body = seal(&full_head(), &[full_click().encode(), bare_click().encode()].join(","));
    insta::assert_snapshot!(body);
}

#[test]
fn version_1_is_still_read() {
    let batch = ClickBatch::decode(include_str!("../../../fixtures/click-batch-v1.json")).unwrap();
    let head = BatchHead { version: 1, ..head() };
    assert_eq!(batch, ClickBatch { head, clicks: vec![click(), bare_click()] });
}

#[test]
fn version_2_is_still_read() {
    let batch = ClickBatch::decode(include_str!("../../../fixtures/click-batch-v2.json")).unwrap();
    let head = BatchHead { version: 2, ..full_head() };
    assert_eq!(batch, ClickBatch { head, clicks: vec![full_click(), bare_click()] });
}

#[test]
fn version_3_is_read() {
    let batch = ClickBatch::decode(include_str!("../../../fixtures/click-batch-v3.json")).unwrap();
    assert_eq!(batch, ClickBatch { head: full_head(), clicks: vec![full_click(), bare_click()] });
}

fn traced_click() -> Click {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    Click { trace: Some(trace), ..full_click() }
}

#[test]
fn click_of_a_sampled_trace_carries_its_context() {
    let body = seal(&full_head(), &[traced_click().encode(), bare_click().encode()].join(","));
    assert_eq!(body, include_str!("../../../fixtures/click-batch-v3-traced.json").trim_end());
    let batch = ClickBatch::decode(&body).unwrap();
    assert_eq!(batch, ClickBatch { head: full_head(), clicks: vec![traced_click(), bare_click()] });
}

#[test]
fn click_of_a_campaign_carries_its_parameters() {
    let click = Click { utm: Some("utm_source=mail&utm_campaign=summer+sale".into()), ..full_click() };
    let body = seal(&full_head(), &[click.encode(), bare_click().encode()].join(","));
    assert_eq!(body, include_str!("../../../fixtures/click-batch-v3-utm.json").trim_end());
    assert_eq!(ClickBatch::decode(&body).unwrap().clicks, [click, bare_click()]);
}

#[test]
fn click_carries_region_and_city() {
    let click = Click { region: Some("DE-BE".into()), city: Some("Köpenick".into()), ..full_click() };
    let body = seal(&full_head(), &[click.encode(), bare_click().encode()].join(","));
    assert_eq!(body, include_str!("../../../fixtures/click-batch-v3-places.json").trim_end());
    assert_eq!(ClickBatch::decode(&body).unwrap().clicks, [click, bare_click()]);
}

/// Releases that do not know the context read the batch nevertheless, so its version is still 3.
#[test]
fn unknown_field_of_a_click_is_ignored() {
    let body =
        include_str!("../../../fixtures/click-batch-v3-traced.json").replace("traceparent", "of_tomorrow");
    let batch = ClickBatch::decode(&body).unwrap();
    assert_eq!(batch.clicks, [full_click(), bare_click()]);
}

#[test]
fn malformed_trace_context_is_left_out() {
    let body = include_str!("../../../fixtures/click-batch-v3-traced.json").replace("00-4bf9", "00-XXXX");
    assert_eq!(ClickBatch::decode(&body).unwrap().clicks, [full_click(), bare_click()]);
}

#[test]
fn purpose_is_read_from_any_of_its_headers() {
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
fn names_in_headers_and_tables_equal_those_on_the_wire() {
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
fn batch_without_clicks_can_declare_drops() {
    let batch = ClickBatch::decode(&seal(&head(), "")).unwrap();
    assert_eq!((batch.clicks.len(), batch.head.dropped.len()), (0, 1));
}

#[test]
fn unreadable_batch_is_refused_with_a_reason() {
    for (body, reason) in [
        ("", "EOF"),
        ("[]", "expected struct"),
        ("{}", "missing field `version`"),
        (r#"{"version":5}"#, "version 5 is newer"),
        (r#"{"version":1}"#, "missing field"),
        (r#"{"version":"1"}"#, "invalid type"),
    ] {
        let error = ClickBatch::decode(body).unwrap_err().to_string();
        assert!(error.contains(reason), "{body}: {error}");
    }
}

#[test]
fn text_is_truncated_between_characters_and_cleaned() {
    assert_eq!(truncated("a\0b\u{7f}\u{85}c\u{FFFE}\u{1FFFF}\u{FDD0}\r\nd", 512).as_deref(), Some("abcd"));
    assert_eq!(truncated("ääää", 5).as_deref(), Some("ää"));
    assert_eq!(truncated("\u{0}", 512), None);
    assert_eq!(truncated("", 512), None);
}

proptest! {
    #[test]
    fn any_click_is_sent_as_ascii_and_round_trips(user_agent in ".{0,200}", referrer in ".{0,200}", head in any::<bool>()) {
        let click = Click {
            head,
            user_agent: truncated(&user_agent, MAX_USER_AGENT_BYTES),
            referrer: truncated(&referrer, MAX_REFERRER_BYTES),
            ..click()
        };
        let body = seal(&self::head(), &click.encode());
        prop_assert!(body.is_ascii());
        prop_assert_eq!(ClickBatch::decode(&body).unwrap().clicks, vec![click]);
    }

    #[test]
    fn truncated_text_fits_and_is_a_prefix(text in any::<String>(), max in 0usize..40) {
        let kept = truncated(&text, max).unwrap_or_default();
        prop_assert!(kept.len() <= max && kept.chars().all(is_allowed_in_message));
        prop_assert!(text.chars().filter(|character| is_allowed_in_message(*character)).collect::<String>().starts_with(&kept));
    }
}
