//! The settings of a link from its options, as fields of the API.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rules;
use crate::app;
use crate::args::links::SettingsArgs;
use crate::error::CliError;
use crate::times::{self, Direction};

/// Only the fields that were given.
pub fn fields(settings: &SettingsArgs, now: OffsetDateTime) -> Result<Map<String, Value>, CliError> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.clone().map(Value::from);
    put("alias", text(&settings.alias));
    put("aliases", Some(&settings.also).filter(|names| !names.is_empty()).map(|names| further_names(names)));
    put("title", text(&settings.title));
    put("notes", text(&settings.notes));
    put("tags", Some(&settings.tags).filter(|tags| !tags.is_empty()).map(|tags| tag_list(tags).into()));
    put("external_id", text(&settings.external_id));
    put("status", settings.status.map(Value::from));
    put("starts_at", moment(settings.starts_at.as_deref(), now)?);
    put("expires_at", moment(settings.expires_at.as_deref(), now)?);
    put("expired_url", text(&settings.expired_url));
    put("max_clicks", settings.max_clicks.map(Value::from));
    put("password", password(settings)?.map(Value::from));
    put("forward_query", settings.forward_query.map(Value::from));
    put("forward_path", settings.forward_path.map(Value::from));
    put("rules", rule_list(settings, now)?);
    put("preview", preview(settings));
    put("state", settings.disabled.then(|| json!("disabled")));
    for assignment in &settings.set {
        let (name, value) = app::field_value(assignment)?;
        fields.insert(name, value);
    }
    Ok(fields)
}

pub fn tag_list(tags: &[String]) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if !list.iter().any(|known| known == tag) {
            list.push(tag.to_owned());
        }
    }
    list
}

/// With a domain where one is named: its first segment has a dot, and there is another one.
fn further_names(names: &[String]) -> Value {
    let name = |name: &String| match name.trim().split_once('/') {
        Some((domain, code)) if domain.contains('.') => json!({"domain": domain, "code": code}),
        _ => json!({"code": name.trim()}),
    };
    names.iter().map(name).collect()
}

fn moment(text: Option<&str>, now: OffsetDateTime) -> Result<Option<Value>, CliError> {
    let Some(text) = text else { return Ok(None) };
    let moment = times::parse(text, now, Direction::Future).and_then(times::rfc3339);
    moment.map(|moment| Some(moment.into())).map_err(CliError::Usage)
}

/// The parts that were given: a change keeps the others. An empty text removes its part.
fn preview(settings: &SettingsArgs) -> Option<Value> {
    let parts = [
        ("title", &settings.preview_title),
        ("description", &settings.preview_description),
        ("image", &settings.preview_image),
    ];
    let part = |(name, text): (&str, &Option<String>)| {
        let text = text.as_ref()?;
        Some((name.to_owned(), if text.is_empty() { Value::Null } else { text.clone().into() }))
    };
    let parts: Map<String, Value> = parts.into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.into())
}

fn password(settings: &SettingsArgs) -> Result<Option<String>, CliError> {
    if settings.password_stdin {
        return app::read_line().map(Some);
    }
    if settings.password {
        let password = app::read_secret("Password for visitors: ").map_err(|_| {
            CliError::usage("there is no terminal to ask for the password: use --password-stdin")
        });
        return password.map(Some);
    }
    Ok(None)
}

fn rule_list(settings: &SettingsArgs, now: OffsetDateTime) -> Result<Option<Value>, CliError> {
    if let Some(path) = &settings.rules_file {
        let text = app::read_text(path)?;
        let rules = serde_json::from_str(&text);
        return rules.map(Some).map_err(|error| CliError::file("read", path, error));
    }
    let mut rules =
        settings.rules.iter().map(|rule| rules::parse(rule, now)).collect::<Result<Vec<_>, _>>()?;
    if !settings.split.is_empty() {
        let branches = settings.split.iter().map(|branch| rules::parse_branch(branch));
        rules.push(json!({"split": branches.collect::<Result<Vec<_>, _>>()?}));
    }
    Ok(Some(rules).filter(|rules| !rules.is_empty()).map(Value::from))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn options_become_fields() {
        let text = |text: &str| Some(text.to_owned());
        let settings = SettingsArgs {
            alias: text("summer"),
            also: vec!["sommer".into(), "other.example/a/b".into(), "x/y.z".into()],
            tags: vec!["a".into(), " b ".into(), "a".into(), String::new()],
            expires_at: text("30d"),
            forward_query: Some(false),
            split: vec!["70 https://a.example/".into(), "30 https://b.example/".into()],
            rules: vec!["country=DE https://example.com/de".into()],
            preview_title: text("Summer"),
            preview_image: text(""),
            disabled: true,
            set: vec!["archived=true".into(), "note=two words".into(), "title=null".into()],
            ..SettingsArgs::default()
        };
        let fields = fields(&settings, datetime!(2026-11-29 15:04:05 UTC)).unwrap();
        insta::assert_json_snapshot!(fields);
        assert!(super::fields(&SettingsArgs::default(), OffsetDateTime::UNIX_EPOCH).unwrap().is_empty());
    }
}
