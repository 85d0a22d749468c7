//! Tests of what a visitor gets for each setting of a link, visit and time.

use proptest::prelude::*;

use super::*;
use crate::names::destination::Destination;
use crate::record::preview::LinkPreview;
use crate::record::rules::{Conditions, Rule};
use crate::record::tests::{destination, record};
use crate::record::{LinkId, PasswordMark};
use crate::redirect::visit::{SplitKey, Visitor};

const NOW: UnixMillis = UnixMillis(1_795_478_400_000);
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148";

/// The decision as a line of text: status and location, or the variant's name.
fn result_at(record: &LinkRecord, visit: &Visit<'_>, now: UnixMillis) -> String {
    match decide(record, visit, now) {
        Decision::Redirect { status, location, .. } => format!("{} {}", u16::from(status), location.as_str()),
        Decision::Preview { location } => format!("preview {}", location.as_str()),
        Decision::OwnPreview { .. } => "own preview".to_owned(),
        other => format!("{other:?}"),
    }
}

fn result(record: &LinkRecord, visit: &Visit<'_>) -> String {
    result_at(record, visit, NOW)
}

fn link_to(url: &str) -> LinkRecord {
    LinkRecord { url: destination(url), ..record() }
}

#[test]
fn link_redirects_from_its_start_until_it_expires() {
    let link = LinkRecord {
        starts_at: Some(NOW),
        expires_at: Some(NOW.plus_millis(10)),
        ..link_to("https://a.test/")
    };
    let visit = Visit::default();
    assert_eq!(result_at(&link, &visit, NOW.plus_millis(-1)), "NotYet");
    assert_eq!(result_at(&link, &visit, NOW), "302 https://a.test/");
    assert_eq!(result_at(&link, &visit, NOW.plus_millis(9)), "302 https://a.test/");
    assert_eq!(result_at(&link, &visit, NOW.plus_millis(10)), "Gone(Expired)");
}

#[test]
fn link_without_dates_always_redirects() {
    for now in [i64::MIN, 0, i64::MAX] {
        assert_eq!(
            result_at(&link_to("https://a.test/"), &Visit::default(), UnixMillis(now)),
            "302 https://a.test/"
        );
    }
}

#[test]
fn ended_link_redirects_to_its_expired_url_with_302() {
    let expired = LinkRecord {
        status: RedirectStatus::MovedPermanently,
        expires_at: Some(NOW),
        expired_url: Some(destination("https://a.test/over")),
        ..record()
    };
    assert_eq!(result(&expired, &Visit::default()), "302 https://a.test/over");
    let exhausted = LinkRecord { expires_at: None, state: LinkState::Exhausted, ..expired.clone() };
    assert_eq!(result(&exhausted, &Visit::default()), "302 https://a.test/over");
    assert_eq!(result(&LinkRecord { expired_url: None, ..exhausted }, &Visit::default()), "Gone(Exhausted)");
}

#[test]
fn disabled_link_is_gone_whatever_else_is_set() {
    let link = LinkRecord {
        state: LinkState::Disabled,
        expired_url: Some(destination("https://a.test/over")),
        expires_at: Some(NOW),
        ..record()
    };
    assert_eq!(result(&link, &Visit { preview: true, unlocked: true, ..Visit::default() }), "Gone(Disabled)");
}

#[test]
fn password_is_required_for_redirect_and_preview() {
    let link = LinkRecord { password: Some(PasswordMark("m".into())), ..link_to("https://a.test/") };
    let preview = Visit { preview: true, ..Visit::default() };
    assert_eq!(result(&link, &Visit::default()), "Password");
    assert_eq!(result(&link, &preview), "Password");
    assert_eq!(result(&link, &Visit { unlocked: true, ..preview }), "preview https://a.test/");
    assert_eq!(result(&link, &Visit { unlocked: true, ..Visit::default() }), "302 https://a.test/");
}

