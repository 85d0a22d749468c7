//! JSON, whole or with some fields in the order in which they were named.

use serde_json::Value;

use super::cell::at;

pub fn compact(value: &Value, fields: &[String]) -> String {
    if fields.is_empty() {
        return value.to_string();
    }
    let members: Vec<String> =
        fields.iter().map(|field| format!("{}:{}", Value::from(field.as_str()), at(value, field))).collect();
    format!("{{{}}}", members.join(","))
}

pub fn pretty(value: &Value, fields: &[String]) -> String {
    let indented = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    if fields.is_empty() {
        return indented(value);
    }
    let member = |field: &String| {
        let value = indented(at(value, field)).replace('\n', "\n  ");
        format!("  {}: {value}", Value::from(field.as_str()))
    };
    let members: Vec<String> = fields.iter().map(member).collect();
    format!("{{\n{}\n}}", members.join(",\n"))
}
