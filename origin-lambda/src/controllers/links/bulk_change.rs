//! `PATCH` and `DELETE /api/v1/links/bulk`: one change of many links, which are named by their ids or by a filter. An outcome per
//! link: a link that cannot be changed does not fail the others.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use link_core::record::LinkId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::bulk_selection::{BulkSelection, SelectedLinks};
use super::idempotent_write::WriteResponse;
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::controllers::problems;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::links::input::{self, ValidationContext};
use crate::store::WriteSession;
use crate::store::audit::Author;
use crate::store::links::{Link, NewLink};

#[derive(Debug, Default, Serialize)]
struct BulkChangeJson {
    /// The links that the ids or the filter name.
    matched: i64,
    /// Those that are, or with `dry_run` would be, different or gone afterwards.
    changed: usize,
    dry_run: bool,
    data: Vec<OutcomeJson>,
}

#[derive(Debug, Serialize)]
struct OutcomeJson {
    id: LinkId,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// What became of each link, with what the edge must publish.
#[derive(Default)]
struct Outcomes {
    by_link: HashMap<LinkId, Result<StatusCode, Problem>>,
    changed: usize,
    changes: Vec<Change>,
}

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let mut fields = Fields::from_body(body);
    let patch = fields.required("change", ProblemCode::InvalidChange, patch);
    let (selection, patch) = BulkSelection::read(fields, &bounds.links, patch)?;
    let author = Author::of(principal).in_bulk(selection.conditions.as_ref(), Some(&patch.given));
    execute(&app, principal, (selection, patch), async |session, links, patch| {
        change_links(&app, session, links, (&author, &bounds.links), patch).await
    })
    .await
}

pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (selection, ()) = BulkSelection::read(Fields::from_body(body), &bounds.links, Some(()))?;
    let author = Author::of(principal).in_bulk(selection.conditions.as_ref(), None);
    execute(&app, principal, (selection, ()), async |session, links, ()| {
        let ids: Vec<_> = links.iter().map(|link| link.id).collect();
        let changes = session.delete_links(links, &author, app.clock.now()).await?;
        Ok(Outcomes {
            changed: ids.len(),
            by_link: ids.into_iter().map(|id| (id, Ok(StatusCode::NO_CONTENT))).collect(),
            changes,
        })
    })
    .await
}

/// Runs the change in a transaction, which a dry run rolls back.
async fn execute<T>(
    app: &App,
    principal: Principal,
    (selection, change): (BulkSelection, T),
    run: impl AsyncFnOnce(&mut WriteSession, &[Link], T) -> Result<Outcomes, Problem>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let terms = app.links.search_terms(&selection.filter, &app.site.default_domain).await?;
    let ids = match selection.find(app, &terms, now).await? {
        SelectedLinks::Ids(ids) => ids,
        SelectedLinks::TooMany(matched) => {
            let response = BulkChangeJson { matched, dry_run: true, ..BulkChangeJson::default() };
            return Ok(WriteResponse::new(StatusCode::OK, [], &response, Vec::new())?.into_response());
        }
    };
    let wanted = if selection.dry_run { 0 } else { ids.len() };
    let counted = app.rate_limits.count_links(&app.links, principal, wanted, now).await?;
    let outcome = async {
        let mut session = app.links.transaction().await?;
        let links = session.lock_links(&ids, &selection.filter, &terms, now).await?;
        let outcomes = run(&mut session, &links, change).await?;
        if !selection.dry_run {
            session.commit().await?;
        }
        Ok::<_, Problem>((links, outcomes))
    };
    let (links, outcomes) = match outcome.await {
        Ok(done) => done,
        Err(problem) => {
            // After other errors it may have been written.
            if problem.status().is_client_error() {
                counted.give_back().await;
            }
            return Err(problem);
        }
    };
    respond(&selection, &ids, links.len(), outcomes)
}

fn respond(
    selection: &BulkSelection,
    ids: &[LinkId],
    matched: usize,
    outcomes: Outcomes,
) -> Result<Response, Problem> {
    let Outcomes { mut by_link, changed, changes } = outcomes;
    let mut data = Vec::with_capacity(ids.len());
    for id in ids {
        let (status, error) = match by_link.remove(id) {
            Some(Ok(status)) => (status, None),
            Some(Err(problem)) => (problem.status(), Some(problem)),
            // It stopped matching the filter a moment ago.
            None if !selection.names_ids() => continue,
            None => (StatusCode::NOT_FOUND, Some(problem::link_not_found())),
        };
        let error = error.map(|problem| serde_json::to_value(problem.to_json())).transpose();
        data.push(OutcomeJson { id: *id, status: status.as_u16(), error: error.map_err(problem::internal)? });
    }
    let response = BulkChangeJson {
        matched: i64::try_from(matched).unwrap_or(i64::MAX),
        changed,
        dry_run: selection.dry_run,
        data,
    };
    let changes = if selection.dry_run { Vec::new() } else { changes };
    Ok(WriteResponse::new(StatusCode::OK, [], &response, changes)?.into_response())
}

