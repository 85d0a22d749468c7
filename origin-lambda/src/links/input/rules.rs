//! Validates the rules of a link. `link_core::record::rules` evaluates them.

use std::collections::BTreeMap;

use link_core::record::rules::{Branch, Conditions, Rule, RuleTarget};
use link_core::record::user_agent::{Device, OperatingSystem};
use link_core::time::UnixMillis;
use serde_json::{Map, Value};

use super::context::ValidationContext;
use super::values;
use crate::http::fields::text;
use crate::http::timestamp;
use crate::limits::{MAX_CONDITION_VALUES, MAX_RULES, MAX_RULES_BYTES, MAX_SPLIT_BRANCHES, MAX_WEIGHT};
use crate::store::links::locale::{countries, language_ranges};

/// An invalid rule. `path` is relative to `rules`: `[0].if.country`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RuleError {
    pub(super) path: String,
    pub(super) detail: String,
}

fn invalid<T>(path: impl Into<String>, detail: impl Into<String>) -> Result<T, RuleError> {
    Err(RuleError { path: path.into(), detail: detail.into() })
}

trait AtPath<T> {
    /// Adds the path of the value that was read to the error.
    fn at_path(self, path: impl FnOnce() -> String) -> Result<T, RuleError>;
}

impl<T> AtPath<T> for Result<T, RuleError> {
    fn at_path(self, path: impl FnOnce() -> String) -> Self {
        self.map_err(|error| RuleError { path: path() + &error.path, detail: error.detail })
    }
}

impl<T> AtPath<T> for Result<T, String> {
    fn at_path(self, path: impl FnOnce() -> String) -> Result<T, RuleError> {
        self.map_err(|detail| RuleError { path: path(), detail })
    }
}

pub(super) fn rules(value: Value, context: ValidationContext<'_>) -> Result<Vec<Rule>, RuleError> {
    let entries = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        _ => return invalid("", "must be a list of rules"),
    };
    if entries.len() > MAX_RULES {
        return invalid("", format!("must have at most {MAX_RULES} rules"));
    }
    let rules: Vec<Rule> = entries
        .into_iter()
        .enumerate()
        .map(|(position, entry)| rule(entry, context).at_path(|| format!("[{position}]")))
        .collect::<Result<_, _>>()?;
    // The record is sent to every edge and kept in the memory of its isolates.
    let expanded = language_ranges::expand(rules.clone());
    let bytes = serde_json::to_vec(&expanded).map_or(usize::MAX, |json| json.len());
    if bytes > MAX_RULES_BYTES {
        return invalid(
            "",
            format!("must have at most {MAX_RULES_BYTES} bytes of JSON in total; these have {bytes}"),
        );
    }
    Ok(rules)
}

fn rule(value: Value, context: ValidationContext<'_>) -> Result<Rule, RuleError> {
    let mut entry = object(value)?;
    let conditions = match entry.remove("if") {
        None | Some(Value::Null) => Conditions::default(),
        Some(value) => conditions(value).at_path(|| ".if".to_owned())?,
    };
    let target = match (entry.remove("url"), entry.remove("split")) {
        (Some(url), None) => {
            values::rule_url(url, !conditions.os.is_empty(), context).at_path(|| ".url".to_owned())?
        }
        (None, Some(branches)) => {
            RuleTarget::Split(split(branches, context).at_path(|| ".split".to_owned())?)
        }
        _ => return invalid("", "must have either url or split"),
    };
    no_other_fields(&entry)?;
    Ok(Rule { conditions, target })
}

fn split(value: Value, context: ValidationContext<'_>) -> Result<Vec<Branch>, RuleError> {
    let Value::Array(entries) = value else { return invalid("", "must be a list of branches") };
    if !(2..=MAX_SPLIT_BRANCHES).contains(&entries.len()) {
        return invalid("", format!("must have 2 to {MAX_SPLIT_BRANCHES} branches"));
    }
    let branches = entries.into_iter().enumerate();
    branches.map(|(position, entry)| branch(entry, context).at_path(|| format!("[{position}]"))).collect()
}