#[test]
fn link_to_its_own_domain_is_gone() {
    let link = LinkRecord { forward_query: true, ..link_to("https://go.example.com:8443/x") };
    assert_eq!(result(&link, &Visit::default()), "Gone(Loop)");
    assert_eq!(result(&link, &Visit { query: "a=b", ..Visit::default() }), "Gone(Loop)");
    assert_eq!(
        result(&link_to("https://go.example.com.evil.test/"), &Visit::default()),
        "302 https://go.example.com.evil.test/"
    );
}

#[test]
fn longer_path_is_added_to_the_destination() {
    let visit = Visit { rest: "/b/c", ..Visit::default() };
    for (url, location) in [
        ("https://a.test/", "https://a.test/b/c"),
        ("https://a.test/x", "https://a.test/x/b/c"),
        ("https://a.test/x/?q=1#f", "https://a.test/x/b/c?q=1#f"),
    ] {
        let link = LinkRecord { forward_path: true, ..link_to(url) };
        assert_eq!(result(&link, &visit), format!("302 {location}"));
        assert_eq!(result(&link, &Visit::default()), format!("302 {url}"));
    }
}

#[test]
fn forwarded_path_is_encoded_like_in_a_browser() {
    let link = LinkRecord { forward_path: true, ..link_to("https://a.test/") };
    for (rest, encoded) in [
        ("/é", "/%C3%A9"),
        ("/日本/x", "/%E6%97%A5%E6%9C%AC/x"),
        ("/x\"<>", "/x%22%3C%3E"),
        ("/%C3%A9%22", "/%C3%A9%22"),
    ] {
        let visit = Visit { rest, ..Visit::default() };
        assert_eq!(result(&link, &visit), format!("302 https://a.test{encoded}"));
    }
}

#[test]
fn forwarded_query_keeps_the_owners_parameters() {
    for (url, query, location) in [
        ("https://a.test/", "b=1&c", "https://a.test/?b=1&c"),
        ("https://a.test/?a=0#f", "b=1", "https://a.test/?a=0&b=1#f"),
        ("https://a.test/?a=0", "a=9&b=1&%61=8", "https://a.test/?a=0&b=1"),
        ("https://a.test/?a+b=0", "a%20b=1", "https://a.test/?a+b=0"),
        ("https://a.test/", "&&", "https://a.test/"),
        ("https://a.test/", "a=\r\nx", "https://a.test/"),
        ("https://a.test/", "q=é\"x", "https://a.test/?q=%C3%A9%22x"),
        ("https://a.test/?%C3%A9=1", "é=2", "https://a.test/?%C3%A9=1"),
    ] {
        let link = LinkRecord { forward_query: true, ..link_to(url) };
        assert_eq!(result(&link, &Visit { query, ..Visit::default() }), format!("302 {location}"), "{query}");
        assert_eq!(
            result(&link_to(url), &Visit { query, ..Visit::default() }),
            format!("302 {url}"),
            "{query}"
        );
    }
}

#[test]
fn path_and_query_are_dropped_if_location_is_too_long() {
    let link = LinkRecord { forward_query: true, forward_path: true, ..link_to("https://a.test/") };
    let long = format!("/{}", "x".repeat(MAX_BYTES));
    assert_eq!(result(&link, &Visit { rest: &long, ..Visit::default() }), "302 https://a.test/");
    assert_eq!(result(&link, &Visit { query: &long, ..Visit::default() }), "302 https://a.test/");
}

fn rule(conditions: Conditions, url: &str) -> Rule {
    Rule { conditions, target: RuleTarget::Url(destination(url)) }
}

fn ruled(conditions: Conditions) -> LinkRecord {
    LinkRecord { rules: vec![rule(conditions, "https://rule.test/")], ..link_to("https://a.test/") }
}

#[track_caller]
fn check(conditions: Conditions, visit: &Visit<'_>, matches: bool) {
    let expected = if matches { "302 https://rule.test/" } else { "302 https://a.test/" };
    assert_eq!(result(&ruled(conditions), visit), expected, "{visit:?}");
}

