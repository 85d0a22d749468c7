//! Reads what an administrator sets of a webhook.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::App;
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::limits::MAX_WEBHOOK_FILTERS;
use crate::links::input;
use crate::links::input::values::boolean;
use crate::store::webhooks::EndpointSettings;
use crate::webhooks::{event::EVENT_TYPES, url};

pub(super) fn new(mut fields: Fields, app: &App) -> Result<EndpointSettings, Problem> {
    let url = fields.required("url", ProblemCode::InvalidUrl, |value| webhook_url(value, app));
    let events = fields.required("events", ProblemCode::InvalidEvents, events);
    let domains = fields.optional("domains", ProblemCode::InvalidDomains, domains).unwrap_or_default();
    let tags = fields.optional("tags", ProblemCode::InvalidTags, tags).unwrap_or_default();
    let enabled = fields.optional("enabled", ProblemCode::InvalidEnabled, boolean).unwrap_or(true);
    let url_and_events = url.zip(events);
    fields.finish(url_and_events.map(|(url, events)| EndpointSettings {
        url,
        events,
        domains,
        tags,
        enabled,
    }))
}

pub(super) fn change(
    mut fields: Fields,
    old: EndpointSettings,
    app: &App,
) -> Result<EndpointSettings, Problem> {
    let url = fields.replaced("url", ProblemCode::InvalidUrl, old.url, |value| webhook_url(value, app));
    let events = fields.replaced("events", ProblemCode::InvalidEvents, old.events, events);
    let domains = fields.merged("domains", ProblemCode::InvalidDomains, old.domains, domains);
    let tags = fields.merged("tags", ProblemCode::InvalidTags, old.tags, tags);
    let enabled = fields.optional("enabled", ProblemCode::InvalidEnabled, boolean).unwrap_or(old.enabled);
    fields.finish(Some(EndpointSettings { url, events, domains, tags, enabled }))
}

/// A further domain is a row, so only the database knows it.
pub(super) async fn check_host(settings: &EndpointSettings, app: &App) -> Result<(), Problem> {
    let host = url::parse(&settings.url, &app.site).ok().map(|url| url.comparable_host().into_owned());
    let Some(domain) = host.and_then(|host| host_input::parse_domain(&host).ok()) else { return Ok(()) };
    if app.links.domain_created_at(&domain).await?.is_none() {
        return Ok(());
    }
    let detail = "must not be a host of this shortener".to_owned();
    Err(Problem::from_fields(ProblemCode::InvalidUrl, vec![FieldError { field: "url".to_owned(), detail }]))
}

fn webhook_url(value: Value, app: &App) -> Result<String, String> {
    url::parse(&text(value)?, &app.site).map(|url| url.as_str().to_owned())
}

fn events(value: Value) -> Result<Vec<String>, String> {
    let invalid = || format!("must be a list of at least one of: {}", EVENT_TYPES.join(", "));
    let events = list(value, |value| {
        let event = text(value)?;
        if EVENT_TYPES.contains(&event.as_str()) { Ok(event) } else { Err(invalid()) }
    })?;
    if events.is_empty() { Err(invalid()) } else { Ok(events) }
}

fn domains(value: Value) -> Result<Vec<String>, String> {
    list(value, |value| {
        host_input::domain(&value).map(|domain| domain.to_string()).map_err(|error| error.to_string())
    })
}

fn tags(value: Value) -> Result<Vec<String>, String> {
    list(value, input::tag)
}

/// Sorted, each once.
fn list(value: Value, parse: impl FnMut(Value) -> Result<String, String>) -> Result<Vec<String>, String> {
    let Value::Array(values) = value else { return Err("must be a list".to_owned()) };
    if values.len() > MAX_WEBHOOK_FILTERS {
        return Err(format!("must have at most {MAX_WEBHOOK_FILTERS} entries"));
    }
    let entries: Result<BTreeSet<String>, String> = values.into_iter().map(parse).collect();
    Ok(entries?.into_iter().collect())
}
