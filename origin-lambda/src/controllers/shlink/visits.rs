//! Visits that found a link: raw clicks, the newest 100,000 of what is asked for. Sums are exact, from the totals of links.

use std::collections::HashMap;

use axum::Json;
use axum::response::IntoResponse;
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::clicks::roll_up::ALL_LINKS;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::time::UnixMillis;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::pages::Page;
use super::query::atom;
use super::short_url::{publishing, summary};
use crate::controllers::clicks::erase::erase_clicks;
use crate::http::timestamp;
use crate::limits::{MAX_SELECTED_LINKS, MAX_VISITS, MAX_VISITS_PAGE};
use crate::links::input;
use crate::links::json::short_url;
use crate::store::clicks::LinkedClick;
use crate::store::statistics::ClickRange;
use crate::store::visits::VisitFilter;

const HUMAN: &str = "human";

pub(super) async fn of_short_url(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    list(call, Some(vec![link.id.0])).await
}

pub(super) async fn of_tag(call: &Call<'_>, tag: &str) -> Outcome {
    let not_found = || ShlinkError::tag_not_found(tag);
    let name = input::tag(tag.into()).map_err(|_| not_found())?;
    let domain = call
        .query
        .get("domain")
        .map(|authority| call.domain(authority).ok_or_else(|| ShlinkError::domain_not_found(authority)));
    let domain = domain.transpose()?;
    let links = select(call, domain.as_ref(), Some(&name)).await?;
    if links.is_empty() && call.app.links.count_tagged_links(&name, &call.bounds.links, 1).await? == 0 {
        return Err(not_found());
    }
    list(call, Some(links)).await
}

pub(super) async fn of_domain(call: &Call<'_>, authority: &str) -> Outcome {
    let not_found = || ShlinkError::domain_not_found(authority);
    let domain = call.domain(authority).ok_or_else(not_found)?;
    let default = &call.app.site.default_domain;
    let is_known = domain == *default || call.app.links.domain_created_at(&domain).await?.is_some();
    if !is_known || !call.bounds.links.include_domain(&domain) {
        return Err(not_found());
    }
    let links = select(call, Some(&domain), None).await?;
    list(call, Some(links)).await
}

pub(super) async fn non_orphan(call: &Call<'_>) -> Outcome {
    let links = match call.query.get("domain") {
        Some(authority) => return of_domain(call, authority).await,
        None if call.bounds.links.are_all() => None,
        None => Some(select(call, None, None).await?),
    };
    list(call, links).await
}

async fn select(
    call: &Call<'_>,
    domain: Option<&Domain>,
    tag: Option<&str>,
) -> Result<Vec<Uuid>, ShlinkError> {
    let links = call.app.reader.select_links(domain, tag, &call.bounds.links, MAX_SELECTED_LINKS + 1).await?;
    if i64::try_from(links.len()).is_ok_and(|links| links <= MAX_SELECTED_LINKS) {
        return Ok(links);
    }
    let detail =
        format!("visits of more than {MAX_SELECTED_LINKS} links are not listed; visits/non-orphan has all");
    Err(ShlinkError::invalid_data(&[]).explained(detail))
}

/// `None`: of all links.
async fn list(call: &Call<'_>, links: Option<Vec<Uuid>>) -> Outcome {
    let page = Page::read(&call.query, MAX_VISITS_PAGE, MAX_VISITS_PAGE)?;
    let (start, end) = (call.query.moment("startDate")?, call.query.moment("endDate")?);
    let class = call.query.is_true("excludeBots").then_some(HUMAN);
    let app = call.app;
    let oldest = app.clock.now().plus_millis(-i64::from(app.raw_click_days) * DAY_MILLIS);
    let (from, to) = (start.unwrap_or(oldest).max(oldest), end.unwrap_or(*timestamp::LATEST));
    let mut filter = VisitFilter { links: links.as_deref(), from, to, class };
    if links.as_ref().is_none_or(|links| links.len() > 1) {
        filter.from = first_needed(call, &filter).await?;
    }
    let total = app.analytics.count_visits(&filter, MAX_VISITS).await?;
    let left = total.saturating_sub(page.offset()).min(page.size);
    let visits = match left {
        0 => Vec::new(),
        left => app.analytics.visits(&filter, page.offset(), left).await?,
    };
    let ids: Vec<Uuid> = visits.iter().map(|visit| visit.link).collect();
    let names = app.reader.names_of(&ids, &call.bounds.links).await?;
    let data: Vec<Value> = visits.into_iter().map(|visit| shown(call, visit, &names)).collect();
    Ok(Json(json!({"visits": page.list(data, total)})).into_response())
}

/// The start of the day from which on there are [`MAX_VISITS`], by the roll-ups: clicks of many links are in the order of time in no
/// index, and earlier ones need not be read.
async fn first_needed(call: &Call<'_>, filter: &VisitFilter<'_>) -> Result<UnixMillis, ShlinkError> {
    let VisitFilter { links, from, to, class } = *filter;
    let to = to.min(call.app.clock.now().plus_millis(DAY_MILLIS)).round_up(DAY_MILLIS);
    let from_day = from.round_down(DAY_MILLIS);
    if from_day >= to {
        return Ok(from);
    }
    let range = ClickRange { links: links.unwrap_or(&[ALL_LINKS]), from: from_day, to, class, filter: None };
    let days: Vec<_> = std::iter::successors(Some(from_day), |day| Some(day.plus_millis(DAY_MILLIS)))
        .take_while(|day| *day < to)
        .map(UnixMillis::day)
        .collect();
    let series = call.app.analytics.series(&range, &days).await?;
    let most = i64::try_from(MAX_VISITS).unwrap_or(i64::MAX);
    let mut seen = 0;
    for ((day, _), count) in series.iter().rev() {
        seen += count.clicks;
        if seen >= most {
            return Ok((*day).max(from));
        }
    }
    Ok(from)
}

fn shown(call: &Call<'_>, visit: LinkedClick, names: &HashMap<Uuid, (Domain, Slug)>) -> Value {
    let LinkedClick { link, click } = visit;
    let place = |country: String| {
        json!({
            "countryCode": country, "countryName": country, "regionName": click.region, "cityName": click.city,
            "latitude": null, "longitude": null, "timezone": null, "isEmpty": false,
        })
    };
    let url = names.get(&link).map(|(domain, code)| short_url(&call.app.site, domain, code));
    json!({
        "referer": click.referrer.unwrap_or_default(),
        "date": atom(click.time.into()),
        "userAgent": click.user_agent.unwrap_or_default(),
        "visitLocation": click.country.clone().map(place),
        "potentialBot": click.class.as_deref() != Some(HUMAN),
        // Of a deleted link only the clicks are known.
        "visitedUrl": url.unwrap_or_default(),
        "redirectUrl": click.destination,
    })
}

pub(super) async fn delete(call: &Call<'_>, code: &str) -> Outcome {
    let link = call.link(code).await?;
    let (clicks, changes) = erase_clicks(call.app, link.id).await?;
    Ok(publishing(Json(json!({"deletedVisits": clicks})), changes))
}

/// Of links that exist, as at Shlink.
pub(super) async fn overview(call: &Call<'_>) -> Outcome {
    let (_, totals) = call.app.reader.link_totals(&call.bounds.links).await?;
    let orphans = super::orphan_visits::totals(call).await?;
    let visits = json!({"nonOrphanVisits": summary(totals), "orphanVisits": summary(orphans)});
    Ok(Json(json!({"visits": visits})).into_response())
}
