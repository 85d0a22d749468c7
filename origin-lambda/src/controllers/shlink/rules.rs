//! Redirect rules. A rule of Shlink has conditions with one value each, which all must hold; one of ours may have several values, of
//! which one is enough. So one of ours is shown as several, and what cannot be shown is never written over.

use axum::Json;
use axum::response::IntoResponse;
use link_core::record::rules::{Conditions, Rule, RuleTarget};
use link_core::record::user_agent::Device;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::query::atom;
use super::short_url::publishing;
use crate::controllers::links::change::LinkChange;
use crate::controllers::links::count_change;
use crate::http::etag::{Precondition, etag};
use crate::limits::MAX_RULES;
use crate::store::links::Link;

pub(super) async fn read(call: &Call<'_>, code: &str) -> Outcome {
    Ok(Json(list(&call.link(code).await?)).into_response())
}

pub(super) async fn set(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    let rules = call.body()?.remove("redirectRules").ok_or_else(|| refused("redirectRules is missing"))?;
    let Value::Array(rules) = rules else { return Err(refused("redirectRules must be a list")) };
    let rules = rules.into_iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    if !link.settings.rules.iter().all(|rule| alternatives(rule).is_some()) {
        let detail = "this link has a split, or a rule that Shlink cannot show; it would be lost";
        return Err(refused(detail));
    }
    let change = LinkChange {
        id: link.id,
        principal: call.principal,
        bounds: &call.bounds.links,
        // What was checked above is what is replaced.
        precondition: &Precondition::OneOf(vec![etag(link.revision)]),
        patch: Map::from_iter([("rules".to_owned(), Value::Array(rules))]),
        external_id: None,
    };
    let changed = count_change(call.app, call.principal, change.apply(call.app)).await?;
    Ok(publishing(Json(list(&changed.link)), changed.changes))
}

fn refused(detail: &str) -> ShlinkError {
    ShlinkError::invalid_data(&["redirectRules"]).explained(detail)
}

fn list(link: &Link) -> Value {
    let shown = link.settings.rules.iter().filter_map(alternatives).flatten();
    let rules: Vec<_> = (1..)
        .zip(shown)
        .map(|(priority, (url, conditions))| json!({"longUrl": url, "priority": priority, "conditions": conditions}))
        .collect();
    json!({"defaultLongUrl": link.settings.url, "redirectRules": rules})
}

type Shown = (String, Vec<Value>);

