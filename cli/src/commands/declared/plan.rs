//! Compares declared links with those that exist. Pure.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::file::Name;
use super::normal;
use crate::commands::link_reference::text;
use crate::output::cell::harmless;

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
    managed: BTreeMap<Name, Value>,
    others: BTreeMap<Name, Value>,
    /// What each is known by, by id.
    names: HashMap<String, Name>,
}

impl Existing {
    pub fn insert_managed(&mut self, name: Name, link: Value) {
        self.names.insert(text(&link, "id").to_owned(), name.clone());
        self.managed.insert(name, link);
    }

    pub fn is_managed(&self, name: &Name) -> bool {
        self.managed.contains_key(name)
    }

    /// Takes in a link that the API found under a declared name. The API may write the name in another way, as it
    /// brings aliases to one Unicode form: a managed link is then known by what the file says, since it would be
    /// removed otherwise. An error is the other declared name of the same link.
    pub fn insert_declared(
        &mut self,
        declared: &BTreeMap<Name, Map<String, Value>>,
        name: &Name,
        link: Value,
    ) -> Result<(), Name> {
        match self.names.get(text(&link, "id")) {
            Some(other) if other == name => {}
            Some(other) if declared.contains_key(other) => return Err(other.clone()),
            Some(own) => {
                self.managed.remove(own);
                self.insert_managed(name.clone(), link);
            }
            None => {
                self.names.insert(text(&link, "id").to_owned(), name.clone());
                self.others.insert(name.clone(), link);
            }
        }
        Ok(())
    }
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
        id: text(link, "id").to_owned(),
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
    // A change merges the parts of a preview, so those that are not declared are removed by name.
    if let Some(Value::Object(preview)) = wanted.get_mut("preview") {
        for part in ["title", "description", "image"] {
            preview.entry(part).or_insert(Value::Null);
        }
    }
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
        id: text(link, "id").to_owned(),
        revision,
        patch,
        before,
    })
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

    /// For people: a line for the link, and one for each field that is set or changes. What a file says is as little
    /// to be trusted as what is stored, so that no line may steer the terminal.
    pub fn lines(&self) -> Vec<String> {
        let lines = match self {
            Self::Create { body, .. } => {
                let url = text(body, "url");
                let fields =
                    body.as_object().into_iter().flatten().filter(|(field, value)| is_set(field, value));
                let fields = fields.map(|(field, value)| format!("    {field}: {}", shown(value)));
                std::iter::once(format!("+ {}  {url}", self.name())).chain(fields).collect()
            }
            Self::Change { patch, before, .. } => {
                let fields = patch.iter().map(|(field, new)| {
                    let old = before.get(field).map(shown).unwrap_or_default();
                    format!("    {field}: {old} → {}", shown(new))
                });
                std::iter::once(format!("~ {}", self.name())).chain(fields).collect()
            }
            Self::Remove { clicks, .. } => vec![format!("- {}  ({clicks} clicks)", self.name())],
        };
        lines.iter().map(|line| harmless(line)).collect::<Vec<_>>()
    }
}

/// Of a new link: what its first line does not say and a plain link does not have.
fn is_set(field: &str, value: &Value) -> bool {
    let is_default = normal::defaults().any(|(known, default)| {
        known == field && normal::field(field, &default) == normal::field(field, value)
    });
    !is_default && !matches!(field, "url" | "domain" | "alias")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
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

    fn managing(links: impl IntoIterator<Item = (Name, Value)>) -> Existing {
        let mut existing = Existing::default();
        links.into_iter().for_each(|(name, link)| existing.insert_managed(name, link));
        existing
    }

    #[test]
    fn plan_creates_changes_and_removes() {
        let declared = [
            (
                name("new"),
                fields(json!({
                    "url": "https://example.com/new\u{1b}[2J", "tags": ["a"], "forward_path": false,
                    "rules": [{"if": {"country": "DE"}, "url": "https://example.com/de"}],
                })),
            ),
            (name("same"), fields(json!({"url": "https://example.com"}))),
            (name("other"), fields(json!({"url": "https://example.com/", "title": "T", "archived": true}))),
        ];
        let managed = [
            stored("same", json!({})),
            stored("other", json!({"notes": "gone", "archived": false})),
            stored("old", json!({})),
        ];
        let plan = plan(&declared.into(), "managed:x", &managing(managed), false);
        let lines: Vec<String> = plan.steps.iter().flat_map(Step::lines).collect();
        insta::assert_snapshot!(lines.join("\n"));
        let Step::Create { body, .. } = &plan.steps[0] else { panic!() };
        assert_eq!(body["tags"], json!(["a", "managed:x"]));
        assert_eq!((body.get("title"), &body["alias"]), (None, &json!("new")));
    }

    #[test]
    fn link_of_others_is_taken_over_only_if_asked() {
        let declared: BTreeMap<_, _> = [(name("a"), fields(json!({"url": "https://example.com/"})))].into();
        let mut existing = Existing::default();
        let (other, link) = stored("a", json!({"tags": []}));
        existing.insert_declared(&declared, &other, link).unwrap();
        let refused = plan(&declared, "managed:x", &existing, false);
        assert_eq!((refused.steps, refused.taken), (Vec::new(), vec![name("a")]));
        let adopted = plan(&declared, "managed:x", &existing, true);
        assert_eq!(adopted.steps[0].lines(), ["~ go.example.com/a", "    tags: (none) → [\"managed:x\"]"]);
    }

    #[test]
    fn managed_link_is_known_by_the_declared_spelling() {
        let (decomposed, composed) = (name("gru\u{308}n"), name("gr\u{fc}n"));
        let declared: BTreeMap<_, _> =
            [(decomposed.clone(), fields(json!({"url": "https://example.com/"})))].into();
        let (_, link) = stored("gr\u{fc}n", json!({}));
        let managed = || managing([(composed.clone(), link.clone())]);
        let mut existing = managed();
        existing.insert_declared(&declared, &decomposed, link.clone()).unwrap();
        assert_eq!(plan(&declared, "managed:x", &existing, true), Plan::default());
        // Both spellings in one file are one link twice.
        let mut twice = declared;
        twice.insert(composed.clone(), Map::new());
        assert_eq!(managed().insert_declared(&twice, &decomposed, link.clone()), Err(composed.clone()));
        let mut others = Existing::default();
        others.insert_declared(&twice, &composed, link.clone()).unwrap();
        assert_eq!(others.insert_declared(&twice, &decomposed, link), Err(composed));
    }

    #[test]
    fn state_that_a_block_hides_is_no_change() {
        let declared: BTreeMap<_, _> =
            [(name("a"), fields(json!({"url": "https://example.com/", "state": "disabled"})))].into();
        let existing = managing([stored("a", json!({"state": "blocked"}))]);
        assert_eq!(plan(&declared, "managed:x", &existing, false), Plan::default());
    }
}
