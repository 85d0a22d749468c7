//! Orphan visits. They are counted by name and day, so each is listed with the start of its day and without what made it.

use axum::Json;
use axum::response::IntoResponse;
use classify::OrphanClass;
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::clicks::roll_up::OTHER;
use link_core::names::domain::Domain;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::pages::Page;
use crate::limits::{MAX_VISITS, MAX_VISITS_PAGE};
use crate::store::links::ClickTotals;
use crate::store::orphan_days::OrphanDay;
use crate::store::orphan_visits::OrphanFilter;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let page = Page::read(&call.query, MAX_VISITS_PAGE, MAX_VISITS_PAGE)?;
    let kind = kind(call)?;
    let (app, now) = (call.app, call.app.clock.now());
    let oldest = now.plus_millis(-i64::from(app.raw_click_days) * DAY_MILLIS);
    let from = call.query.moment("startDate")?.unwrap_or(oldest).max(oldest).day();
    let to = call.query.moment("endDate")?.unwrap_or(now).min(now).day();
    let class = call.query.is_true("excludeBots").then(|| OrphanClass::Person.as_str());
    let mut days = match domains(call)? {
        Some(domains) => app.analytics.orphan_days(from, to, &domains, class, MAX_VISITS).await?,
        None => Vec::new(),
    };
    days.retain(|day| kind.is_none_or(|kind| kind_of(&day.name) == kind));
    let total = days.iter().map(visits).sum::<usize>().min(MAX_VISITS);
    let each = days.iter().flat_map(|day| std::iter::repeat_n(day, visits(day))).take(MAX_VISITS);
    let data: Vec<Value> = each.skip(page.offset()).take(page.size).map(shown).collect();
    Ok(Json(json!({"visits": page.list(data, total)})).into_response())
}

fn visits(day: &OrphanDay) -> usize {
    usize::try_from(day.visits).unwrap_or(0)
}

const KINDS: [&str; 3] = ["base_url", "invalid_short_url", "regular_404"];

fn kind(call: &Call<'_>) -> Result<Option<&'static str>, ShlinkError> {
    let Some(wanted) = call.query.get("type") else { return Ok(None) };
    let known = KINDS.into_iter().find(|kind| *kind == wanted);
    known.map(Some).ok_or_else(|| ShlinkError::invalid_data(&["type"]))
}

/// By the path: none, one segment like a short code, or several.
fn kind_of(name: &str) -> &'static str {
    match name.split_once('/').map_or("", |(_, path)| path) {
        "" if name != OTHER => "base_url",
        path if path.contains('/') => "regular_404",
        _ => "invalid_short_url",
    }
}

fn shown(day: &OrphanDay) -> Value {
    let url = if day.name == OTHER { String::new() } else { format!("https://{}", day.name) };
    json!({
        "referer": "",
        "date": format!("{}T00:00:00+00:00", day.day),
        "userAgent": "",
        "visitLocation": null,
        "potentialBot": day.class != OrphanClass::Person.as_str(),
        "visitedUrl": url,
        "redirectUrl": null,
        "type": kind_of(&day.name),
    })
}

/// The domains whose orphan visits exist for the caller, none for all of them. `None`: there are none for a key of its own links.
fn domains(call: &Call<'_>) -> Result<Option<Vec<Domain>>, ShlinkError> {
    let bounds = &call.bounds.links;
    let wanted = match call.query.get("domain") {
        None => bounds.domains.clone(),
        Some(authority) => {
            let domain = call.domain(authority).filter(|domain| bounds.include_domain(domain));
            vec![domain.ok_or_else(|| ShlinkError::domain_not_found(authority))?]
        }
    };
    Ok(bounds.creator.is_none().then_some(wanted))
}

pub(super) async fn totals(call: &Call<'_>) -> Result<ClickTotals, ShlinkError> {
    let Some(domains) = domains(call)? else { return Ok(ClickTotals::default()) };
    let by_class = call.app.analytics.orphan_totals(&domains).await?;
    let of = |is_wanted: &dyn Fn(&str) -> bool| {
        by_class.iter().filter(|(class, _)| is_wanted(class)).map(|(_, visits)| visits).sum()
    };
    let human = of(&|class| class == OrphanClass::Person.as_str());
    let total = of(&|_| true);
    Ok(ClickTotals { total, human, bot: total - human })
}

pub(super) async fn delete(call: &Call<'_>) -> Outcome {
    let visits = totals(call).await?.total;
    call.app.analytics.delete_orphan_visits(&OrphanFilter::default()).await?;
    Ok(Json(json!({"deletedVisits": visits})).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_is_told_by_the_path() {
        for (name, kind) in [
            ("go.example.com/", "base_url"),
            ("go.example.com/abc", "invalid_short_url"),
            ("go.example.com/a/b", "regular_404"),
            (OTHER, "invalid_short_url"),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }
}
