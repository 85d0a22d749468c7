//! `GET /short-urls`.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{Outcome, ShlinkError};
use super::super::pages::Page;
use super::super::short_url::shown;
use crate::limits::{MAX_SEARCH_CHARACTERS, MAX_SHORT_URLS_PAGE};
use crate::links::input::{no_control_characters, values};
use crate::store::links::{LinkFilter, NumberedPage, Order, PageSort};

/// Shlink's own.
const DEFAULT_PAGE: usize = 10;

pub(crate) async fn list(call: &Call<'_>) -> Outcome {
    let page = Page::read(&call.query, DEFAULT_PAGE, MAX_SHORT_URLS_PAGE)?;
    let (sort, order) = order(call.query.get("orderBy"))?;
    let (app, now) = (call.app, call.app.clock.now());
    let filter = filter(call)?;
    let terms = app.reader.search_terms(&filter, &app.site.default_domain).await?;
    let wanted = NumberedPage {
        filter: &filter,
        terms: &terms,
        without_exhausted: call.query.is_true("excludeMaxVisitsReached"),
        without_expired: call.query.is_true("excludePastValidUntil"),
        sort,
        order,
        offset: page.offset(),
        limit: page.size,
    };
    let total = app.reader.count_numbered(&wanted, now).await?;
    let links = app.reader.numbered_page(&wanted, now).await?;
    let data: Vec<Value> = links.iter().map(|link| shown(app, link)).collect();
    Ok(Json(json!({"shortUrls": page.list(data, total)})).into_response())
}

fn filter(call: &Call<'_>) -> Result<LinkFilter, ShlinkError> {
    let query = &call.query;
    if query.get("apiKeyName").is_some() {
        return Err(ShlinkError::invalid_data(&["apiKeyName"]).explained("apiKeyName is not offered"));
    }
    let wanted = tags(call, "tags")?;
    let is_all = query.get("tagsMode") == Some("all");
    let (all, any) = if is_all { (wanted, Vec::new()) } else { (Vec::new(), wanted) };
    let no_tags = tags(call, "excludeTags")?;
    if no_tags.len() > 1 && query.get("excludeTagsMode") == Some("all") {
        let detail = "links that have all of several tags cannot be left out; excludeTagsMode may be any";
        return Err(ShlinkError::invalid_data(&["excludeTagsMode"]).explained(detail));
    }
    let domain = match query.get("domain") {
        None => None,
        Some(authority) => {
            Some(call.domain(authority).ok_or_else(|| ShlinkError::domain_not_found(authority))?)
        }
    };
    let search = query.get("searchTerm").map(str::to_owned);
    if search.as_deref().is_some_and(|text| {
        text.chars().count() > MAX_SEARCH_CHARACTERS || no_control_characters(text).is_err()
    }) {
        return Err(ShlinkError::invalid_data(&["searchTerm"]));
    }
    Ok(LinkFilter {
        domain,
        tags: all,
        any_tags: any,
        no_tags,
        created_from: query.moment("startDate")?,
        // Ranges end before their end here, and with it at Shlink.
        created_to: query.moment("endDate")?.map(|end| end.plus_millis(1)),
        search,
        ..LinkFilter::everything_within(call.bounds.links.clone())
    })
}

fn tags(call: &Call<'_>, name: &'static str) -> Result<Vec<String>, ShlinkError> {
    let tags = call.query.list(name).into_iter().map(|tag| values::tag(tag.into()));
    tags.collect::<Result<_, _>>().map_err(|_| ShlinkError::invalid_data(&[name]))
}

fn order(text: Option<&str>) -> Result<(PageSort, Order), ShlinkError> {
    let Some(text) = text else { return Ok((PageSort::Created, Order::Descending)) };
    let (field, direction) = text.split_once('-').unwrap_or((text, "ASC"));
    let sort = match field {
        "dateCreated" => PageSort::Created,
        "shortCode" => PageSort::Code,
        "longUrl" => PageSort::Url,
        "title" => PageSort::Title,
        "visits" => PageSort::Clicks,
        "nonBotVisits" => PageSort::Human,
        _ => return Err(ShlinkError::invalid_data(&["orderBy"])),
    };
    match direction {
        "ASC" => Ok((sort, Order::Ascending)),
        "DESC" => Ok((sort, Order::Descending)),
        _ => Err(ShlinkError::invalid_data(&["orderBy"])),
    }
}
