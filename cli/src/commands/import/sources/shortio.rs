//! Short.io's API: the links of all domains.

use serde_json::{Map, Value, json};

use super::super::draft::{Draft, Reading};
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};
use crate::api::client::segment;
use crate::error::CliError;

const PAGE: &str = "150";
const PATHS: Paths = Paths {
    short_url: "shortURL",
    url: "originalURL",
    title: "title",
    notes: "",
    tags: "tags",
    created_at: "createdAt",
};
const UTM: [(&str, &str); 5] = [
    ("source", "utmSource"),
    ("medium", "utmMedium"),
    ("campaign", "utmCampaign"),
    ("term", "utmTerm"),
    ("content", "utmContent"),
];
const LOST: [&str; 5] = ["cloaking", "FolderId", "integrationGA", "integrationFB", "integrationGTM"];

/// Domains whose links are still to be read, and the next page of the last one.
struct Place {
    domains: Vec<(String, String)>,
    page: String,
}

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(None, move |place: Option<Place>| {
        let mut place = match place {
            Some(place) => place,
            None => Place { domains: domains(&api)?, page: String::new() },
        };
        let Some((id, host)) = place.domains.last().cloned() else { return Ok((Vec::new(), None)) };
        let mut query = vec![("domain_id", id.as_str()), ("limit", PAGE)];
        if !place.page.is_empty() {
            query.push(("pageToken", &place.page));
        }
        let mut answer = api.get("/api/links", &query)?;
        let next = Item(&answer).text("nextPageToken").to_owned();
        let links = api.list(&mut answer, "/links")?;
        let mut rows = Vec::new();
        for link in &links {
            let places = Places::of(&api, link)?;
            rows.extend(rows_of(link, &host, &places, &reading));
        }
        if next.is_empty() || next == place.page {
            place.domains.pop();
            place.page = String::new();
        } else {
            place.page = next;
        }
        let is_last = place.domains.is_empty();
        Ok((rows, (!is_last).then_some(Some(place))))
    })
}

fn domains(api: &SourceApi) -> Result<Vec<(String, String)>, CliError> {
    let mut answer = api.get("/api/domains", &[])?;
    let domains = api.list(&mut answer, "")?;
    let domain =
        |domain: &Value| (Item(domain).value("id").to_string(), Item(domain).text("hostname").to_owned());
    Ok(domains.iter().rev().map(domain).collect())
}

fn id(link: &Value) -> &str {
    let item = Item(link);
    if item.text("idString").is_empty() { item.text("id") } else { item.text("idString") }
}

/// Destinations by country and by region. No list of links has them.
struct Places {
    countries: Option<Value>,
    regions: Option<Value>,
}

impl Places {
    fn of(api: &SourceApi, link: &Value) -> Result<Self, CliError> {
        let id = segment(id(link));
        Ok(Self {
            countries: api.get_if_allowed(&format!("/link_country/{id}"), &[])?,
            regions: api.get_if_allowed(&format!("/link_region/{id}"), &[])?,
        })
    }

    fn add_to(&self, draft: &mut Draft<'_>) {
        let is_read = |answer: &Option<Value>| answer.as_ref().is_some_and(Value::is_array);
        if !is_read(&self.countries) || !is_read(&self.regions) {
            draft.lost("destinations by country (not readable)", "refused");
        }
        let list =
            |answer: &Option<Value>| answer.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
        for place in list(&self.countries) {
            draft.rule(&json!({"country": [Item(&place).text("country")]}), Item(&place).text("originalURL"));
        }
        for place in list(&self.regions) {
            let place = Item(&place);
            let text =
                format!("{}-{} {}", place.text("country"), place.text("region"), place.text("originalURL"));
            draft.lost("destinations by region", &text);
        }
    }
}

fn rows_of(link: &Value, host: &str, places: &Places, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(Some(host), item.text("path")));
    draft.expires_at(item.value("expiresAt"));
    draft.expired_url(item.text("expiredURL"));
    draft.max_clicks(item.number("clicksLimit"), item.number("clicks").unwrap_or_default());
    draft.password(item.value("password").as_str(), item.is("hasPassword"));
    draft.status(item.value("redirectType"));
    draft.archived(item.is("archived"));
    if item.value("skipQS") == &Value::Bool(false) {
        draft.set("forward_query", true);
    }
    for (field, os) in [("iphoneURL", "ios"), ("androidURL", "android")] {
        draft.rule(&json!({"os": [os]}), item.text(field));
    }
    places.add_to(&mut draft);
    let percent = item.number("splitPercent").filter(|percent| (1..100).contains(percent));
    match (item.text("splitURL"), percent) {
        ("", _) => {}
        (other, Some(percent)) => draft.split(&[(100 - percent, item.text(PATHS.url)), (percent, other)]),
        (other, None) => draft.lost("splitURL", other),
    }
    let value = |(name, field): (&str, &str)| {
        Some(item.text(field)).filter(|text| !text.is_empty()).map(|text| (name.to_owned(), text.into()))
    };
    let utm: Map<String, Value> = UTM.into_iter().filter_map(value).collect();
    if !utm.is_empty() {
        draft.set("utm", utm);
    }
    for field in LOST {
        draft.lost_if_set(field, link.get(field));
    }
    draft.lost_if_set("clicks", link.get("clicks"));
    draft.rows(Some(id(link)), item.original(&PATHS))
}