#[test]
fn each_condition_of_a_rule_is_checked() {
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
        (Conditions { device: vec![crate::record::user_agent::Device::Mobile], ..any() }, true),
        (Conditions { device: vec![crate::record::user_agent::Device::Tablet], ..any() }, false),
        (Conditions { os: vec![crate::record::user_agent::OperatingSystem::Ios], ..any() }, true),
        (Conditions { os: vec![crate::record::user_agent::OperatingSystem::Macos], ..any() }, false),
        (Conditions { language: vec!["pt".parse().unwrap()], ..any() }, true),
        (Conditions { language: vec!["pt-br".parse().unwrap()], ..any() }, true),
        (Conditions { language: vec!["en".parse().unwrap()], ..any() }, false),
        (Conditions { language: vec!["pt-b".parse().unwrap()], ..any() }, false),
        (Conditions { query: [("ref".into(), vec!["news letter".into()])].into(), ..any() }, true),
        (Conditions { query: [("ref".into(), vec!["other".into()])].into(), ..any() }, false),
        (Conditions { query: [("x".into(), vec![String::new()])].into(), ..any() }, true),
        (Conditions { query: [("ref".into(), vec![String::new()])].into(), ..any() }, false),
        (Conditions { query: [("ref".into(), Vec::new())].into(), ..any() }, true),
        (Conditions { query: [("x".into(), Vec::new())].into(), ..any() }, true),
        (Conditions { query: [("y".into(), Vec::new())].into(), ..any() }, false),
        (Conditions { after: Some(NOW), ..any() }, true),
        (Conditions { after: Some(NOW.plus_millis(1)), ..any() }, false),
        (Conditions { before: Some(NOW), ..any() }, false),
        (Conditions { before: Some(NOW.plus_millis(1)), ..any() }, true),
        (
            Conditions {
                country: vec!["AT".parse().unwrap()],
                os: vec![crate::record::user_agent::OperatingSystem::Windows],
                ..any()
            },
            false,
        ),
    ] {
        check(conditions, &visit, matches);
    }
}

#[test]
fn visit_without_details_matches_no_condition() {
    let visit = Visit::default();
    check(Conditions { country: vec!["DE".parse().unwrap()], ..Conditions::default() }, &visit, false);
    check(Conditions { language: vec!["de".parse().unwrap()], ..Conditions::default() }, &visit, false);
    check(
        Conditions { os: vec![crate::record::user_agent::OperatingSystem::Linux], ..Conditions::default() },
        &visit,
        false,
    );
}

