//! Shlink's API: short URLs, and the redirect rules of those that have some.

use serde_json::{Map, Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging::{self, Page};
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};
use crate::api::client::segment;
use crate::error::CliError;

const PAGE: &str = "100";
const PATHS: Paths = Paths {
    short_url: "shortUrl",
    url: "longUrl",
    title: "title",
    notes: "",
    tags: "tags",
    created_at: "dateCreated",
};
/// Shlink's names of systems are ours.
const SYSTEMS: [&str; 6] = ["android", "ios", "windows", "macos", "linux", "chromeos"];

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(1_u64, move |number: u64| {
        let (links, next) = page(&api, number)?;
        let mut rows = Vec::new();
        for link in links {
            let rules = if Item(&link).is("hasRedirectRules") { rules(&api, &link)? } else { Vec::new() };
            rows.extend(rows_of(&link, &rules, &reading));
        }
        Ok((rows, next))
    })
}

/// A page of short URLs, and the number of the next one. New ones come behind the pages that were read.
pub fn page(api: &SourceApi, number: u64) -> Page<Value, u64> {
    let page = number.to_string();
    let query = [("page", page.as_str()), ("itemsPerPage", PAGE), ("orderBy", "dateCreated-ASC")];
    let mut answer = api.get("/rest/v3/short-urls", &query)?;
    let pages = Item(&answer).number("shortUrls/pagination/pagesCount").unwrap_or_default();
    let links = api.list(&mut answer, "/shortUrls/data")?;
    Ok((links, (number < pages).then_some(number + 1)))
}

fn rules(api: &SourceApi, link: &Value) -> Result<Vec<Value>, CliError> {
    let item = Item(link);
    let path = format!("/rest/v3/short-urls/{}/redirect-rules", segment(item.text("shortCode")));
    let domain = item.value("domain").as_str().map(|domain| ("domain", domain));
    let query: Vec<(&str, &str)> = domain.into_iter().collect();
    let mut answer = api.get(&path, &query)?;
    let mut rules = api.list(&mut answer, "/redirectRules")?;
    rules.sort_by_key(|rule| Item(rule).number("priority"));
    Ok(rules)
}

pub fn rows_of(link: &Value, rules: &[Value], reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    // `domain` is null for the default one, which `shortUrl` has.
    let host = item.value("domain").as_str().map(str::to_owned);
    let host = host.or_else(|| Name::of_short_url(item.text("shortUrl"))?.host);
    draft.name(Name::new(host.as_deref(), item.text("shortCode")));
    draft.starts_at(item.value("meta/validSince"));
    draft.expires_at(item.value("meta/validUntil"));
    let visits = item.number("visitsSummary/total").unwrap_or_default();
    draft.max_clicks(item.number("meta/maxVisits"), visits);
    if item.is("forwardQuery") {
        draft.set("forward_query", true);
    }
    for rule in rules {
        let rule = Item(rule);
        let listed: Vec<&Value> = rule.value("conditions").as_array().into_iter().flatten().collect();
        match conditions(&listed) {
            Ok(conditions) => draft.rule(&conditions, rule.text("longUrl")),
            // Without one of its conditions, the rule would apply to other visitors.
            Err((kind, value)) => draft.lost(&format!("redirect rules with the condition {kind}"), &value),
        }
    }
    draft.lost_if_set("crawlable", link.get("crawlable"));
    if !reading.has_history {
        draft.lost_if_set("visits", Some(&json!(visits)));
    }
    draft.rows(None, item.original(&PATHS))
}

/// The conditions of a rule here, or the kind and the value of the first that does not exist here.
fn conditions(listed: &[&Value]) -> Result<Value, (String, String)> {
    let mut found = Map::new();
    for condition in listed {
        let item = Item(condition);
        let (kind, key, value) = (item.text("type"), item.text("matchKey"), item.text("matchValue"));
        let other = || Err((kind.to_owned(), value.to_owned()));
        let (field, value) = match kind {
            "device" if SYSTEMS.contains(&value) => ("os", json!([value])),
            "device" if matches!(value, "mobile" | "desktop") => ("device", json!([value])),
            "language" => ("language", json!([value])),
            "geolocation-country-code" => ("country", json!([value])),
            "query-param" => ("query", json!({key: [value]})),
            "any-value-query-param" => ("query", json!({key: {"any": true}})),
            "valueless-query-param" => ("query", json!({key: {"empty": true}})),
            "after-date" => ("after", json!(value)),
            "before-date" => ("before", json!(value)),
            _ => return other(),
        };
        match (found.get_mut(field), value) {
            (None, value) => drop(found.insert(field.to_owned(), value)),
            (Some(Value::Object(known)), Value::Object(value)) if !known.contains_key(key) => {
                known.extend(value)
            }
            // Two values of one field would both have to hold; here, one is enough.
            (Some(_), _) => return other(),
        }
    }
    if found.is_empty() { Err(("none".to_owned(), String::new())) } else { Ok(found.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_counterparts_or_a_name() {
        let condition =
            |kind: &str, key: &str, value: &str| json!({"type": kind, "matchKey": key, "matchValue": value});
        let read = |listed: &[Value]| conditions(&listed.iter().collect::<Vec<_>>());
        let all = [
            condition("device", "", "ios"),
            condition("device", "", "mobile"),
            condition("language", "", "de-AT"),
            condition("geolocation-country-code", "", "AT"),
            condition("query-param", "a", "1"),
            condition("query-param", "b", "2"),
            condition("any-value-query-param", "c", ""),
            condition("valueless-query-param", "d", ""),
            condition("after-date", "", "2030-01-01T00:00:00+00:00"),
        ];
        let expected = json!({
            "os": ["ios"], "device": ["mobile"], "language": ["de-AT"], "country": ["AT"],
            "query": {"a": ["1"], "b": ["2"], "c": {"any": true}, "d": {"empty": true}}, "after": "2030-01-01T00:00:00+00:00",
        });
        assert_eq!(read(&all), Ok(expected));
        for (listed, (kind, value)) in [
            (vec![condition("ip-address", "", "192.0.2.0/24")], ("ip-address", "192.0.2.0/24")),
            (vec![condition("device", "", "ios"), condition("device", "", "android")], ("device", "android")),
            (
                vec![condition("query-param", "a", "1"), condition("query-param", "a", "2")],
                ("query-param", "2"),
            ),
            (vec![], ("none", "")),
        ] {
            assert_eq!(read(&listed), Err((kind.to_owned(), value.to_owned())));
        }
    }
}