fn branch(value: Value, context: ValidationContext<'_>) -> Result<Branch, RuleError> {
    let mut entry = object(value)?;
    let weight = match entry.remove("weight") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_u64().and_then(|weight| u16::try_from(weight).ok()),
    };
    let Some(weight) = weight.filter(|weight| (1..=MAX_WEIGHT).contains(weight)) else {
        return invalid(".weight", format!("must be a whole number from 1 to {MAX_WEIGHT}"));
    };
    let Some(url) = entry.remove("url") else { return invalid(".url", "is required") };
    let url = values::destination(url, context).at_path(|| ".url".to_owned())?;
    no_other_fields(&entry)?;
    Ok(Branch { weight, url })
}

fn conditions(value: Value) -> Result<Conditions, RuleError> {
    let mut entry = object(value)?;
    let mut take = |name: &str| entry.remove(name).filter(|value| !value.is_null());
    let conditions = Conditions {
        country: one_or_many(take("country"), countries::parse).at_path(|| ".country".to_owned())?,
        device: one_or_many(take("device"), |text| parse_name(text, &Device::ALL, Device::as_str))
            .at_path(|| ".device".to_owned())?,
        os: one_or_many(take("os"), |text| parse_name(text, &OperatingSystem::ALL, OperatingSystem::as_str))
            .at_path(|| ".os".to_owned())?,
        language: one_or_many(take("language"), language_ranges::parse).at_path(|| ".language".to_owned())?,
        query: query(take("query")).at_path(|| ".query".to_owned())?,
        after: moment(take("after")).at_path(|| ".after".to_owned())?,
        before: moment(take("before")).at_path(|| ".before".to_owned())?,
    };
    no_other_fields(&entry)?;
    match (conditions.after, conditions.before) {
        (Some(after), Some(before)) if after >= before => invalid(".before", "must be later than after"),
        _ => Ok(conditions),
    }
}

/// One value or a list of them.
fn one_or_many<T>(
    value: Option<Value>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, RuleError> {
    let values = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(value) => {
            return Ok(vec![
                text(value).map_err(str::to_owned).and_then(|text| parse(&text)).at_path(String::new)?,
            ]);
        }
    };
    // An empty list is ambiguous: a condition that no visit meets, or no condition at all.
    if !(1..=MAX_CONDITION_VALUES).contains(&values.len()) {
        return invalid("", format!("must be one value or a list of 1 to {MAX_CONDITION_VALUES}"));
    }
    let parsed = values.into_iter().enumerate().map(|(position, value)| {
        text(value).map_err(str::to_owned).and_then(|text| parse(&text)).at_path(|| format!("[{position}]"))
    });
    parsed.collect()
}

fn parse_name<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn query(value: Option<Value>) -> Result<BTreeMap<String, Vec<String>>, RuleError> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let entries = object(value)?;
    if !(1..=MAX_CONDITION_VALUES).contains(&entries.len()) {
        return invalid("", format!("must name 1 to {MAX_CONDITION_VALUES} parameters"));
    }
    let parameters = entries.into_iter().map(|(name, value)| {
        let path = || format!(".{}", crate::http::fields::shortened(&name));
        values::no_control_characters(&name).at_path(path)?;
        let accepted = match value {
            Value::Object(kind) => any_or_empty(&kind),
            value => {
                one_or_many(Some(value), |text| values::no_control_characters(text).map(|()| text.to_owned()))
            }
        };
        let accepted = accepted.at_path(path)?;
        Ok((name, accepted))
    });
    parameters.collect()
}

/// The values of a parameter that has to be there with any, or with none.
fn any_or_empty(kind: &Map<String, Value>) -> Result<Vec<String>, RuleError> {
    let is = |name: &str| kind.len() == 1 && kind.get(name) == Some(&Value::Bool(true));
    match (is("any"), is("empty")) {
        (true, _) => Ok(Vec::new()),
        (_, true) => Ok(vec![String::new()]),
        _ => invalid("", "must be a value, a list of values, {\"any\": true} or {\"empty\": true}"),
    }
}

fn moment(value: Option<Value>) -> Result<Option<UnixMillis>, String> {
    value.map(|value| timestamp::parse(&text(value)?).map_err(message)).transpose()
}

fn object(value: Value) -> Result<Map<String, Value>, RuleError> {
    match value {
        Value::Object(entry) => Ok(entry),
        _ => invalid("", "must be an object"),
    }
}

fn no_other_fields(entry: &Map<String, Value>) -> Result<(), RuleError> {
    match entry.keys().next() {
        None => Ok(()),
        Some(name) => invalid(format!(".{}", crate::http::fields::shortened(name)), "is not a known field"),
    }
}

fn message(error: impl ToString) -> String {
    error.to_string()
}