/// What a visitor with an iPhone gets, whose visit has a path and a query, and anybody else.
fn app_results(app: &str) -> [String; 2] {
    let json = format!(r#"{{"if":{{"os":["ios"]}},"url":"{app}"}}"#);
    let link = LinkRecord {
        rules: vec![serde_json::from_str(&json).unwrap()],
        forward_query: true,
        forward_path: true,
        ..link_to("https://a.test/")
    };
    [IPHONE, "curl/8"].map(|user_agent| {
        let visit = Visit { user_agent: Some(user_agent), query: "q=1", rest: "/more", ..Visit::default() };
        result(&link, &visit)
    })
}

#[test]
fn app_link_leads_to_the_app_and_others_to_the_url() {
    for (app, expected) in [
        ("tel:+49123", "tel:+49123"),
        ("mailto:a@b.test?body=https://go.example.com/x", "mailto:a@b.test?body=https://go.example.com/x"),
        ("unheard-of.2+x:y", "unheard-of.2+x:y"),
        ("market://details?id=x", "market://details/more?id=x&q=1"),
        ("intent://a.test/#Intent;end", "intent://a.test/more?q=1#Intent;end"),
    ] {
        let [iphone, other] = app_results(app);
        assert_eq!(iphone, format!("302 {expected}"));
        assert_eq!(other, "302 https://a.test/more?q=1");
    }
}

#[test]
fn preview_of_an_app_link_shows_the_app_url() {
    let rule = serde_json::from_str(r#"{"if":{"os":["ios"]},"url":"tel:+49123"}"#).unwrap();
    let link = LinkRecord { rules: vec![rule], ..link_to("https://a.test/") };
    let visit = Visit { user_agent: Some(IPHONE), preview: true, ..Visit::default() };
    let Decision::Preview { location } = decide(&link, &visit, NOW) else { panic!() };
    assert_eq!(location.as_str(), "tel:+49123");
    let head = Visit { method: crate::redirect::visit::Method::Head, preview: false, ..visit };
    assert_eq!(result(&link, &head), "302 tel:+49123");
}

#[test]
fn first_matching_rule_wins() {
    let german = Conditions { country: vec!["DE".parse().unwrap()], ..Conditions::default() };
    let link = LinkRecord {
        rules: vec![rule(german, "https://de.test/"), rule(Conditions::default(), "https://rest.test/")],
        ..record()
    };
    assert_eq!(result(&link, &Visit { country: Some("DE"), ..Visit::default() }), "302 https://de.test/");
    assert_eq!(result(&link, &Visit { country: Some("FR"), ..Visit::default() }), "302 https://rest.test/");
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

fn visitor_result(link: &LinkRecord, address: &str, now: UnixMillis) -> String {
    let key = SplitKey::derived_from(b"secret");
    let visitor = Some(Visitor { key: &key, address: address.parse().unwrap() });
    result_at(link, &Visit { visitor, user_agent: Some(IPHONE), ..Visit::default() }, now)
}

#[test]
fn visitor_keeps_one_branch_for_the_day() {
    let link = split(&[1; 16]);
    let first = visitor_result(&link, "192.0.2.1", NOW);
    assert_eq!(visitor_result(&link, "192.0.2.1", NOW.plus_millis(86_399_999)), first);
    assert_eq!(visitor_result(&link, "::ffff:192.0.2.1", NOW), first);
    let six = visitor_result(&link, "2001:db8::1", NOW);
    assert_eq!(visitor_result(&link, "2001:db8::ffff:1", NOW), six);
    let days = (0..20).map(|day| visitor_result(&link, "192.0.2.1", NOW.plus_millis(day * 86_400_000)));
    assert!(days.collect::<std::collections::BTreeSet<_>>().len() > 5);
}

#[test]
fn split_follows_weights_independently_for_each_link() {
    let link = split(&[3, 1]);
    let other = LinkRecord { id: LinkId(uuid::Uuid::from_u128(7)), ..link.clone() };
    let addresses: Vec<_> = (0..4_000).map(|n| format!("10.0.{}.{}", n / 250, n % 250)).collect();
    let first = |link: &LinkRecord, address: &str| visitor_result(link, address, NOW).contains("0.test");
    let count = addresses.iter().filter(|address| first(&link, address)).count();
    // 3,000 expected; the standard deviation is 27.
    assert!((2_850..=3_150).contains(&count), "{count}");
    let both = addresses.iter().filter(|address| first(&link, address) && first(&other, address)).count();
    assert!((2_100..=2_400).contains(&both), "{both}; independent links would share 2,250");
}

#[test]
fn visitor_without_an_address_gets_the_first_branch() {
    assert_eq!(result(&split(&[1, 9]), &Visit::default()), "302 https://0.test/");
}

#[test]
fn browsers_cache_only_lasting_permanent_redirects() {
    let permanent = || LinkRecord { status: RedirectStatus::MovedPermanently, ..link_to("https://a.test/") };
    let dated = Conditions { before: Some(UnixMillis(1)), ..Conditions::default() };
    let rule = Rule { conditions: dated, target: RuleTarget::Url(destination("https://b.test/")) };
    for (record, expected) in [
        (permanent(), true),
        (LinkRecord { status: RedirectStatus::PermanentRedirect, ..permanent() }, true),
        (LinkRecord { expires_at: Some(UnixMillis(300_001)), ..permanent() }, true),
        (LinkRecord { status: RedirectStatus::Found, ..permanent() }, false),
        (LinkRecord { status: RedirectStatus::TemporaryRedirect, ..permanent() }, false),
        (LinkRecord { expires_at: Some(UnixMillis(300_000)), ..permanent() }, false),
        (LinkRecord { limited: true, ..permanent() }, false),
        (LinkRecord { gated: true, ..permanent() }, false),
        (LinkRecord { password: Some(PasswordMark("m".into())), ..permanent() }, false),
        (LinkRecord { rules: vec![rule], ..permanent() }, false),
    ] {
        let visit = Visit { unlocked: true, gate: Some(GateAnswer::Granted), ..Visit::default() };
        let Decision::Redirect { is_cacheable, .. } = decide(&record, &visit, UnixMillis(1)) else {
            panic!()
        };
        assert_eq!(is_cacheable, expected, "{record:?}");
    }
}

fn with_own_preview() -> LinkRecord {
    let preview = LinkPreview { title: Some("Own".to_owned()), ..LinkPreview::default() };
    LinkRecord { preview: Some(PreviewText::of(&preview)), ..link_to("https://a.test/") }
}

#[test]
fn own_preview_is_shown_to_previews_only() {
    let to_a = "302 https://a.test/";
    for (may_be_preview, gate, expected) in [
        (false, None, to_a),
        (true, None, "AskGate"),
        (true, Some(GateAnswer::Granted), to_a),
        (true, Some(GateAnswer::Preview), "own preview"),
        // Of an origin that knows no previews.
        (true, Some(GateAnswer::Machine), to_a),
    ] {
        let visit = Visit { may_be_preview, gate, ..Visit::default() };
        assert_eq!(result(&with_own_preview(), &visit), expected, "{visit:?}");
        assert_eq!(result(&link_to("https://a.test/"), &visit), to_a, "{visit:?}");
    }
    let limited = LinkRecord { gated: true, ..with_own_preview() };
    let visit = |gate| Visit { gate: Some(gate), ..Visit::default() };
    assert_eq!(result(&limited, &visit(GateAnswer::Preview)), "own preview");
    assert_eq!(result(&limited, &visit(GateAnswer::Machine)), "Withheld(Machine)");
    assert_eq!(result(&gated(), &visit(GateAnswer::Preview)), "Withheld(Machine)");
}

#[test]
fn own_preview_replaces_nothing_but_the_redirect() {
    let visit = Visit { may_be_preview: true, gate: Some(GateAnswer::Preview), ..Visit::default() };
    let over = LinkRecord { expired_url: Some(destination("https://a.test/over")), ..with_own_preview() };
    for (link, expected) in [
        (LinkRecord { state: LinkState::Disabled, ..with_own_preview() }, "Gone(Disabled)"),
        (LinkRecord { expires_at: Some(NOW), ..over }, "302 https://a.test/over"),
        (LinkRecord { password: Some(PasswordMark("m".into())), ..with_own_preview() }, "Password"),
    ] {
        assert_eq!(result(&link, &visit), expected);
    }
    let shown = Visit { preview: true, ..visit };
    assert_eq!(result(&with_own_preview(), &shown), "preview https://a.test/");
}

fn gated() -> LinkRecord {
    LinkRecord { gated: true, ..link_to("https://a.test/") }
}

#[test]
fn gated_link_redirects_only_when_granted() {
    for (gate, expected) in [
        (None, "AskGate"),
        (Some(GateAnswer::Granted), "302 https://a.test/"),
        (Some(GateAnswer::Machine), "Withheld(Machine)"),
        (Some(GateAnswer::Prefetch), "Withheld(Prefetch)"),
        (Some(GateAnswer::Exhausted), "Gone(Exhausted)"),
        (Some(GateAnswer::Withdrawn), "Gone(Disabled)"),
    ] {
        assert_eq!(result(&gated(), &Visit { gate, ..Visit::default() }), expected, "{gate:?}");
        // A link without a gate neither asks it nor obeys its answer.
        let open = LinkRecord { gated: false, ..gated() };
        assert_eq!(result(&open, &Visit { gate, ..Visit::default() }), "302 https://a.test/", "{gate:?}");
    }
}

#[test]
fn preview_of_gated_link_is_withheld_without_asking() {
    for gate in [None, Some(GateAnswer::Granted)] {
        let visit = Visit { preview: true, gate, ..Visit::default() };
        assert_eq!(result(&gated(), &visit), "Withheld(Preview)");
    }
}

#[test]
fn gate_is_asked_last() {
    let visit = Visit::default();
    for (link, expected) in [
        (LinkRecord { state: LinkState::Disabled, ..gated() }, "Gone(Disabled)"),
        (LinkRecord { state: LinkState::Exhausted, ..gated() }, "Gone(Exhausted)"),
        (LinkRecord { starts_at: Some(NOW.plus_millis(1)), ..gated() }, "NotYet"),
        (LinkRecord { expires_at: Some(NOW), ..gated() }, "Gone(Expired)"),
        (LinkRecord { password: Some(PasswordMark("m".into())), ..gated() }, "Password"),
        (LinkRecord { url: destination("https://go.example.com/x"), ..gated() }, "Gone(Loop)"),
    ] {
        assert_eq!(result(&link, &visit), expected);
    }
}

#[test]
fn exhausted_gate_redirects_to_the_expired_url() {
    let link = LinkRecord {
        expired_url: Some(destination("https://a.test/over")),
        status: RedirectStatus::MovedPermanently,
        ..gated()
    };
    let visit = Visit { gate: Some(GateAnswer::Exhausted), ..Visit::default() };
    assert_eq!(result(&link, &visit), "302 https://a.test/over");
    let ruled = LinkRecord { rules: split(&[1]).rules, ..link };
    assert_eq!(by_rule(&ruled, &visit), None);
}

fn by_rule<'a>(record: &'a LinkRecord, visit: &Visit<'a>) -> Option<&'a str> {
    let Decision::Redirect { by_rule, .. } = decide(record, visit, NOW) else { panic!("{record:?}") };
    by_rule
}

#[test]
fn redirect_names_the_destination_that_a_rule_chose() {
    assert_eq!(by_rule(&split(&[1]), &Visit::default()), Some("https://0.test/"));
    assert_eq!(by_rule(&record(), &Visit::default()), None);
    let expired_url = Some(destination("https://a.test/over"));
    let expired = LinkRecord { expires_at: Some(NOW), expired_url, ..split(&[1]) };
    assert_eq!(by_rule(&expired, &Visit::default()), None);
}

proptest! {
    #[test]
    fn forwarding_keeps_the_host_and_yields_a_valid_destination(
        query in "[\\PC&=#?/@:%.]{0,40}",
        rest in "(/[a-z@:%?.é\"<日]{0,8}){0,3}",
    ) {
        let link = LinkRecord { forward_query: true, forward_path: true, ..link_to("https://a.test/x?y=1#z") };
        let key = SplitKey::derived_from(b"secret");
        let visitor = Some(Visitor { key: &key, address: [192, 0, 2, 1].into() });
        let visit = Visit { query: &query, rest: &rest, visitor, ..Visit::default() };
        let decision = decide(&link, &visit, NOW);
        let Decision::Redirect { location, .. } = decision else { panic!("{decision:?}") };
        let parsed = Destination::try_from(location.as_str().to_owned()).unwrap();
        prop_assert_eq!(parsed.host(), "a.test");
    }
}

#[test]
fn post_needs_a_redirect_that_keeps_the_method() {
    use crate::redirect::visit::Method;
    let link = |status| LinkRecord { status, ..link_to("https://a.test/") };
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let visit = Visit { method: Method::of(method).unwrap(), ..Visit::default() };
        assert_eq!(
            result(&link(RedirectStatus::TemporaryRedirect), &visit),
            "307 https://a.test/",
            "{method}"
        );
        assert_eq!(
            result(&link(RedirectStatus::PermanentRedirect), &visit),
            "308 https://a.test/",
            "{method}"
        );
        assert_eq!(result(&link(RedirectStatus::Found), &visit), "MethodNotAllowed", "{method}");
        assert_eq!(result(&link(RedirectStatus::MovedPermanently), &visit), "MethodNotAllowed", "{method}");
        let expired = LinkRecord { expires_at: Some(NOW), ..link(RedirectStatus::Found) };
        assert_eq!(result(&expired, &visit), "Gone(Expired)");
    }
    let head = Visit { method: Method::Head, ..Visit::default() };
    assert_eq!(result(&link(RedirectStatus::Found), &head), "302 https://a.test/");
    for method in ["OPTIONS", "TRACE", "get", ""] {
        assert_eq!(Method::of(method), None);
    }
}
