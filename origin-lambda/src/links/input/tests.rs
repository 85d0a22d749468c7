//! Tests of the validation of links.

use link_core::record::rules::RuleTarget;
use serde_json::{Value, json};

use super::*;
use crate::config::site::SiteConfig;
use crate::http::timestamp;

const NOW: &str = "2026-11-24T00:00:00Z";

fn read(body: Value) -> Result<LinkInput, String> {
    let Value::Object(body) = body else { panic!("not an object") };
    let mut fields = Fields::from_body(body);
    let site = SiteConfig::fixture();
    let context = ValidationContext::fixture(&site, timestamp::parse(NOW).unwrap());
    let input = new_settings(&mut fields, context);
    fields.finish(input).map_err(|problem| format!("{problem:?}"))
}

/// The problem of an invalid body.
fn rejected(mut body: Value) -> String {
    body["url"] = json!("https://a.test");
    read(body).unwrap_err()
}

#[test]
fn texts_are_trimmed_and_composed_and_empty_ones_are_none() {
    let input = read(json!({
        "url": "https://a.test", "title": "  Summer ", "notes": "", "tags": ["b", " a", "b", "u\u{308}"], "external_id": "x",
    }));
    let settings = input.unwrap().settings;
    assert_eq!(settings.title.as_deref(), Some("Summer"));
    assert_eq!(settings.notes, None);
    assert_eq!(settings.tags, ["a", "b", "ü"]);
}

#[test]
fn invalid_value_is_named_with_its_path() {
    for (body, field) in [
        (json!({"title": "a\u{0}b"}), "title"),
        (json!({"title": "x".repeat(201)}), "title"),
        (json!({"notes": "\u{7}"}), "notes"),
        (json!({"tags": "a"}), "tags"),
        (json!({"tags": [""]}), "tags"),
        (json!({"tags": vec!["x"; 51]}), "tags"),
        (json!({"external_id": ""}), "external_id"),
        (json!({"max_clicks": 0}), "max_clicks"),
        (json!({"max_clicks": 1.5}), "max_clicks"),
        (json!({"max_clicks": "1"}), "max_clicks"),
        (json!({"password": "abc"}), "password"),
        (json!({"password": 1234}), "password"),
        (json!({"forward_query": "yes"}), "forward_query"),
        (json!({"forward_path": 1}), "forward_path"),
        (json!({"state": "exhausted"}), "state"),
        (json!({"expired_url": "https://go.example.com/x"}), "expired_url"),
        (json!({"starts_at": "2027-01-02T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z"}), "expires_at"),
        (json!({"rules": {}}), "rules"),
        (json!({"rules": [1]}), "rules[0]"),
        (json!({"rules": [{}]}), "rules[0]"),
        (json!({"rules": [{"url": "https://a.test", "split": []}]}), "rules[0]"),
        (json!({"rules": [{"url": "javascript:1"}]}), "rules[0].url"),
        (json!({"rules": [{"if": {"os": "ios"}, "url": "javascript:1"}]}), "rules[0].url"),
        (json!({"rules": [{"if": {"os": "ios"}, "url": "sms:+49123"}]}), "rules[0].url"),
        (json!({"rules": [{"if": {"country": "DE"}, "url": "tel:+49123"}]}), "rules[0].url"),
        (
            json!({"rules": [{"if": {"os": "ios"}, "url": "intent://go.example.com/x#Intent;end"}]}),
            "rules[0].url",
        ),
        (
            json!({"rules": [{"if": {"os": "ios"}, "split": [{"url": "https://a.test"}, {"url": "tel:1"}]}]}),
            "rules[0].split[1].url",
        ),
        (json!({"expired_url": "tel:+49123"}), "expired_url"),
        (json!({"rules": [{"url": "https://a.test", "then": 1}]}), "rules[0].then"),
        (
            json!({"rules": [{"url": "https://a.test"}, {"split": [{"url": "https://a.test"}]}]}),
            "rules[1].split",
        ),
        (
            json!({"rules": [{"split": [{"url": "https://a.test"}, {"weight": 0, "url": "https://a.test"}]}]}),
            "rules[0].split[1].weight",
        ),
        (json!({"rules": [{"if": {"country": "Germany"}, "url": "https://a.test"}]}), "rules[0].if.country"),
        (json!({"rules": [{"if": {"country": []}, "url": "https://a.test"}]}), "rules[0].if.country"),
        (
            json!({"rules": [{"if": {"device": ["mobile", "phone"]}, "url": "https://a.test"}]}),
            "rules[0].if.device[1]",
        ),
        (json!({"rules": [{"if": {"os": "beos"}, "url": "https://a.test"}]}), "rules[0].if.os"),
        (json!({"rules": [{"if": {"language": "d"}, "url": "https://a.test"}]}), "rules[0].if.language"),
        (json!({"rules": [{"if": {"query": {"a": 1}}, "url": "https://a.test"}]}), "rules[0].if.query.a"),
        (json!({"rules": [{"if": {"query": {"a": []}}, "url": "https://a.test"}]}), "rules[0].if.query.a"),
        (
            json!({"rules": [{"if": {"query": {"a": {"any": false}}}, "url": "https://a.test"}]}),
            "rules[0].if.query.a",
        ),
        (json!({"rules": [{"if": {"after": "soon"}, "url": "https://a.test"}]}), "rules[0].if.after"),
        (json!({"rules": [{"if": {"weather": "fine"}, "url": "https://a.test"}]}), "rules[0].if.weather"),
    ] {
        let problem = rejected(body.clone());
        assert!(problem.contains(&format!("field: {field:?}")), "{body}: {problem}");
    }
}