/// The rules of Shlink that together are one of ours. `None` if there are none, or too many.
fn alternatives(rule: &Rule) -> Option<Vec<Shown>> {
    let url = match &rule.target {
        RuleTarget::Url(url) => url.as_str(),
        RuleTarget::App(url) => url.as_str(),
        RuleTarget::Split(_) => return None,
    };
    let mut all = vec![Vec::new()];
    for one_of in conditions(&rule.conditions)? {
        if all.len() * one_of.len() > MAX_RULES {
            return None;
        }
        let with = |conditions: &Vec<Value>| {
            let extended =
                one_of.iter().map(|one| [conditions.as_slice(), std::slice::from_ref(one)].concat());
            extended.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    Some(all.into_iter().map(|conditions| (url.to_owned(), conditions)).collect())
}

/// Of each condition its alternatives.
fn conditions(conditions: &Conditions) -> Option<Vec<Vec<Value>>> {
    let condition = |kind: &str, value: &str| json!({"type": kind, "matchKey": null, "matchValue": value});
    let mut all = Vec::new();
    let devices = conditions.device.iter().map(|device| match device {
        Device::Desktop | Device::Mobile => Some(condition("device", device.as_str())),
        Device::Tablet => None,
    });
    all.push(devices.collect::<Option<Vec<_>>>()?);
    all.push(conditions.os.iter().map(|os| condition("device", os.as_str())).collect());
    all.push(conditions.language.iter().map(|language| condition("language", language.as_str())).collect());
    let country = |country: &str| condition("geolocation-country-code", country);
    all.push(conditions.country.iter().map(|code| country(code.as_str())).collect());
    for (name, values) in &conditions.query {
        let parameter =
            |kind: &str, value: &str| json!({"type": kind, "matchKey": name, "matchValue": value});
        all.push(match values.as_slice() {
            [] => vec![parameter("any-value-query-param", "")],
            values => values
                .iter()
                .map(|value| match value.as_str() {
                    "" => parameter("valueless-query-param", ""),
                    value => parameter("query-param", value),
                })
                .collect(),
        });
    }
    all.push(conditions.after.map(|moment| condition("after-date", &atom(moment))).into_iter().collect());
    all.push(conditions.before.map(|moment| condition("before-date", &atom(moment))).into_iter().collect());
    all.retain(|one_of| !one_of.is_empty());
    Some(all)
}

/// A rule as `/api/v1` takes it.
fn rule(value: Value) -> Result<Value, ShlinkError> {
    let url = value.get("longUrl").cloned().unwrap_or_default();
    let Some(Value::Array(conditions)) = value.get("conditions") else {
        return Err(refused("each rule needs conditions"));
    };
    let mut ours = Map::new();
    for condition in conditions {
        let text = |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default();
        add(&mut ours, text("type"), text("matchKey"), text("matchValue"))?;
    }
    Ok(if ours.is_empty() { json!({"url": url}) } else { json!({"if": ours, "url": url}) })
}

fn add(conditions: &mut Map<String, Value>, kind: &str, key: &str, value: &str) -> Result<(), ShlinkError> {
    const SYSTEMS: [&str; 6] = ["android", "ios", "windows", "macos", "linux", "chromeos"];
    let parameter = match kind {
        "query-param" => Some(json!(value)),
        "any-value-query-param" => Some(json!({"any": true})),
        "valueless-query-param" => Some(json!({"empty": true})),
        _ => None,
    };
    let (name, value) = match kind {
        "device" if SYSTEMS.contains(&value) => ("os", json!(value)),
        "device" => ("device", json!(value)),
        "language" => ("language", json!(value)),
        "geolocation-country-code" => ("country", json!(value)),
        "after-date" => ("after", moment(value)?),
        "before-date" => ("before", moment(value)?),
        _ => match parameter {
            Some(parameter) => return add_parameter(conditions, key, parameter),
            None => return Err(refused(&format!("conditions of the type {kind} are not offered"))),
        },
    };
    // Ours would be met by either value, Shlink's by none.
    match conditions.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(refused(&format!("a rule may have one condition of the type {kind}"))),
    }
}

fn add_parameter(conditions: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), ShlinkError> {
    let query = conditions.entry("query").or_insert_with(|| json!({}));
    let earlier = query.as_object_mut().and_then(|query| query.insert(key.to_owned(), value));
    match earlier {
        None => Ok(()),
        Some(_) => Err(refused("a rule may have one condition for each parameter")),
    }
}

fn moment(text: &str) -> Result<Value, ShlinkError> {
    let moment = super::query::moment(text).ok_or_else(|| refused("a date cannot be read"))?;
    Ok(crate::http::timestamp::format(moment).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(rule: Value) -> Rule {
        serde_json::from_value(rule).unwrap()
    }

    #[test]
    fn rule_with_several_values_is_shown_as_several_rules() {
        let rule = ours(json!({
            "if": {"country": ["DE", "AT"], "os": ["ios"], "query": {"a": ["x"], "b": [], "c": [""]}, "after": 0},
            "url": "https://a.test/",
        }));
        insta::assert_json_snapshot!(alternatives(&rule).unwrap());
    }

    #[test]
    fn app_link_is_shown_with_its_system() {
        let rule = ours(json!({"if": {"os": ["ios"]}, "url": "tel:+49123"}));
        let condition = json!({"type": "device", "matchKey": null, "matchValue": "ios"});
        assert_eq!(alternatives(&rule), Some(vec![("tel:+49123".to_owned(), vec![condition])]));
    }

    #[test]
    fn split_and_tablets_cannot_be_shown() {
        let branches =
            json!([{"weight": 1, "url": "https://a.test/"}, {"weight": 1, "url": "https://b.test/"}]);
        assert_eq!(alternatives(&ours(json!({"split": branches}))), None);
        let tablet = json!({"if": {"device": ["tablet"]}, "url": "https://a.test/"});
        assert_eq!(alternatives(&ours(tablet)), None);
        let many: Vec<_> = (0..=MAX_RULES).map(|n| n.to_string()).collect();
        let many = json!({"if": {"query": {"a": many}}, "url": "https://a.test/"});
        assert_eq!(alternatives(&ours(many)), None);
    }

    #[test]
    fn every_condition_but_those_we_lack_is_taken() {
        let condition =
            |kind: &str, key: Value, value: &str| json!({"type": kind, "matchKey": key, "matchValue": value});
        let taken = json!({"longUrl": "https://a.test/", "conditions": [
            condition("device", Value::Null, "android"),
            condition("device", Value::Null, "mobile"),
            condition("language", Value::Null, "de"),
            condition("query-param", "a".into(), "x"),
            condition("any-value-query-param", "b".into(), ""),
            condition("valueless-query-param", "c".into(), ""),
            condition("geolocation-country-code", Value::Null, "DE"),
            condition("after-date", Value::Null, "2026-11-24T00:00:00+01:00"),
            condition("before-date", Value::Null, "2026-12-24T00:00:00+01:00"),
        ]});
        insta::assert_json_snapshot!(rule(taken).unwrap());
        for kind in ["ip-address", "geolocation-city-name", "browser", ""] {
            let refused =
                json!({"longUrl": "https://a.test/", "conditions": [condition(kind, Value::Null, "x")]});
            assert!(rule(refused).is_err(), "{kind}");
        }
        let twice = json!({"longUrl": "https://a.test/", "conditions": [
            condition("language", Value::Null, "de"), condition("language", Value::Null, "en"),
        ]});
        assert!(rule(twice).is_err());
    }
}
