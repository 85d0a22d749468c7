//! What a visitor gets, by the link's settings, the visit and the time.

use proptest::prelude::*;

use super::*;
use crate::record::tests::{destination, record};
use crate::record::{LinkId, PasswordMark};
use crate::rules::{Conditions, Rule};
use crate::visit::{SplitKey, Visitor};

const NOW: UnixMillis = UnixMillis(1_795_478_400_000);
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148";

/// Where a visit leads, or what it meets instead.
fn outcome(record: &LinkRecord, visit: &Visit<'_>, now: UnixMillis) -> String {
    match decide(record, visit, now) {
        Decision::Redirect { status, location } => format!("{} {}", u16::from(status), location.as_str()),
        Decision::Preview { location } => format!("preview {}", location.as_str()),
        other => format!("{other:?}"),
    }
}

fn led(record: &LinkRecord, visit: &Visit<'_>) -> String {
    outcome(record, visit, NOW)
}

fn to(url: &str) -> LinkRecord {
    LinkRecord { url: destination(url), ..record() }
}

#[test]
fn a_link_redirects_from_its_start_until_the_moment_it_expires() {
    let link =
        LinkRecord { starts_at: Some(NOW), expires_at: Some(NOW.plus_millis(10)), ..to("https://a.test/") };
    let visit = Visit::default();
    assert_eq!(outcome(&link, &visit, NOW.plus_millis(-1)), "NotYet");
    assert_eq!(outcome(&link, &visit, NOW), "302 https://a.test/");
    assert_eq!(outcome(&link, &visit, NOW.plus_millis(9)), "302 https://a.test/");
    assert_eq!(outcome(&link, &visit, NOW.plus_millis(10)), "Gone(Expired)");
}

#[test]
fn a_link_without_dates_redirects_for_ever() {
    for now in [i64::MIN, 0, i64::MAX] {
        assert_eq!(
            outcome(&to("https://a.test/"), &Visit::default(), UnixMillis(now)),
            "302 https://a.test/"
        );
    }
}

#[test]
fn those_who_come_too_late_are_sent_to_the_expired_url_for_now() {
    let expired = LinkRecord {
        status: RedirectStatus::MovedPermanently,
        expires_at: Some(NOW),
        expired_url: Some(destination("https://a.test/over")),
        ..record()
    };
    assert_eq!(led(&expired, &Visit::default()), "302 https://a.test/over");
    let exhausted = LinkRecord { expires_at: None, state: LinkState::Exhausted, ..expired.clone() };
    assert_eq!(led(&exhausted, &Visit::default()), "302 https://a.test/over");
    assert_eq!(led(&LinkRecord { expired_url: None, ..exhausted }, &Visit::default()), "Gone(Exhausted)");
}

#[test]
fn a_disabled_link_leads_nowhere_whatever_else_is_set() {
    let link = LinkRecord {
        state: LinkState::Disabled,
        expired_url: Some(destination("https://a.test/over")),
        expires_at: Some(NOW),
        ..record()
    };
    assert_eq!(led(&link, &Visit { preview: true, unlocked: true, ..Visit::default() }), "Gone(Disabled)");
}

#[test]
fn a_password_is_asked_before_anything_shows_where_the_link_leads() {
    let link = LinkRecord { password: Some(PasswordMark("m".into())), ..to("https://a.test/") };
    let preview = Visit { preview: true, ..Visit::default() };
    assert_eq!(led(&link, &Visit::default()), "Password");
    assert_eq!(led(&link, &preview), "Password");
    assert_eq!(led(&link, &Visit { unlocked: true, ..preview }), "preview https://a.test/");
    assert_eq!(led(&link, &Visit { unlocked: true, ..Visit::default() }), "302 https://a.test/");
}

#[test]
fn a_link_to_its_own_domain_is_never_followed() {
    let link = LinkRecord { forward_query: true, ..to("https://go.example.com:8443/x") };
    assert_eq!(led(&link, &Visit::default()), "Gone(Loop)");
    assert_eq!(led(&link, &Visit { query: "a=b", ..Visit::default() }), "Gone(Loop)");
    assert_eq!(
        led(&to("https://go.example.com.evil.test/"), &Visit::default()),
        "302 https://go.example.com.evil.test/"
    );
}