/// Changes the links with one statement. If none accepts the change, the first one's problem answers the request.
async fn change_links(
    app: &App,
    session: &mut WriteSession,
    links: &[Link],
    (author, bounds): (&Author, &LinkBounds),
    patch: BulkPatch,
) -> Result<Outcomes, Problem> {
    let now = app.clock.now();
    let mut outcomes = Outcomes::default();
    let mut changed: Vec<(&Link, NewLink)> = Vec::with_capacity(links.len());
    let mut rejected = Vec::new();
    for link in links {
        let fields = Fields::from_body(patch.of(link));
        match input::change(fields, link, ValidationContext::new(&app.site, bounds, now)) {
            Ok(input) => changed.push((link, input.with_hash(None))),
            Err(problem) => rejected.push((link.id, problem)),
        }
    }
    if changed.is_empty() && !rejected.is_empty() {
        return Err(rejected.swap_remove(0).1);
    }
    outcomes.by_link.extend(rejected.into_iter().map(|(id, problem)| (id, Err(problem))));
    outcomes.by_link.extend(changed.iter().map(|(link, _)| (link.id, Ok(StatusCode::OK))));
    changed.retain(|(link, new)| new.settings != link.settings);
    let update: Vec<_> = changed.iter().map(|(link, new)| (*link, new)).collect();
    let updated = if update.is_empty() {
        Vec::new()
    } else {
        session.update_links(&update, &app.site.default_domain, author, now).await?
    };
    let stored: BTreeSet<_> = updated.iter().map(|link| link.id).collect();
    outcomes.changed = updated.len();
    outcomes.changes = updated.iter().flat_map(Link::changes).collect();
    changed.retain(|(link, _)| !stored.contains(&link.id));
    let refused: Vec<_> = changed.iter().map(|(link, new)| (new, Some(link.id))).collect();
    if refused.is_empty() {
        return Ok(outcomes);
    }
    let conflicts = session.conflicts(&refused, &app.site.default_domain).await?;
    for ((link, new), conflicts) in changed.iter().zip(conflicts) {
        let problem = problems::link_conflict(conflicts.destination_conflict(), &new.settings);
        outcomes.by_link.insert(link.id, Err(problem));
    }
    Ok(outcomes)
}

/// A merge patch for every link, and tags to add and remove.
#[derive(Debug, Clone, Default)]
struct BulkPatch {
    /// As the client sent it.
    given: Map<String, Value>,
    fields: Map<String, Value>,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// Fields that are of one link only.
const SINGLE: [&str; 5] = ["alias", "aliases", "domain", "external_id", "password"];

fn patch(value: Value) -> Result<BulkPatch, String> {
    let Value::Object(mut fields) = value else { return Err("must be an object".to_owned()) };
    if let Some(name) = SINGLE.into_iter().find(|name| fields.contains_key(*name)) {
        return Err(format!("must not have {name}, which can be changed for one link at a time only"));
    }
    let given = fields.clone();
    let mut tags = |name: &str| match fields.remove(name) {
        None => Ok(BTreeSet::new()),
        Some(value) => input::tags(value).map_err(|detail| format!("{name}: {detail}")),
    };
    let (added, removed) = (tags("add_tags")?, tags("remove_tags")?);
    let is_mixed = fields.contains_key("tags") && !(added.is_empty() && removed.is_empty());
    if is_mixed {
        return Err("must have either tags, or add_tags and remove_tags".to_owned());
    }
    if fields.is_empty() && added.is_empty() && removed.is_empty() {
        return Err("must change something".to_owned());
    }
    Ok(BulkPatch { given, fields, added, removed })
}

impl BulkPatch {
    fn of(&self, link: &Link) -> Map<String, Value> {
        let mut fields = self.fields.clone();
        if !(self.added.is_empty() && self.removed.is_empty()) {
            let mut tags: BTreeSet<_> = link.settings.tags.iter().collect();
            tags.extend(&self.added);
            tags.retain(|tag| !self.removed.contains(*tag));
            fields.insert("tags".to_owned(), tags.into_iter().cloned().collect());
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patch_that_fits_one_link_only_is_rejected() {
        for value in [
            json!([]),
            json!({}),
            json!({"alias": "a"}),
            json!({"aliases": []}),
            json!({"domain": "a.example"}),
            json!({"external_id": null}),
            json!({"password": "secret"}),
            json!({"add_tags": "a"}),
            json!({"remove_tags": [""]}),
            json!({"tags": [], "add_tags": ["a"]}),
        ] {
            assert!(patch(value.clone()).is_err(), "{value}");
        }
    }
}
