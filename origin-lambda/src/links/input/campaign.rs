//! Puts the fields `utm` of a link into the query of its destination. They are stored nowhere else.

use link_core::names::destination::Destination;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::values::single_line;
use crate::http::fields::{Fields, shortened, text};
use crate::http::problem::ProblemCode;
use crate::limits::MAX_UTM_CHARACTERS;

pub(crate) const PARAMETERS: [&str; 5] = ["source", "medium", "campaign", "term", "content"];
/// What no value of a query needs to escape (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What becomes of a parameter that the destination has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Conflict {
    #[default]
    Keep,
    Replace,
}

pub(super) fn applied(fields: &mut Fields, url: Destination) -> Destination {
    let conflict = fields.optional("utm_conflict", ProblemCode::InvalidUtm, conflict).unwrap_or_default();
    let parameters = parameters(fields);
    if parameters.is_empty() {
        // As it was written: a signature may cover every character.
        return url;
    }
    match Destination::parse(&with_parameters(url.as_str(), &parameters, conflict)) {
        Ok(url) => url,
        Err(error) => {
            fields.reject(ProblemCode::InvalidUtm, "utm".to_owned(), error.to_string());
            url
        }
    }
}

/// The field `utm`: names without their prefix, and values that are not empty.
pub(crate) fn parameters(fields: &mut Fields) -> Vec<(&'static str, String)> {
    let values = match fields.take("utm") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(values)) => values,
        Some(_) => {
            fields.reject(ProblemCode::InvalidUtm, "utm".to_owned(), "must be an object".to_owned());
            return Vec::new();
        }
    };
    let mut parameters = Vec::new();
    for (name, value) in values {
        match parameter(&name, value) {
            Ok(parameter) => parameters.extend(parameter),
            Err(detail) => {
                fields.reject(ProblemCode::InvalidUtm, format!("utm.{}", shortened(&name)), detail);
            }
        }
    }
    parameters
}

fn conflict(value: Value) -> Result<Conflict, &'static str> {
    match text(value)?.as_str() {
        "keep" => Ok(Conflict::Keep),
        "replace" => Ok(Conflict::Replace),
        _ => Err("must be keep or replace"),
    }
}

/// `None` for an empty value.
fn parameter(name: &str, value: Value) -> Result<Option<(&'static str, String)>, String> {
    let known = PARAMETERS.into_iter().find(|known| *known == name);
    let name = known.ok_or_else(|| format!("is not one of {}", PARAMETERS.join(", ")))?;
    if value.is_null() {
        return Ok(None);
    }
    Ok(single_line(value, MAX_UTM_CHARACTERS)?.map(|value| (name, value)))
}

fn with_parameters(url: &str, parameters: &[(&str, String)], conflict: Conflict) -> String {
    let (rest, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let has = |pair: &str, name: &str| pair.split_once('=').map_or(pair, |(name, _)| name) == name;
    let mut pairs: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    for (name, value) in parameters {
        let name = format!("utm_{name}");
        if conflict == Conflict::Replace {
            pairs.retain(|pair| !has(pair, &name));
        }
        if !pairs.iter().any(|pair| has(pair, &name)) {
            pairs.push(format!("{name}={}", utf8_percent_encode(value, ESCAPED)));
        }
    }
    format!("{base}?{}{fragment}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, url: &str, expected: &str) {
        let Value::Object(body) = body else { panic!("{body}") };
        let mut fields = Fields::from_body(body);
        let url = applied(&mut fields, Destination::parse(url).unwrap());
        assert_eq!(fields.finish(Some(url)).unwrap().as_str(), expected);
    }

    #[test]
    fn parameters_are_put_into_the_query() {
        for unchanged in ["https://example.com/?a=%20#f", "https://example.com/?a&&b&"] {
            check(json!({}), unchanged, unchanged);
            check(json!({"utm": {}}), unchanged, unchanged);
        }
        check(json!({"utm": null}), "https://example.com/", "https://example.com/");
        check(json!({"utm": {"source": null, "term": " "}}), "https://example.com/", "https://example.com/");
        let utm = json!({"utm": {"source": "news & mail", "campaign": "\u{fc}"}});
        let added = "utm_campaign=%C3%BC&utm_source=news%20%26%20mail";
        check(utm.clone(), "https://example.com/", &format!("https://example.com/?{added}"));
        check(utm, "https://example.com/p?a=1#f", &format!("https://example.com/p?a=1&{added}#f"));
    }

    #[test]
    fn own_parameter_is_kept_or_replaced() {
        let url = "https://example.com/?utm_source=own&a=1&utm_source=own2";
        check(json!({"utm": {"source": "x"}}), url, url);
        let replaced = json!({"utm": {"source": "x"}, "utm_conflict": "replace"});
        check(replaced, url, "https://example.com/?a=1&utm_source=x");
    }

    #[test]
    fn invalid_parameter_is_named() {
        for (body, field) in [
            (json!({"utm": []}), "utm"),
            (json!({"utm": {"id": "1"}}), "utm.id"),
            (json!({"utm": {"source": 1}}), "utm.source"),
            (json!({"utm": {"source": "x".repeat(201)}}), "utm.source"),
            (json!({"utm": {"source": "\u{0}"}}), "utm.source"),
            (json!({"utm_conflict": "both"}), "utm_conflict"),
        ] {
            let Value::Object(body) = body else { panic!("{body}") };
            let mut fields = Fields::from_body(body);
            let url = applied(&mut fields, Destination::parse("https://example.com").unwrap());
            let problem = format!("{:?}", fields.finish(Some(url)).unwrap_err());
            assert!(problem.contains(&format!("field: {field:?}")), "{problem}");
        }
        let long = format!("https://example.com/{}", "x".repeat(8_100));
        let Value::Object(body) = json!({"utm": {"source": "x".repeat(200)}}) else { panic!() };
        let mut fields = Fields::from_body(body);
        let url = applied(&mut fields, Destination::parse(&long).unwrap());
        assert!(fields.finish(Some(url)).is_err());
    }
}