#[test]
fn a_path_goes_on_only_behind_a_link_that_forwards_it() {
    let visit = Visit { rest: "/b/c", ..Visit::default() };
    assert_eq!(led(&to("https://a.test/x"), &visit), "NotFound");
    for (url, location) in [
        ("https://a.test/", "https://a.test/b/c"),
        ("https://a.test/x", "https://a.test/x/b/c"),
        ("https://a.test/x/?q=1#f", "https://a.test/x/b/c?q=1#f"),
    ] {
        let link = LinkRecord { forward_path: true, ..to(url) };
        assert_eq!(led(&link, &visit), format!("302 {location}"));
        assert_eq!(led(&link, &Visit::default()), format!("302 {url}"));
    }
}

#[test]
fn a_query_is_passed_on_and_never_overrides_what_the_owner_set() {
    for (url, query, location) in [
        ("https://a.test/", "b=1&c", "https://a.test/?b=1&c"),
        ("https://a.test/?a=0#f", "b=1", "https://a.test/?a=0&b=1#f"),
        ("https://a.test/?a=0", "a=9&b=1&%61=8", "https://a.test/?a=0&b=1"),
        ("https://a.test/?a+b=0", "a%20b=1", "https://a.test/?a+b=0"),
        ("https://a.test/", "&&", "https://a.test/"),
        ("https://a.test/", "a=\r\nx", "https://a.test/"),
    ] {
        let link = LinkRecord { forward_query: true, ..to(url) };
        assert_eq!(led(&link, &Visit { query, ..Visit::default() }), format!("302 {location}"), "{query}");
        assert_eq!(led(&to(url), &Visit { query, ..Visit::default() }), format!("302 {url}"), "{query}");
    }
}

#[test]
fn what_would_make_a_location_too_long_is_left_behind() {
    let link = LinkRecord { forward_query: true, forward_path: true, ..to("https://a.test/") };
    let long = format!("/{}", "x".repeat(MAX_BYTES));
    assert_eq!(led(&link, &Visit { rest: &long, ..Visit::default() }), "302 https://a.test/");
    assert_eq!(led(&link, &Visit { query: &long, ..Visit::default() }), "302 https://a.test/");
}

fn rule(conditions: Conditions, url: &str) -> Rule {
    Rule { conditions, target: RuleTarget::Url(destination(url)) }
}

fn ruled(conditions: Conditions) -> LinkRecord {
    LinkRecord { rules: vec![rule(conditions, "https://rule.test/")], ..to("https://a.test/") }
}

#[track_caller]
fn check(conditions: Conditions, visit: &Visit<'_>, matches: bool) {
    let expected = if matches { "302 https://rule.test/" } else { "302 https://a.test/" };
    assert_eq!(led(&ruled(conditions), visit), expected, "{visit:?}");
}

#[test]
fn a_rule_asks_for_country_device_system_language_query_and_date() {
    let visit = Visit {
        country: Some("AT"),
        user_agent: Some(IPHONE),
        languages: Some("en;q=0.5, pt-BR, *"),
        query: "ref=news%20letter&x",
        ..Visit::default()
    };
    let any = Conditions::default;
    for (conditions, matches) in [
        (any(), true),
        (Conditions { country: vec!["DE".parse().unwrap(), "at".parse().unwrap()], ..any() }, true),
        (Conditions { country: vec!["DE".parse().unwrap()], ..any() }, false),
        (Conditions { device: vec![crate::user_agent::Device::Mobile], ..any() }, true),
        (Conditions { device: vec![crate::user_agent::Device::Tablet], ..any() }, false),
        (Conditions { os: vec![crate::user_agent::OperatingSystem::Ios], ..any() }, true),
        (Conditions { os: vec![crate::user_agent::OperatingSystem::Macos], ..any() }, false),
        (Conditions { language: vec!["pt".parse().unwrap()], ..any() }, true),
        (Conditions { language: vec!["pt-br".parse().unwrap()], ..any() }, true),
        (Conditions { language: vec!["en".parse().unwrap()], ..any() }, false),
        (Conditions { language: vec!["pt-b".parse().unwrap()], ..any() }, false),
        (Conditions { query: [("ref".into(), vec!["news letter".into()])].into(), ..any() }, true),
        (Conditions { query: [("ref".into(), vec!["other".into()])].into(), ..any() }, false),
        (Conditions { query: [("x".into(), vec![String::new()])].into(), ..any() }, true),
        (Conditions { after: Some(NOW), ..any() }, true),
        (Conditions { after: Some(NOW.plus_millis(1)), ..any() }, false),
        (Conditions { before: Some(NOW), ..any() }, false),
        (Conditions { before: Some(NOW.plus_millis(1)), ..any() }, true),
        (
            Conditions {
                country: vec!["AT".parse().unwrap()],
                os: vec![crate::user_agent::OperatingSystem::Windows],
                ..any()
            },
            false,
        ),
    ] {
        check(conditions, &visit, matches);
    }
}

