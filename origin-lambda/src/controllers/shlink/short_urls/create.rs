//! Creates links: `POST /short-urls`, and the deprecated `GET /short-urls/shorten`.

use axum::http::header::CONTENT_TYPE;
use link_core::publication::Change;
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::{Outcome, ShlinkError};
use super::super::short_url::{publishing, written};
use super::settings;
use crate::controllers::links::create::create_link;
use crate::controllers::problems;
use crate::links::creation::CreationOutcome;
use crate::links::json::short_url;
use crate::store::links::{Conflict, Link};

/// The length of generated codes.
const CODE_LENGTH: u64 = 7;

pub(crate) async fn create(call: &Call<'_>) -> Outcome {
    let mut body = call.body()?;
    let mut link = settings(&mut body)?;
    // Shlink's default, and its clients leave out what is false.
    link.entry("forward_query").or_insert(true.into());
    link.retain(|_, value| !value.is_null());
    let reuse = body.get("findIfExists").and_then(Value::as_bool).unwrap_or_default();
    link.insert("reuse".to_owned(), reuse.into());
    if let Some(slug) = slug(&body)? {
        link.insert("alias".to_owned(), slug.into());
    }
    if let Some(domain) = body.get("domain").filter(|domain| !domain.is_null()) {
        link.insert("domain".to_owned(), domain.clone());
    }
    let (link, changes) = stored(call, link).await?;
    Ok(written(call.app, &link, changes))
}

/// Prefixes and lengths are for generated codes, which are all alike here.
fn slug(body: &Map<String, Value>) -> Result<Option<String>, ShlinkError> {
    let text = |name: &'static str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(ShlinkError::invalid_data(&[name])),
    };
    let refused =
        |name: &'static str, detail: &str| Err(ShlinkError::invalid_data(&[name]).explained(detail));
    let (slug, prefix) = (text("customSlug")?, text("pathPrefix")?);
    let length = body.get("shortCodeLength").filter(|length| !length.is_null());
    if slug.is_none() && length.is_some_and(|length| length.as_u64() != Some(CODE_LENGTH)) {
        return refused("shortCodeLength", "generated codes have 7 characters");
    }
    match (prefix, slug) {
        (None, slug) => Ok(slug.map(str::to_owned)),
        (Some(prefix), Some(slug)) => Ok(Some(format!("{prefix}{slug}"))),
        (Some(_), None) => refused("pathPrefix", "a prefix needs a customSlug: generated codes have none"),
    }
}

pub(crate) async fn shorten(call: &Call<'_>) -> Outcome {
    let url = call.query.get("longUrl").ok_or_else(|| ShlinkError::invalid_data(&["longUrl"]))?;
    let link = [("url", url.into()), ("forward_query", true.into()), ("reuse", true.into())];
    let link = link.map(|(name, value): (&str, Value)| (name.to_owned(), value));
    let (link, changes) = stored(call, link.into_iter().collect()).await?;
    if call.query.get("format") == Some("txt") {
        let text = short_url(&call.app.site, &link.domain, &link.code);
        return Ok(publishing(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text), changes));
    }
    Ok(written(call.app, &link, changes))
}

async fn stored(call: &Call<'_>, link: Map<String, Value>) -> Result<(Link, Vec<Change>), ShlinkError> {
    let text = |name: &str| link.get(name).and_then(Value::as_str).map(str::to_owned);
    let (slug, domain) = (text("alias"), text("domain"));
    match create_link(call.app, call.principal, &call.bounds, link).await? {
        CreationOutcome::Created(link) => {
            let changes = link.changes();
            Ok((link, changes))
        }
        CreationOutcome::Reused(link) => Ok((link, Vec::new())),
        CreationOutcome::Rejected(Conflict::NameTaken, _) => {
            Err(ShlinkError::non_unique_slug(&slug.unwrap_or_default(), domain.as_deref()))
        }
        CreationOutcome::Rejected(conflict, settings) => {
            Err(problems::link_conflict(conflict, &settings).into())
        }
    }
}
