//! JSON, whole or with some fields in the order in which they were named.

use serde_json::Value;

use super::cell::{at, steers_terminal};

pub fn compact(value: &Value, fields: &[String]) -> String {
    if fields.is_empty() {
        return escaped(&value.to_string());
    }
    let members: Vec<String> =
        fields.iter().map(|field| format!("{}:{}", Value::from(field.as_str()), at(value, field))).collect();
    escaped(&format!("{{{}}}", members.join(",")))
}

pub fn pretty(value: &Value, fields: &[String]) -> String {
    let indented = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    if fields.is_empty() {
        return escaped(&indented(value));
    }
    let member = |field: &String| {
        let value = indented(at(value, field)).replace('\n', "\n  ");
        format!("  {}: {value}", Value::from(field.as_str()))
    };
    let members: Vec<String> = fields.iter().map(member).collect();
    escaped(&format!("{{\n{}\n}}", members.join(",\n")))
}

/// Escapes what could steer a terminal and is in strings only. The value stays the same.
fn escaped(json: &str) -> String {
    let is_in_string = |character: char| character != '\n' && steers_terminal(character);
    if !json.contains(is_in_string) {
        return json.to_owned();
    }
    let escape = |character: char| match is_in_string(character) {
        true => format!("\\u{:04x}", u32::from(character)),
        false => character.to_string(),
    };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_does_not_steer_the_terminal_and_keeps_its_value() {
        let value = json!({"a": "x\u{9b}2J\u{202e}\u{1b}\n\u{7f}ü"});
        for fields in [Vec::new(), vec!["a".to_owned()]] {
            for text in [compact(&value, &fields), pretty(&value, &fields)] {
                assert!(
                    !text.contains(|character| character != '\n' && steers_terminal(character)),
                    "{text}"
                );
                assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
