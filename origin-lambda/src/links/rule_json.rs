//! A rule of a link as the API shows it.

use link_core::record::rules::{Branch, Conditions, Rule, RuleTarget};
use serde_json::{Map, Value, json};

use crate::http::timestamp;

/// A rule as a client sends it, with times in RFC 3339.
pub(crate) fn shown(rule: &Rule) -> Value {
    let mut shown = Map::new();
    if !rule.conditions.is_empty() {
        shown.insert("if".to_owned(), conditions(&rule.conditions));
    }
    match &rule.target {
        RuleTarget::Url(url) => shown.insert("url".to_owned(), json!(url)),
        RuleTarget::App(url) => shown.insert("url".to_owned(), json!(url)),
        RuleTarget::Split(branches) => {
            shown.insert("split".to_owned(), branches.iter().map(branch).collect())
        }
    };
    Value::Object(shown)
}

fn branch(branch: &Branch) -> Value {
    json!({"weight": branch.weight, "url": branch.url})
}

fn conditions(conditions: &Conditions) -> Value {
    let mut shown = json!(conditions);
    for (name, moment) in [("after", conditions.after), ("before", conditions.before)] {
        if let (Some(moment), Some(place)) = (moment, shown.get_mut(name)) {
            *place = timestamp::format(moment).into();
        }
    }
    for (name, values) in &conditions.query {
        if values.is_empty()
            && let Some(place) = shown.get_mut("query").and_then(|query| query.get_mut(name))
        {
            *place = json!({"any": true});
        }
    }
    shown
}
