//! Reads the file that declares links. A link's fields are those of the API.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::normal;
use crate::app;
use crate::error::CliError;
use crate::times;

/// Domain and alias: what a link is known by.
pub type Name = (String, String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    domain: Option<String>,
    #[serde(default)]
    links: Vec<toml::Table>,
}

#[derive(Debug)]
pub struct Declared {
    /// Its links carry the tag `managed:NAME`.
    pub name: String,
    /// The fields of each link, without domain and alias.
    pub links: BTreeMap<Name, Map<String, Value>>,
}

/// `default_domain` is asked only if a link names none.
pub fn read(
    path: &Path,
    default_domain: impl Fn() -> Result<String, CliError>,
) -> Result<Declared, CliError> {
    let text = match path.to_str() {
        Some("-") => app::read_text("-")?,
        _ => std::fs::read_to_string(path).map_err(|error| CliError::file("read", path, error))?,
    };
    parse(&text, default_domain).map_err(|error| match error {
        CliError::Usage(message) => CliError::Usage(format!("{}: {message}", path.display())),
        error => error,
    })
}

fn parse(text: &str, default_domain: impl Fn() -> Result<String, CliError>) -> Result<Declared, CliError> {
    let document: Document = toml::from_str(text).map_err(|error| CliError::usage(error.to_string()))?;
    let name = document.name.trim().to_owned();
    if name.is_empty() {
        return Err(CliError::usage("name must not be empty: it marks the links of this file"));
    }
    let mut fallback = document.domain;
    let mut links = BTreeMap::new();
    for (position, link) in document.links.iter().enumerate() {
        let place = |message: &str| CliError::usage(format!("link {}: {message}", position + 1));
        let Value::Object(mut fields) = json(&toml::Value::Table(link.clone())) else { continue };
        let mut text = |name: &str| match fields.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
            Some(_) => Err(place(&format!("{name} must be text"))),
        };
        let alias =
            text("alias")?.ok_or_else(|| place("alias is missing: a link is known by domain and alias"))?;
        let domain = match (text("domain")?, &fallback) {
            (Some(domain), _) => domain,
            (None, Some(domain)) => domain.clone(),
            (None, None) => fallback.insert(default_domain()?).clone(),
        };
        if !fields.contains_key("url") {
            return Err(place("url is missing"));
        }
        // A date alone is its beginning, with quotes or without. A duration would mean another time with each run: the API refuses it.
        for name in ["starts_at", "expires_at"] {
            if let Some(Value::String(text)) = fields.get_mut(name)
                && times::absolute(text).is_some()
            {
                *text = normal::toml_time(text);
            }
        }
        for secret in ["password", "password_protected"] {
            if fields.contains_key(secret) {
                return Err(place(
                    "a password does not belong in a file; set it with `shortline links edit --password`",
                ));
            }
        }
        for name in fields.get_mut("aliases").and_then(Value::as_array_mut).into_iter().flatten() {
            // The link's own domain, which the API shows.
            if let Value::Object(name) = name {
                name.entry("domain").or_insert_with(|| domain.clone().into());
            }
        }
        let known_by = (normal::domain(&domain), alias);
        if links.contains_key(&known_by) {
            return Err(place(&format!("{}/{} is declared twice", known_by.0, known_by.1)));
        }
        links.insert(known_by, fields);
    }
    Ok(Declared { name, links })
}

/// TOML's dates become RFC 3339 text, as the API takes them.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.clone().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(moment) => normal::toml_time(&moment.to_string()).into(),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => {
            table.iter().map(|(name, value)| (name.clone(), json(value))).collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Result<Declared, CliError> {
        parse(text, || Ok("go.example.com".to_owned()))
    }

    #[test]
    fn links_have_their_fields_and_names() {
        let text = r#"
            name = "website"
            [[links]]
            alias = "summer"
            url = "https://example.com/"
            expires_at = "2027-01-31"
            starts_at = 2027-01-01T12:00:00+01:00
            notes = "3d"
            aliases = [{code = "sommer"}, {domain = "go.example.org", code = "x"}]
            rules = [{if = {country = ["DE"]}, url = "https://example.com/de"}]
            [[links]]
            domain = "GO.example.org"
            alias = "summer"
            url = "https://example.org/"
            starts_at = "3d"
        "#;
        let declared = parsed(text).unwrap();
        let names: Vec<_> =
            declared.links.keys().map(|(domain, alias)| format!("{domain}/{alias}")).collect();
        assert_eq!(names, ["go.example.com/summer", "go.example.org/summer"]);
        let first = declared.links.values().next().unwrap();
        let expected = json!({
            "url": "https://example.com/", "notes": "3d", "expires_at": "2027-01-31T00:00:00Z", "starts_at": "2027-01-01T12:00:00+01:00",
            "aliases": [{"code": "sommer", "domain": "go.example.com"}, {"code": "x", "domain": "go.example.org"}],
            "rules": [{"if": {"country": ["DE"]}, "url": "https://example.com/de"}],
        });
        assert_eq!(&Value::Object(first.clone()), &expected);
        assert_eq!(declared.links.values().last().unwrap()["starts_at"], json!("3d"));
    }

    #[test]
    fn wrong_file_says_where_and_what() {
        let link = |fields: &str| format!("name = \"x\"\n[[links]]\n{fields}");
        for (text, part) in [
            (String::new(), "name"),
            ("name = \" \"".into(), "name must not be empty"),
            ("name = \"x\"\nlink = []".into(), "unknown field"),
            (link("url = \"https://a.example/\""), "link 1: alias is missing"),
            (link("alias = \"a\""), "link 1: url is missing"),
            (link("alias = 5\nurl = \"x\""), "link 1: alias must be text"),
            (link("alias = \"a\"\nurl = \"x\"\npassword = \"p\""), "does not belong in a file"),
            (
                link("alias = \"a\"\nurl = \"x\"\n[[links]]\nalias = \"a\"\nurl = \"y\""),
                "link 2: go.example.com/a is declared twice",
            ),
        ] {
            let error = parsed(&text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
