//! `/api/v1/orphans`: visited names that no link has: misprinted links, and the probes of scanners. The consumer tells them apart
//! by the name.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use classify::OrphanClass;
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::names::domain::Domain;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds};
use crate::http::fields::{Fields, text};
use crate::http::host_input;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::{DEFAULT_PAGE_ORPHANS, MAX_PAGE_ORPHANS};
use crate::store::orphan_visits::{OrphanFilter, OrphanPosition, OrphanVisits};

/// Whole UTC days, including today.
const DAYS: i64 = 30;

#[derive(Debug, Serialize)]
pub(crate) struct OrphanJson {
    /// Domain and path.
    name: String,
    /// Absent for visits without a name.
    class: Option<String>,
    visits: i64,
    /// UTC.
    last_day: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct DeletedJson {
    names: i64,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<OrphanJson>>, Problem> {
    let page = Page::read_with_size(&mut fields, DEFAULT_PAGE_ORPHANS, MAX_PAGE_ORPHANS);
    let filter = filter(&mut fields);
    let (page, mut filter) = fields.finish(Some((page, filter)))?;
    if !bounds.links.are_all() {
        filter.domain = Some(one_domain(&bounds.links, filter.domain)?);
    }
    let after = position(page.after())?;
    let now = app.clock.now();
    let from = now.plus_millis(-(DAYS - 1) * DAY_MILLIS).day();
    let orphans = app.analytics.orphan_visits(from, now.day(), &filter, &after, page.rows()).await?;
    Ok(Json(page.list(orphans, cursor, OrphanJson::from)))
}

/// Deletes the names of all days, not only those that are listed.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<DeletedJson>, Problem> {
    let filter = filter(&mut fields);
    let name = fields.optional("name", ProblemCode::InvalidSearch, name);
    let (filter, name) = fields.finish(Some((filter, name)))?;
    let names = app.analytics.delete_orphan_visits(&OrphanFilter { name, ..filter }).await?;
    Ok(Json(DeletedJson { names }))
}

/// No link has these names, so they are within a key's bounds by their domain only, and one domain at a time is read cheaply.
fn one_domain(bounds: &LinkBounds, wanted: Option<Domain>) -> Result<Domain, Problem> {
    if bounds.creator.is_some() {
        let detail =
            "orphan visits belong to no link, and this key is bound to the links that it has created";
        return Err(Problem::new(ProblemCode::KeyBound, detail));
    }
    match (wanted, bounds.domains.as_slice()) {
        (None, [domain]) => Ok(domain.clone()),
        (Some(domain), domains) if domains.contains(&domain) => Ok(domain),
        (_, domains) => {
            let names: Vec<_> = domains.iter().map(Domain::as_str).collect();
            let detail = format!("select one of this key's domains with domain=: {}", names.join(", "));
            Err(Problem::new(ProblemCode::KeyBound, detail))
        }
    }
}

fn filter(fields: &mut Fields) -> OrphanFilter {
    let domain = fields.optional("domain", ProblemCode::InvalidDomain, |value| host_input::domain(&value));
    let class = fields.optional("class", ProblemCode::InvalidClass, |value| {
        OrphanClass::from_name(&text(value)?).ok_or("must be person or probe")
    });
    OrphanFilter { domain, class: class.map(OrphanClass::as_str), name: None }
}

/// A name as the list shows it.
fn name(value: Value) -> Result<String, &'static str> {
    let text = text(value)?;
    if text.contains('\0') { Err("must be a name from the list") } else { Ok(text) }
}

fn cursor(orphan: &OrphanVisits) -> String {
    format!("{} {} {}", orphan.visits, orphan.class, orphan.name)
}

fn position(cursor: &str) -> Result<OrphanPosition, Problem> {
    if cursor.is_empty() {
        return Ok(OrphanPosition::FIRST);
    }
    let position = (|| {
        let mut parts = cursor.splitn(3, ' ');
        let visits = parts.next()?.parse().ok()?;
        let (class, name) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(OrphanPosition { visits, class, name })
    })();
    position.ok_or_else(|| {
        Problem::new(ProblemCode::InvalidCursor, "cursor must be the next_cursor of the previous page")
    })
}

impl From<OrphanVisits> for OrphanJson {
    fn from(orphan: OrphanVisits) -> Self {
        Self {
            name: orphan.name,
            class: Some(orphan.class).filter(|class| !class.is_empty()),
            visits: orphan.visits,
            last_day: orphan.last_day.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn cursor_round_trips() {
        for name in ["go.example.com/a b", "(other)", ""] {
            let last_day = date!(2026 - 11 - 24);
            let orphan = OrphanVisits { name: name.into(), class: "probe".into(), visits: 7, last_day };
            let expected = OrphanPosition { visits: 7, class: "probe".into(), name: name.into() };
            assert_eq!(position(&cursor(&orphan)).unwrap(), expected);
        }
        for wrong in ["x", "7", "7 probe", "x probe a"] {
            assert!(position(wrong).is_err(), "{wrong}");
        }
    }
}
