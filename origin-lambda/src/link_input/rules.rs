//! What a client may write as rules. How they are followed is decided in `link_core::rules`.

use std::collections::BTreeMap;

use link_core::rules::{Branch, Conditions, Rule, RuleTarget};
use link_core::time::UnixMillis;
use link_core::user_agent::{Device, OperatingSystem};
use serde_json::{Map, Value};

use super::{Judge, values};
use crate::fields::text;
use crate::limits::{MAX_CONDITION_VALUES, MAX_RULES, MAX_RULES_BYTES, MAX_SPLIT_BRANCHES, MAX_WEIGHT};
use crate::{countries, language_ranges, timestamp};

/// What is wrong, and where below `rules`: `[0].if.country`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) below: String,
    pub(super) detail: String,
}

fn wrong<T>(below: impl Into<String>, detail: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { below: below.into(), detail: detail.into() })
}

trait Below<T> {
    fn below(self, place: impl FnOnce() -> String) -> Result<T, Wrong>;
}

impl<T> Below<T> for Result<T, Wrong> {
    fn below(self, place: impl FnOnce() -> String) -> Self {
        self.map_err(|wrong| Wrong { below: place() + &wrong.below, detail: wrong.detail })
    }
}

impl<T> Below<T> for Result<T, String> {
    fn below(self, place: impl FnOnce() -> String) -> Result<T, Wrong> {
        self.map_err(|detail| Wrong { below: place(), detail })
    }
}

pub(super) fn rules(value: Value, judge: Judge<'_>) -> Result<Vec<Rule>, Wrong> {
    let entries = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        _ => return wrong("", "must be a list of rules"),
    };
    if entries.len() > MAX_RULES {
        return wrong("", format!("must be at most {MAX_RULES} rules"));
    }
    let rules: Vec<Rule> = entries
        .into_iter()
        .enumerate()
        .map(|(position, entry)| rule(entry, judge).below(|| format!("[{position}]")))
        .collect::<Result<_, _>>()?;
    // The record travels to every edge and lies in the memory of its isolates.
    let sent = language_ranges::expanded(rules.clone());
    let bytes = serde_json::to_vec(&sent).map_or(usize::MAX, |json| json.len());
    if bytes > MAX_RULES_BYTES {
        return wrong(
            "",
            format!("must be at most {MAX_RULES_BYTES} bytes of JSON in all; these have {bytes}"),
        );
    }
    Ok(rules)
}

fn rule(value: Value, judge: Judge<'_>) -> Result<Rule, Wrong> {
    let mut entry = object(value)?;
    let conditions = match entry.remove("if") {
        None | Some(Value::Null) => Conditions::default(),
        Some(value) => conditions(value).below(|| ".if".to_owned())?,
    };
    let target = match (entry.remove("url"), entry.remove("split")) {
        (Some(url), None) => RuleTarget::Url(values::destination(url, judge).below(|| ".url".to_owned())?),
        (None, Some(branches)) => RuleTarget::Split(split(branches, judge).below(|| ".split".to_owned())?),
        _ => return wrong("", "must have either url or split"),
    };
    nothing_else(&entry)?;
    Ok(Rule { conditions, target })
}

fn split(value: Value, judge: Judge<'_>) -> Result<Vec<Branch>, Wrong> {
    let Value::Array(entries) = value else { return wrong("", "must be a list of branches") };
    if !(2..=MAX_SPLIT_BRANCHES).contains(&entries.len()) {
        return wrong("", format!("must be 2 to {MAX_SPLIT_BRANCHES} branches"));
    }
    let branches = entries.into_iter().enumerate();
    branches.map(|(position, entry)| branch(entry, judge).below(|| format!("[{position}]"))).collect()
}

fn branch(value: Value, judge: Judge<'_>) -> Result<Branch, Wrong> {
    let mut entry = object(value)?;
    let weight = match entry.remove("weight") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_u64().and_then(|weight| u16::try_from(weight).ok()),
    };
    let Some(weight) = weight.filter(|weight| (1..=MAX_WEIGHT).contains(weight)) else {
        return wrong(".weight", format!("must be a whole number from 1 to {MAX_WEIGHT}"));
    };
    let Some(url) = entry.remove("url") else { return wrong(".url", "is required") };
    let url = values::destination(url, judge).below(|| ".url".to_owned())?;
    nothing_else(&entry)?;
    Ok(Branch { weight, url })
}

fn conditions(value: Value) -> Result<Conditions, Wrong> {
    let mut entry = object(value)?;
    let mut take = |name: &str| entry.remove(name).filter(|value| !value.is_null());
    let conditions = Conditions {
        country: each(take("country"), countries::parse).below(|| ".country".to_owned())?,
        device: each(take("device"), |text| one_of(text, &Device::ALL, Device::as_str))
            .below(|| ".device".to_owned())?,
        os: each(take("os"), |text| one_of(text, &OperatingSystem::ALL, OperatingSystem::as_str))
            .below(|| ".os".to_owned())?,
        language: each(take("language"), language_ranges::parse).below(|| ".language".to_owned())?,
        query: query(take("query")).below(|| ".query".to_owned())?,
        after: moment(take("after")).below(|| ".after".to_owned())?,
        before: moment(take("before")).below(|| ".before".to_owned())?,
    };
    nothing_else(&entry)?;
    match (conditions.after, conditions.before) {
        (Some(after), Some(before)) if after >= before => wrong(".before", "must be later than after"),
        _ => Ok(conditions),
    }
}

/// One value or a list of them.
fn each<T>(value: Option<Value>, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Wrong> {
    let values = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(value) => {
            return Ok(vec![
                text(value).map_err(str::to_owned).and_then(|text| parse(&text)).below(String::new)?,
            ]);
        }
    };
    // An empty list would be a condition that nobody meets to one reader, and none at all to another.
    if !(1..=MAX_CONDITION_VALUES).contains(&values.len()) {
        return wrong("", format!("must be one value or a list of 1 to {MAX_CONDITION_VALUES}"));
    }
    let parsed = values.into_iter().enumerate().map(|(position, value)| {
        text(value).map_err(str::to_owned).and_then(|text| parse(&text)).below(|| format!("[{position}]"))
    });
    parsed.collect()
}

fn one_of<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn query(value: Option<Value>) -> Result<BTreeMap<String, Vec<String>>, Wrong> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let entries = object(value)?;
    if !(1..=MAX_CONDITION_VALUES).contains(&entries.len()) {
        return wrong("", format!("must name 1 to {MAX_CONDITION_VALUES} parameters"));
    }
    let parameters = entries.into_iter().map(|(name, value)| {
        let place = || format!(".{}", crate::fields::echoed(&name));
        values::storable(&name).below(place)?;
        let accepted =
            each(Some(value), |text| values::storable(text).map(|()| text.to_owned())).below(place)?;
        Ok((name, accepted))
    });
    parameters.collect()
}

fn moment(value: Option<Value>) -> Result<Option<UnixMillis>, String> {
    value.map(|value| timestamp::parse(&text(value)?).map_err(error)).transpose()
}

fn object(value: Value) -> Result<Map<String, Value>, Wrong> {
    match value {
        Value::Object(entry) => Ok(entry),
        _ => wrong("", "must be an object"),
    }
}

fn nothing_else(entry: &Map<String, Value>) -> Result<(), Wrong> {
    match entry.keys().next() {
        None => Ok(()),
        Some(name) => wrong(format!(".{}", crate::fields::echoed(name)), "is not known here"),
    }
}

fn error(error: impl ToString) -> String {
    error.to_string()
}
