//! Builds the links that a row of a source asks for. Sources say what they have; what cannot be carried over is noted here.

mod settings;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::names::Name;
use super::row::{self, Loss, RowProblem, SourceRow};

/// Values of counts and the like are shown whole, texts to this length.
const MAX_EXAMPLE: usize = 40;
/// The API's limit of `aliases`.
const MAX_FURTHER_NAMES: usize = 20;

/// What every row of a run is read with.
#[derive(Debug, Clone)]
pub struct Reading {
    pub now: Timestamp,
    /// None if the user named none.
    pub zone: Option<TimeZone>,
    /// Whether a time without a zone is an error if the user named none.
    pub needs_zone: bool,
    /// Whether visits or clicks by day follow the links, so that their number is no loss.
    pub has_history: bool,
}

#[derive(Debug)]
pub struct Draft<'a> {
    reading: &'a Reading,
    link: Map<String, Value>,
    /// Of the first name, where the source has it as a text.
    short_url: Option<String>,
    names: Vec<Name>,
    rules: Vec<Value>,
    /// Why it has ended at the source, with the value that says so.
    ended: Vec<(&'static str, String)>,
    losses: Vec<Loss>,
    problem: Option<RowProblem>,
}

impl<'a> Draft<'a> {
    pub fn new(reading: &'a Reading) -> Self {
        Self {
            reading,
            link: Map::new(),
            short_url: None,
            names: Vec::new(),
            rules: Vec::new(),
            ended: Vec::new(),
            losses: Vec::new(),
            problem: None,
        }
    }

    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.link.insert(field.to_owned(), value.into());
    }

    pub fn url(&mut self, url: &str) {
        let url = url.trim();
        if !url.is_empty() {
            self.set("url", url);
        }
    }

    pub fn short_url(&mut self, text: &str) {
        self.short_url = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }

    /// A name is added once, in the order of the source.
    pub fn name(&mut self, mut name: Name) {
        if self.names.iter().all(|known| known.id() != name.id()) {
            name.short_url = name.short_url.or(self.short_url.take());
            self.names.push(name);
        }
    }

    pub fn disable(&mut self, field: &str, example: &str) {
        self.set("state", "disabled");
        self.lost(field, example);
    }

    pub fn archived(&mut self, archived: bool) {
        if archived {
            self.set("archived", true);
        }
    }

    pub fn rule(&mut self, conditions: &Value, url: &str) {
        if !url.trim().is_empty() {
            self.rules.push(json!({"if": conditions, "url": url.trim()}));
        }
    }

    /// Weights and URLs.
    pub fn split(&mut self, branches: &[(u64, &str)]) {
        let branches: Vec<Value> =
            branches.iter().map(|(weight, url)| json!({"weight": weight, "url": url})).collect();
        self.rules.push(json!({"split": branches}));
    }

    /// Destinations by country.
    pub fn countries(&mut self, value: &Value) {
        for (country, url) in value.as_object().into_iter().flatten() {
            self.rule(&json!({"country": [country]}), url.as_str().unwrap_or_default());
        }
    }

    /// Notes that the field cannot be carried over. The example comes from the source.
    pub fn lost(&mut self, field: &str, example: &str) {
        let mut example: String = example.chars().take(MAX_EXAMPLE + 1).collect();
        if example.chars().count() > MAX_EXAMPLE {
            example = example.chars().take(MAX_EXAMPLE).chain(['…']).collect();
        }
        self.losses.push(Loss { field: field.to_owned(), example });
    }

    /// Notes the field if the source has a value for it.
    pub fn lost_if_set(&mut self, field: &str, value: Option<&Value>) {
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            self.lost(field, &text_of(value));
        }
    }

    /// The first reason counts.
    pub fn refuse(&mut self, code: &str, reason: &str) {
        if self.problem.is_none() {
            self.problem = Some(RowProblem { code: code.to_owned(), reason: reason.to_owned() });
        }
    }

    /// A row with all names, or one without a name. Names beyond those that a link may have are links of their own.
    pub fn rows(mut self, id: Option<&str>, original: Vec<String>) -> Vec<SourceRow> {
        if !self.link.contains_key("url") {
            self.refuse("no_destination", "it has no destination");
        }
        let content = row::content_id(&self.link);
        self.settle_end();
        if !self.rules.is_empty() {
            let rules = std::mem::take(&mut self.rules);
            self.set("rules", rules);
        }
        let id = id.filter(|id| !id.trim().is_empty());
        let row = |row_id: &str, name: Option<Name>, further: &[&Name], is_further_name: bool| SourceRow {
            row_id: row::row_id(row_id),
            further_names: further.iter().map(|name| (*name).clone()).collect(),
            link: self.link.clone(),
            problem: self.problem.clone().or_else(|| of_root(name.as_ref())),
            name,
            is_further_name,
            // Counted once for a link of the source.
            losses: if is_further_name { Vec::new() } else { self.losses.clone() },
            original: original.clone(),
        };
        let Some((first, others)) = self.names.split_first() else {
            let id = id.map_or(content, str::to_owned);
            return vec![row(&id, None, &[], false)];
        };
        // One at the root of its domain fails by itself.
        let (further, roots): (Vec<&Name>, Vec<&Name>) =
            others.iter().partition(|name| !name.back_half.is_empty());
        let (kept, more) = further.split_at(further.len().min(MAX_FURTHER_NAMES));
        let mut rows = vec![row(id.unwrap_or(&first.id()), Some(first.clone()), kept, false)];
        let others = more.iter().chain(&roots);
        rows.extend(others.map(|name| row(&name.id(), Some((*name).clone()), &[], true)));
        rows
    }
}

fn of_root(name: Option<&Name>) -> Option<RowProblem> {
    name.filter(|name| name.back_half.is_empty()).map(|_| RowProblem {
        code: "root_path".to_owned(),
        reason: "it is the root of its domain: set the home page of the domain instead".to_owned(),
    })
}

pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) => false,
    }
}

pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn reading() -> Reading {
        Reading {
            now: "2026-11-29T15:04:05Z".parse().unwrap(),
            zone: None,
            needs_zone: false,
            has_history: false,
        }
    }

    #[test]
    fn back_halves_are_names_of_one_row() {
        let reading = reading();
        let mut draft = Draft::new(&reading);
        draft.lost("clicks", "5");
        for back_half in ["abc", "summer", "abc", ""] {
            draft.name(Name::new(Some("bit.ly"), back_half));
        }
        let rows = draft.rows(None, Vec::new());
        let shown: Vec<_> =
            rows.iter().map(|row| (row.row_id.as_str(), row.is_further_name, row.losses.len())).collect();
        assert_eq!(shown, [("bit.ly/abc", false, 1), ("bit.ly/", true, 0)]);
        assert_eq!(rows[0].further_names, [Name::new(Some("bit.ly"), "summer")]);
        let code = |row: &SourceRow| row.problem.clone().unwrap().code;
        assert_eq!(code(&rows[0]), "no_destination");
        assert_eq!(code(&rows[1]), "no_destination");
    }

    #[test]
    fn names_beyond_the_limit_are_links_of_their_own() {
        let reading = reading();
        let mut draft = Draft::new(&reading);
        draft.url("https://example.com/");
        (0..23).for_each(|number| draft.name(Name::new(None, &format!("n{number}"))));
        let rows = draft.rows(Some("1"), Vec::new());
        let ids: Vec<_> = rows.iter().map(|row| (row.row_id.as_str(), row.further_names.len())).collect();
        assert_eq!(ids, [("1", 20), ("n21", 0), ("n22", 0)]);
    }
}