#[test]
fn app_link_needs_a_scheme_that_is_allowed_and_a_system() {
    let detail = |rule: Value| rejected(json!({"rules": [rule]}));
    let other = detail(json!({"if": {"os": "ios"}, "url": "SMS:1"}));
    assert!(other.contains("must begin with http:// or https:// or intent: or tel:, not sms:"), "{other}");
    let everyone = detail(json!({"url": "tel:1"}));
    assert!(everyone.contains("must be in a rule with if.os"), "{everyone}");
    let body = json!({
        "url": "https://a.test",
        "rules": [{"if": {"os": ["ios", "android"], "country": "DE"}, "url": " Tel:+49 1 "}],
    });
    let rules = read(body).unwrap().settings.rules;
    let RuleTarget::App(url) = &rules[0].target else { panic!("{rules:?}") };
    assert_eq!(url.as_str(), "tel:+49%201");
}

#[test]
fn condition_may_be_a_value_or_a_list() {
    let rule = |country: Value| {
        let body = json!({"url": "https://a.test", "rules": [{"if": {"country": country}, "url": "https://b.test"}]});
        read(body).unwrap().settings.rules
    };
    assert_eq!(rule(json!("de")), rule(json!(["DE"])));
}

#[test]
fn parameter_may_need_any_value_or_none() {
    let query = json!({"a": {"any": true}, "b": {"empty": true}, "c": "x"});
    let body = json!({"url": "https://a.test", "rules": [{"if": {"query": query}, "url": "https://b.test"}]});
    let rules = read(body).unwrap().settings.rules;
    let stored = json!({"a": [], "b": [""], "c": ["x"]});
    assert_eq!(serde_json::to_value(&rules).unwrap()[0]["if"]["query"], stored);
    let shown = crate::links::rule_json::shown(&rules[0]);
    assert_eq!(shown["if"]["query"], json!({"a": {"any": true}, "b": [""], "c": ["x"]}));
}

#[test]
fn patch_changes_given_fields_and_null_resets_them() {
    let everything = json!({
        "url": "https://a.test", "title": "t", "tags": ["a"], "status": 308, "forward_path": true, "state": "disabled",
        "expires_at": "2027-01-01T00:00:00Z", "rules": [{"url": "https://b.test"}],
    });
    let base = read(everything).unwrap().settings;
    let Value::Object(patch) = json!({"title": null, "status": null, "rules": null, "forward_query": true})
    else {
        panic!()
    };
    let mut fields = Fields::from_body(patch);
    let site = SiteConfig::fixture();
    // After the expiry, which the patch does not change.
    let now = timestamp::parse("2028-01-01T00:00:00Z").unwrap();
    let context = ValidationContext::fixture(&site, now);
    let changed = changed_settings(&mut fields, base.clone(), context);
    let changed = fields.finish(Some(changed)).unwrap();
    let expected = LinkSettings {
        title: None,
        status: Default::default(),
        rules: Vec::new(),
        forward_query: true,
        ..base
    };
    assert_eq!(changed.settings, expected);
    assert_eq!(changed.password, PasswordChange::Keep);
}
