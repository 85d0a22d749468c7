//! The fields that a write has changed, with their values before and after, and nothing secret.

use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::timestamp;
use crate::limits::MAX_AUDIT_VALUE_BYTES;

/// How a secret is shown that was not there before, and one that replaces another.
const SET: &str = "set";
const CHANGED: &str = "changed";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Value,
    pub after: Value,
    /// A value cannot be kept, and is null instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(pub Vec<FieldChange>);

impl Changes {
    /// Adds the field if its values differ.
    pub(in crate::store) fn compare<T: Serialize>(&mut self, field: &'static str, before: T, after: T) {
        let (before, after) = (json(before), json(after));
        if before != after {
            self.push(field, before, after);
        }
    }

    pub(in crate::store) fn compare_times(
        &mut self,
        field: &'static str,
        before: Option<UnixMillis>,
        after: Option<UnixMillis>,
    ) {
        self.compare(field, before.map(timestamp::format), after.map(timestamp::format));
    }

    /// Adds the field if its values differ, without them.
    pub(in crate::store) fn compare_secrets<T: PartialEq>(
        &mut self,
        field: &'static str,
        before: Option<T>,
        after: Option<T>,
    ) {
        match (before, after) {
            (None, None) => {}
            (None, Some(_)) => self.push(field, Value::Null, SET.into()),
            (Some(_), None) => self.push(field, SET.into(), Value::Null),
            (Some(before), Some(after)) if before == after => {}
            (Some(_), Some(_)) => self.replace_secret(field),
        }
    }

    pub(in crate::store) fn replace_secret(&mut self, field: &'static str) {
        self.push(field, SET.into(), CHANGED.into());
    }

    /// Adds the field whether or not the values that are shown differ.
    pub(in crate::store) fn push(&mut self, field: &'static str, before: Value, after: Value) {
        let (shown_before, shown_after) = (bounded_value(&before), bounded_value(&after));
        self.0.push(FieldChange {
            field: field.to_owned(),
            truncated: shown_before.is_none() || shown_after.is_none(),
            before: shown_before.unwrap_or_default(),
            after: shown_after.unwrap_or_default(),
        });
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `None` if it is too long to be kept.
pub(super) fn bounded(fields: &Map<String, Value>) -> Option<Value> {
    bounded_value(&Value::Object(fields.clone()))
}

/// `None` if the value is too long, or has the character U+0000, which jsonb cannot keep
/// (<https://www.postgresql.org/docs/current/datatype-json.html>).
fn bounded_value(value: &Value) -> Option<Value> {
    let is_kept = |text: String| text.len() <= MAX_AUDIT_VALUE_BYTES && !text.contains("\\u0000");
    serde_json::to_string(value).is_ok_and(is_kept).then(|| value.clone())
}

fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(write: impl FnOnce(&mut Changes)) -> Value {
        let mut changes = Changes::default();
        write(&mut changes);
        json(changes)
    }

    #[test]
    fn only_values_that_differ_are_changes() {
        let changes = shown(|changes| {
            changes.compare("title", Some("a"), Some("a"));
            changes.compare("notes", None, Some("b"));
            changes.compare_times("expires_at", Some(UnixMillis(0)), None);
        });
        assert_eq!(
            changes,
            json!([
                {"field": "notes", "before": null, "after": "b"},
                {"field": "expires_at", "before": "1970-01-01T00:00:00.000Z", "after": null},
            ])
        );
    }

    #[test]
    fn secret_is_never_a_value() {
        let change = |before: Option<&str>, after: Option<&str>| {
            shown(|changes| changes.compare_secrets("password", before, after))
        };
        assert_eq!(change(None, None), json!([]));
        assert_eq!(change(Some("one"), Some("one")), json!([]));
        let of =
            |before: Value, after: Value| json!([{"field": "password", "before": before, "after": after}]);
        assert_eq!(change(None, Some("one")), of(Value::Null, json!("set")));
        assert_eq!(change(Some("one"), Some("two")), of(json!("set"), json!("changed")));
        assert_eq!(change(Some("one"), None), of(json!("set"), Value::Null));
    }

    #[test]
    fn value_that_the_database_cannot_keep_is_left_out() {
        let file = json!({"a\0": []});
        let cut = shown(|changes| changes.compare("assetlinks", None, Some(&file)));
        assert_eq!(cut, json!([{"field": "assetlinks", "before": null, "after": null, "truncated": true}]));
    }

    #[test]
    fn long_value_is_left_out() {
        let longest = "x".repeat(MAX_AUDIT_VALUE_BYTES - 2);
        let kept = shown(|changes| changes.compare("notes", None, Some(&longest)));
        assert_eq!(kept, json!([{"field": "notes", "before": null, "after": longest}]));
        let longer = format!("{longest}x");
        let cut = shown(|changes| changes.compare("notes", Some(""), Some(longer.as_str())));
        assert_eq!(cut, json!([{"field": "notes", "before": "", "after": null, "truncated": true}]));
    }
}