#[test]
fn a_visit_that_tells_nothing_meets_no_condition() {
    let visit = Visit::default();
    check(Conditions { country: vec!["DE".parse().unwrap()], ..Conditions::default() }, &visit, false);
    check(Conditions { language: vec!["de".parse().unwrap()], ..Conditions::default() }, &visit, false);
    check(
        Conditions { os: vec![crate::user_agent::OperatingSystem::Linux], ..Conditions::default() },
        &visit,
        false,
    );
}

#[test]
fn the_first_rule_that_matches_wins() {
    let german = Conditions { country: vec!["DE".parse().unwrap()], ..Conditions::default() };
    let link = LinkRecord {
        rules: vec![rule(german, "https://de.test/"), rule(Conditions::default(), "https://rest.test/")],
        ..record()
    };
    assert_eq!(led(&link, &Visit { country: Some("DE"), ..Visit::default() }), "302 https://de.test/");
    assert_eq!(led(&link, &Visit { country: Some("FR"), ..Visit::default() }), "302 https://rest.test/");
}

fn split(weights: &[u16]) -> LinkRecord {
    let branches = weights.iter().enumerate();
    let branches = branches.map(|(number, weight)| Branch {
        weight: *weight,
        url: destination(&format!("https://{number}.test/")),
    });
    let target = RuleTarget::Split(branches.collect());
    LinkRecord { rules: vec![Rule { conditions: Conditions::default(), target }], ..record() }
}

fn led_visitor(link: &LinkRecord, address: &str, now: UnixMillis) -> String {
    let key = SplitKey::derived_from(b"secret");
    let visitor = Some(Visitor { key: &key, address: address.parse().unwrap() });
    outcome(link, &Visit { visitor, user_agent: Some(IPHONE), ..Visit::default() }, now)
}

#[test]
fn a_visitor_stays_with_one_branch_for_the_day() {
    let link = split(&[1; 16]);
    let first = led_visitor(&link, "192.0.2.1", NOW);
    assert_eq!(led_visitor(&link, "192.0.2.1", NOW.plus_millis(86_399_999)), first);
    assert_eq!(led_visitor(&link, "::ffff:192.0.2.1", NOW), first);
    let six = led_visitor(&link, "2001:db8::1", NOW);
    assert_eq!(led_visitor(&link, "2001:db8::ffff:1", NOW), six);
    let days = (0..20).map(|day| led_visitor(&link, "192.0.2.1", NOW.plus_millis(day * 86_400_000)));
    assert!(days.collect::<std::collections::BTreeSet<_>>().len() > 5);
}

#[test]
fn visitors_are_divided_by_weight_and_links_independently_of_each_other() {
    let link = split(&[3, 1]);
    let other = LinkRecord { id: LinkId(uuid::Uuid::from_u128(7)), ..link.clone() };
    let addresses: Vec<_> = (0..4_000).map(|n| format!("10.0.{}.{}", n / 250, n % 250)).collect();
    let first = |link: &LinkRecord, address: &str| led_visitor(link, address, NOW).contains("0.test");
    let count = addresses.iter().filter(|address| first(&link, address)).count();
    // 3,000 expected; the standard deviation is 27.
    assert!((2_850..=3_150).contains(&count), "{count}");
    let both = addresses.iter().filter(|address| first(&link, address) && first(&other, address)).count();
    assert!((2_100..=2_400).contains(&both), "{both}, where 2,250 would be independent");
}

#[test]
fn a_visitor_without_an_address_takes_the_first_branch() {
    assert_eq!(led(&split(&[1, 9]), &Visit::default()), "302 https://0.test/");
}

#[test]
fn temporary_redirects_are_never_kept_by_a_browser_and_permanent_ones_not_for_long() {
    assert_eq!(browser_cache_control(RedirectStatus::Found), "private, no-store");
    assert_eq!(browser_cache_control(RedirectStatus::TemporaryRedirect), "private, no-store");
    assert_eq!(browser_cache_control(RedirectStatus::MovedPermanently), "private, max-age=300");
    assert_eq!(browser_cache_control(RedirectStatus::PermanentRedirect), "private, max-age=300");
}

fn gated() -> LinkRecord {
    LinkRecord { gated: true, ..to("https://a.test/") }
}

