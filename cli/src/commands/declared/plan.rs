//! Compares declared links with those that exist. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::file::Name;
use super::normal;

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Create { name: Name, body: Value },
    Change { name: Name, id: String, revision: Value, patch: Map<String, Value>, before: Map<String, Value> },
    Remove { name: Name, id: String, revision: Value, clicks: u64 },
}

#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// Creates, then changes, then removals.
    pub steps: Vec<Step>,
    /// Declared names that links without the file's tag have.
    pub taken: Vec<Name>,
}

/// What exists: managed links, and others with a declared name.
#[derive(Debug, Default)]
pub struct Existing {
    pub managed: BTreeMap<Name, Value>,
    pub others: BTreeMap<Name, Value>,
}

pub fn plan(
    declared: &BTreeMap<Name, Map<String, Value>>,
    tag: &str,
    existing: &Existing,
    adopts: bool,
) -> Plan {
    let (mut creates, mut changes, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for (name, fields) in declared {
        let wanted = wanted(fields, tag);
        match (existing.managed.get(name), existing.others.get(name)) {
            (Some(link), _) => changes.extend(change(name, link, &wanted)),
            (None, Some(link)) if adopts => changes.extend(change(name, link, &wanted)),
            (None, Some(_)) => taken.push(name.clone()),
            (None, None) => creates.push(create(name, &wanted)),
        }
    }
    let removed = existing.managed.iter().filter(|(name, _)| !declared.contains_key(*name));
    let removals = removed.map(|(name, link)| Step::Remove {
        name: name.clone(),
        id: text(link, "id"),
        revision: link.get("revision").cloned().unwrap_or_default(),
        clicks: link.pointer("/clicks/total").and_then(Value::as_u64).unwrap_or_default(),
    });
    let removals: Vec<Step> = removals.collect();
    Plan { steps: [creates, changes, removals].concat(), taken }
}

/// The declared fields, the defaults of the others, and the tag.
fn wanted(fields: &Map<String, Value>, tag: &str) -> Map<String, Value> {
    let mut wanted: Map<String, Value> =
        normal::defaults().map(|(name, value)| (name.to_owned(), value)).collect();
    wanted.extend(fields.clone());
    match wanted.get_mut("tags") {
        Some(Value::Array(tags)) if tags.iter().any(|known| known == tag) => {}
        Some(Value::Array(tags)) => tags.push(tag.into()),
        _ => drop(wanted.insert("tags".to_owned(), json!([tag]))),
    }
    wanted
}

fn create(name: &Name, wanted: &Map<String, Value>) -> Step {
    let mut body: Map<String, Value> = wanted.clone();
    body.retain(|_, value| !value.is_null());
    body.insert("domain".to_owned(), name.0.clone().into());
    body.insert("alias".to_owned(), name.1.clone().into());
    Step::Create { name: name.clone(), body: body.into() }
}

fn change(name: &Name, link: &Value, wanted: &Map<String, Value>) -> Option<Step> {
    let (mut patch, mut before) = (Map::new(), Map::new());
    for (field, value) in wanted {
        let stored = link.get(field).unwrap_or(&Value::Null);
        // A blocked host hides whether the link is disabled.
        let is_hidden = field == "state" && stored == "blocked";
        if !is_hidden && normal::field(field, stored) != normal::field(field, value) {
            patch.insert(field.clone(), value.clone());
            before.insert(field.clone(), stored.clone());
        }
    }
    let revision = link.get("revision").cloned().unwrap_or_default();
    (!patch.is_empty()).then(|| Step::Change {
        name: name.clone(),
        id: text(link, "id"),
        revision,
        patch,
        before,
    })
}

fn text(link: &Value, name: &str) -> String {
    link.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Step {
    pub fn name(&self) -> String {
        let (Self::Create { name, .. } | Self::Change { name, .. } | Self::Remove { name, .. }) = self;
        format!("{}/{}", name.0, name.1)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Create { body, .. } => json!({"action": "create", "link": self.name(), "fields": body}),
            Self::Change { patch, before, .. } => {
                json!({"action": "change", "link": self.name(), "fields": patch, "before": before})
            }
            Self::Remove { clicks, .. } => json!({"action": "remove", "link": self.name(), "clicks": clicks}),
        }
    }

    /// For people: a line for the link, and one for each field that changes.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Create { body, .. } => {
                let url = body.get("url").and_then(Value::as_str).unwrap_or_default();
                vec![format!("+ {}  {url}", self.name())]
            }
            Self::Change { patch, before, .. } => {
                let fields = patch.iter().map(|(field, new)| {
                    let old = before.get(field).map(shown).unwrap_or_default();
                    format!("    {field}: {old} → {}", shown(new))
                });
                std::iter::once(format!("~ {}", self.name())).chain(fields).collect()
            }
            Self::Remove { clicks, .. } => vec![format!("- {}  ({clicks} clicks)", self.name())],
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => crate::output::cell::harmless(text),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(alias: &str) -> Name {
        ("go.example.com".to_owned(), alias.to_owned())
    }

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn stored(alias: &str, more: Value) -> (Name, Value) {
        let mut link = json!({
            "id": format!("id-{alias}"), "domain": "go.example.com", "code": alias, "url": "https://example.com/", "title": null,
            "notes": null, "tags": ["managed:x"], "external_id": null, "status": 302, "starts_at": null, "expires_at": null,
            "expired_url": null, "max_clicks": null, "forward_query": false, "forward_path": false, "rules": [], "state": "active",
            "revision": 7, "clicks": {"total": 3}, "field_of_tomorrow": 1,
        });
        link.as_object_mut().unwrap().extend(fields(more));
        (name(alias), link)
    }

    #[test]
    fn plan_creates_changes_and_removes() {
        let declared = [
            (name("new"), fields(json!({"url": "https://example.com/new", "tags": ["a"]}))),
            (name("same"), fields(json!({"url": "https://example.com"}))),
            (name("other"), fields(json!({"url": "https://example.com/", "title": "T", "archived": true}))),
        ];
        let managed = [
            stored("same", json!({})),
            stored("other", json!({"notes": "gone", "archived": false})),
            stored("old", json!({})),
        ];
        let existing = Existing { managed: managed.into(), ..Existing::default() };
        let plan = plan(&declared.into(), "managed:x", &existing, false);
        let lines: Vec<String> = plan.steps.iter().flat_map(Step::lines).collect();
        insta::assert_snapshot!(lines.join("\n"));
        let Step::Create { body, .. } = &plan.steps[0] else { panic!() };
        assert_eq!(body["tags"], json!(["a", "managed:x"]));
        assert_eq!((body.get("title"), &body["alias"]), (None, &json!("new")));
    }

    #[test]
    fn link_of_others_is_taken_over_only_if_asked() {
        let declared: BTreeMap<_, _> = [(name("a"), fields(json!({"url": "https://example.com/"})))].into();
        let existing = Existing { others: [stored("a", json!({"tags": []}))].into(), ..Existing::default() };
        let refused = plan(&declared, "managed:x", &existing, false);
        assert_eq!((refused.steps, refused.taken), (Vec::new(), vec![name("a")]));
        let adopted = plan(&declared, "managed:x", &existing, true);
        assert_eq!(adopted.steps[0].lines(), ["~ go.example.com/a", "    tags: (none) → [\"managed:x\"]"]);
    }

    #[test]
    fn state_that_a_block_hides_is_no_change() {
        let declared: BTreeMap<_, _> =
            [(name("a"), fields(json!({"url": "https://example.com/", "state": "disabled"})))].into();
        let existing =
            Existing { managed: [stored("a", json!({"state": "blocked"}))].into(), ..Existing::default() };
        assert_eq!(plan(&declared, "managed:x", &existing, false), Plan::default());
    }
}
