//! Brings declared and stored values to one form, so that only real differences count as changes.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::times::{self, Direction};

/// What the API stores for a field that is not set.
const DEFAULTS: [(&str, &str); 16] = [
    ("aliases", "[]"),
    ("title", "null"),
    ("notes", "null"),
    ("tags", "[]"),
    ("external_id", "null"),
    ("status", "302"),
    ("starts_at", "null"),
    ("expires_at", "null"),
    ("expired_url", "null"),
    ("max_clicks", "null"),
    ("forward_query", "false"),
    ("forward_path", "false"),
    ("rules", "[]"),
    ("preview", "null"),
    ("state", "\"active\""),
    ("archived", "false"),
];

/// The fields that a file decides even if it does not name them, with the value they then have.
pub fn defaults() -> impl Iterator<Item = (&'static str, Value)> {
    DEFAULTS.iter().map(|(name, text)| (*name, serde_json::from_str(text).unwrap_or_default()))
}

/// Host names are compared in lower case and ASCII.
pub fn domain(text: &str) -> String {
    let url = Url::parse(&format!("https://{}", text.trim()));
    url.ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| text.trim().to_lowercase())
}

/// TOML allows dates and times without an offset; they are UTC, as everywhere.
pub fn toml_time(text: &str) -> String {
    let now = OffsetDateTime::UNIX_EPOCH;
    times::parse(text, now, Direction::Future).and_then(times::rfc3339).unwrap_or_else(|_| text.to_owned())
}

/// A field's value in the form that is compared.
pub fn field(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("url" | "expired_url", Value::String(text)) => destination(text),
        ("starts_at" | "expires_at", Value::String(text)) => moment(text),
        ("title" | "notes", Value::String(text)) if text.is_empty() => Value::Null,
        ("title", Value::String(text)) => text.trim().into(),
        ("tags", Value::Array(tags)) => {
            let mut tags: Vec<&str> = tags.iter().filter_map(Value::as_str).map(str::trim).collect();
            tags.sort_unstable();
            tags.dedup();
            tags.into()
        }
        ("aliases", Value::Null) => json!([]),
        ("aliases", Value::Array(names)) => names.iter().map(own_name).collect(),
        ("rules", Value::Array(rules)) => rules.iter().map(rule).collect(),
        ("preview", Value::Object(parts)) => preview(parts),
        // An older installation archives nothing.
        ("archived", Value::Null) => false.into(),
        // Only `disabled` is set by hand; the other states follow from dates, clicks and hosts.
        ("state", Value::String(state)) => if state == "disabled" { "disabled" } else { "active" }.into(),
        _ => value.clone(),
    }
}

fn own_name(name: &Value) -> Value {
    let mut name = name.clone();
    if let Some(Value::String(domain)) = name.get_mut("domain") {
        *domain = self::domain(domain);
    }
    name
}

fn destination(text: &str) -> Value {
    Url::parse(text.trim()).map_or_else(|_| text.into(), |url| url.as_str().into())
}

/// The API keeps milliseconds.
fn moment(text: &str) -> Value {
    let moment = times::parse(text, OffsetDateTime::UNIX_EPOCH, Direction::Future);
    moment
        .map_or_else(|_| text.into(), |moment| json!((moment.unix_timestamp_nanos() / 1_000_000).to_string()))
}

/// Null without any part.
fn preview(parts: &Map<String, Value>) -> Value {
    let mut normal = Map::new();
    for (name, value) in parts {
        let value = match (name.as_str(), value) {
            ("image", Value::String(text)) if !text.trim().is_empty() => destination(text),
            (_, Value::String(text)) if text.trim().is_empty() => Value::Null,
            (_, Value::String(text)) => text.trim().into(),
            _ => value.clone(),
        };
        if !value.is_null() {
            normal.insert(name.clone(), value);
        }
    }
    if normal.is_empty() { Value::Null } else { normal.into() }
}

fn rule(rule: &Value) -> Value {
    let Value::Object(rule) = rule else { return rule.clone() };
    let mut normal = Map::new();
    for (name, value) in rule {
        let value = match (name.as_str(), value) {
            ("if", Value::Object(conditions)) => self::conditions(conditions),
            ("split", Value::Array(branches)) => branches.iter().map(branch).collect(),
            ("url", Value::String(text)) => destination(text),
            _ => value.clone(),
        };
        if !value.is_null() {
            normal.insert(name.clone(), value);
        }
    }
    normal.into()
}

/// Null for none.
fn conditions(conditions: &Map<String, Value>) -> Value {
    let mut normal = Map::new();
    for (name, value) in conditions {
        let value = match (name.as_str(), value) {
            (_, Value::Null) => continue,
            ("after" | "before", Value::String(text)) => moment(text),
            ("country" | "language", value) => values(value, |text| text.to_lowercase()),
            ("query", Value::Object(parameters)) => {
                let parameters = parameters.iter();
                parameters.map(|(name, value)| (name.clone(), parameter(value))).collect::<Map<_, _>>().into()
            }
            (_, value) => values(value, str::to_owned),
        };
        let is_empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if !is_empty {
            normal.insert(name.clone(), value);
        }
    }
    if normal.is_empty() { Value::Null } else { normal.into() }
}

/// Answers have an empty value where a rule asks for none.
fn parameter(value: &Value) -> Value {
    if *value == json!({"empty": true}) { json!([""]) } else { values(value, str::to_owned) }
}

/// One value means the same as a list of it.
fn values(value: &Value, form: impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => json!([form(text)]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.clone(), |text| form(text).into()))
            .collect(),
        other => other.clone(),
    }
}

fn branch(branch: &Value) -> Value {
    let weight = branch.get("weight").filter(|weight| !weight.is_null()).cloned().unwrap_or_else(|| 1.into());
    let url = branch.get("url").and_then(Value::as_str).map_or(Value::Null, destination);
    json!({"weight": weight, "url": url})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_settings_have_one_form() {
        for (name, one, other) in [
            ("url", json!("https://EXAMPLE.com"), json!("https://example.com/")),
            ("expires_at", json!("2027-01-31T12:00:00+01:00"), json!("2027-01-31T11:00:00.000Z")),
            ("tags", json!(["b", "a", "b"]), json!(["a", "b"])),
            ("title", json!(""), json!(null)),
            ("state", json!("expired"), json!("active")),
            (
                "preview",
                json!({"title": " A ", "image": "https://EXAMPLE.com", "description": null}),
                json!({"title": "A", "image": "https://example.com/"}),
            ),
            ("preview", json!({"title": ""}), json!(null)),
            (
                "rules",
                json!([{"if": {"country": "DE", "os": null}, "url": "https://example.com"}, {"if": {}, "split": [{"url": "https://a.example"}]}]),
                json!([{"if": {"country": ["de"]}, "url": "https://example.com/"}, {"split": [{"weight": 1, "url": "https://a.example/"}]}]),
            ),
        ] {
            assert_eq!(field(name, &one), field(name, &other), "{name}");
        }
        assert_ne!(field("state", &json!("disabled")), field("state", &json!("active")));
        assert_eq!(domain("GO.Bücher.example"), "go.xn--bcher-kva.example");
    }

    #[test]
    fn defaults_are_values() {
        assert!(defaults().any(|(name, value)| name == "rules" && value == json!([])));
        assert!(defaults().all(|(name, value)| !value.is_null() || DEFAULTS.contains(&(name, "null"))));
    }
}
