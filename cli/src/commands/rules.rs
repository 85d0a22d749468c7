//! Rules as people type them: `country=DE,AT device=mobile https://example.com/de`, or JSON.

use serde_json::{Map, Value, json};

use crate::error::CliError;
use crate::times::{self, Direction};
use time::OffsetDateTime;

const CONDITIONS: [&str; 4] = ["country", "device", "os", "language"];
const HELP: &str = "write conditions and a URL, such as 'country=DE,AT device=mobile https://example.com/de'";

pub fn parse(text: &str, now: OffsetDateTime) -> Result<Value, CliError> {
    let text = text.trim();
    if text.starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| CliError::usage(format!("the rule is not valid JSON: {error}")));
    }
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let Some(url) = words.pop().filter(|word| is_url(word)) else {
        return Err(CliError::usage(format!("the rule {text:?} has no URL at its end: {HELP}")));
    };
    let mut conditions = Map::new();
    let mut query = Map::new();
    for word in words {
        if let Some(parameter) =
            word.strip_prefix("query.").filter(|word| !word.is_empty() && !word.contains('='))
        {
            query.insert(parameter.to_owned(), json!({"any": true}));
            continue;
        }
        let Some((name, value)) = word.split_once('=').filter(|(_, value)| !value.is_empty()) else {
            return Err(CliError::usage(format!("{word} is not a condition: {HELP}")));
        };
        let values = || Value::from(value.split(',').collect::<Vec<_>>());
        if let Some(parameter) = name.strip_prefix("query.") {
            query.insert(parameter.to_owned(), values());
        } else if CONDITIONS.contains(&name) {
            conditions.insert(name.to_owned(), values());
        } else if matches!(name, "after" | "before") {
            let moment = times::parse(value, now, Direction::Future).and_then(times::rfc3339);
            conditions.insert(name.to_owned(), moment.map_err(CliError::Usage)?.into());
        } else {
            let known = "country, device, os, language, query.NAME, after, before";
            return Err(CliError::usage(format!("{name} is not a condition; the conditions are {known}")));
        }
    }
    if !query.is_empty() {
        conditions.insert("query".to_owned(), query.into());
    }
    Ok(if conditions.is_empty() { json!({"url": url}) } else { json!({"if": conditions, "url": url}) })
}

/// Also an app's, such as `tel:+49123`; but no `after=2027-01-01T00:00`.
fn is_url(word: &str) -> bool {
    word.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('='))
}

/// `70 https://example.com/a`; without a number the weight is 1.
pub fn parse_branch(text: &str) -> Result<Value, CliError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let wrong = || {
        CliError::usage(format!(
            "write a weight and a URL, such as '70 https://example.com/a', instead of {text:?}"
        ))
    };
    match words.as_slice() {
        [url] => Ok(json!({"url": url})),
        [weight, url] => {
            let weight: u32 = weight.trim_end_matches('%').parse().map_err(|_| wrong())?;
            Ok(json!({"weight": weight, "url": url}))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 15:04:05 UTC);

    #[test]
    fn rule_has_conditions_and_a_url() {
        let rule =
            parse("country=DE,AT  query.ref=poster before=2027-01-01 https://example.com/?a=b", NOW).unwrap();
        let expected = json!({
            "if": {"country": ["DE", "AT"], "query": {"ref": ["poster"]}, "before": "2027-01-01T00:00:00Z"},
            "url": "https://example.com/?a=b",
        });
        assert_eq!(rule, expected);
        assert_eq!(parse("https://example.com/", NOW).unwrap(), json!({"url": "https://example.com/"}));
        assert_eq!(
            parse(r#"{"url": "https://example.com/"}"#, NOW).unwrap(),
            json!({"url": "https://example.com/"})
        );
        let app = parse("os=ios,android tel:+49123", NOW).unwrap();
        assert_eq!(app, json!({"if": {"os": ["ios", "android"]}, "url": "tel:+49123"}));
    }

    #[test]
    fn wrong_rule_says_what_is_wrong() {
        for (rule, part) in [
            ("country=DE", "no URL"),
            ("after=2027-01-01T00:00:00Z", "no URL"),
            ("land=DE https://example.com/", "land is not a condition"),
            ("country https://example.com/", "country is not a condition"),
            ("{", "not valid JSON"),
            ("after=soon https://example.com/", "soon is not a time"),
        ] {
            let error = parse(rule, NOW).unwrap_err().to_string();
            assert!(error.contains(part), "{rule}: {error}");
        }
    }

    #[test]
    fn branch_has_a_weight_and_a_url() {
        assert_eq!(
            parse_branch("70 https://a.example/").unwrap(),
            json!({"weight": 70, "url": "https://a.example/"})
        );
        assert_eq!(
            parse_branch("70% https://a.example/").unwrap(),
            json!({"weight": 70, "url": "https://a.example/"})
        );
        assert_eq!(parse_branch("https://a.example/").unwrap(), json!({"url": "https://a.example/"}));
        assert!(parse_branch("many https://a.example/").is_err());
    }
}