#[test]
fn a_gated_link_is_followed_only_with_leave() {
    for (gate, outcome) in [
        (None, "AskGate"),
        (Some(GateAnswer::Granted), "302 https://a.test/"),
        (Some(GateAnswer::Machine), "Withheld(Machine)"),
        (Some(GateAnswer::Prefetch), "Withheld(Prefetch)"),
        (Some(GateAnswer::Exhausted), "Gone(Exhausted)"),
        (Some(GateAnswer::Withdrawn), "Gone(Disabled)"),
    ] {
        assert_eq!(led(&gated(), &Visit { gate, ..Visit::default() }), outcome, "{gate:?}");
        // Of a link without a gate nothing is asked, and nothing believed.
        let open = LinkRecord { gated: false, ..gated() };
        assert_eq!(led(&open, &Visit { gate, ..Visit::default() }), "302 https://a.test/", "{gate:?}");
    }
}

#[test]
fn a_preview_of_a_gated_link_shows_nothing_and_asks_nobody() {
    for gate in [None, Some(GateAnswer::Granted)] {
        let visit = Visit { preview: true, gate, ..Visit::default() };
        assert_eq!(led(&gated(), &visit), "Withheld(Preview)");
    }
}

#[test]
fn the_gate_is_asked_last() {
    let visit = Visit::default();
    for (link, outcome) in [
        (LinkRecord { state: LinkState::Disabled, ..gated() }, "Gone(Disabled)"),
        (LinkRecord { state: LinkState::Exhausted, ..gated() }, "Gone(Exhausted)"),
        (LinkRecord { starts_at: Some(NOW.plus_millis(1)), ..gated() }, "NotYet"),
        (LinkRecord { expires_at: Some(NOW), ..gated() }, "Gone(Expired)"),
        (LinkRecord { password: Some(PasswordMark("m".into())), ..gated() }, "Password"),
        (LinkRecord { url: destination("https://go.example.com/x"), ..gated() }, "Gone(Loop)"),
    ] {
        assert_eq!(led(&link, &visit), outcome);
    }
    let beyond = Visit { rest: "/x", ..visit };
    assert_eq!(led(&gated(), &beyond), "NotFound");
}

#[test]
fn who_comes_after_the_last_click_goes_to_the_expired_url() {
    let link = LinkRecord {
        expired_url: Some(destination("https://a.test/over")),
        status: RedirectStatus::MovedPermanently,
        ..gated()
    };
    let visit = Visit { gate: Some(GateAnswer::Exhausted), ..Visit::default() };
    assert_eq!(led(&link, &visit), "302 https://a.test/over");
    let ruled = LinkRecord { rules: split(&[1]).rules, ..link };
    assert_eq!(chosen_by_rule(&ruled, &visit, NOW), None);
}

proptest! {
    #[test]
    fn whatever_a_visitor_sends_the_host_stays_and_the_location_is_a_destination(
        query in "[\\PC&=#?/@:%.]{0,40}",
        rest in "(/[a-z@:%?.]{0,8}){0,3}",
    ) {
        let link = LinkRecord { forward_query: true, forward_path: true, ..to("https://a.test/x?y=1#z") };
        let key = SplitKey::derived_from(b"secret");
        let visitor = Some(Visitor { key: &key, address: [192, 0, 2, 1].into() });
        let visit = Visit { query: &query, rest: &rest, visitor, ..Visit::default() };
        let decision = decide(&link, &visit, NOW);
        let Decision::Redirect { location, .. } = decision else { panic!("{decision:?}") };
        let read = Destination::try_from(location.as_str().to_owned()).unwrap();
        prop_assert_eq!(read.host(), "a.test");
    }
}

#[test]
fn only_a_redirect_that_keeps_the_method_takes_others_than_get() {
    use crate::visit::Method;
    let link = |status| LinkRecord { status, ..to("https://a.test/") };
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let visit = Visit { method: Method::of(method).unwrap(), ..Visit::default() };
        assert_eq!(led(&link(RedirectStatus::TemporaryRedirect), &visit), "307 https://a.test/", "{method}");
        assert_eq!(led(&link(RedirectStatus::PermanentRedirect), &visit), "308 https://a.test/", "{method}");
        assert_eq!(led(&link(RedirectStatus::Found), &visit), "MethodNotAllowed", "{method}");
        assert_eq!(led(&link(RedirectStatus::MovedPermanently), &visit), "MethodNotAllowed", "{method}");
        let over = LinkRecord { expires_at: Some(NOW), ..link(RedirectStatus::Found) };
        assert_eq!(led(&over, &visit), "Gone(Expired)");
    }
    let head = Visit { method: Method::Head, ..Visit::default() };
    assert_eq!(led(&link(RedirectStatus::Found), &head), "302 https://a.test/");
    for method in ["OPTIONS", "TRACE", "get", ""] {
        assert_eq!(Method::of(method), None);
    }
}
