//! `PATCH /api/v1/links/{id}`: a JSON merge patch (RFC 7396).

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::record::LinkId;
use serde_json::{Map, Value};

use super::{link_id, written};
use crate::app::App;
use crate::auth::Principal;
use crate::fields::Fields;
use crate::json_body::JsonBody;
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::link_input;
use crate::password::PasswordHash;
use crate::precondition::Precondition;
use crate::problem::{self, Problem};
use crate::store::links::{Link, NewLink, Refusal};
use crate::store::{Database, Session, StoreError};
use crate::undertaking::Written;

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(patch): JsonBody,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    app.rate_limits.take_links(&app.links, principal, 1, app.clock.now()).await?;
    let precondition = Precondition::of(&headers);
    let hash = password_hash(&app, id, &precondition, &patch).await?;
    for _ in 1..MAX_CONTENDED_ATTEMPTS {
        match attempt(&app, id, &precondition, patch.clone(), hash.clone()).await {
            // Another name for the link may be one that somebody is giving up right now.
            Err(problem) if problem.is_contention() => {}
            outcome => return outcome.map(IntoResponse::into_response),
        }
    }
    attempt(&app, id, &precondition, patch, hash).await.map(IntoResponse::into_response)
}

/// Of the password that the patch sets. Before the link is locked and a connection held; what is wrong with the patch is said first,
/// as far as it is known by then.
async fn password_hash(
    app: &App,
    id: LinkId,
    precondition: &Precondition,
    patch: &Map<String, Value>,
) -> Result<Option<PasswordHash>, Problem> {
    if !patch.contains_key("password") {
        return Ok(None);
    }
    let link = app.links.link_by_id(id).await?.ok_or_else(problem::link_not_found)?;
    let input = link_input::change(Fields::of_body(patch.clone()), &link, app.judge())?;
    precondition.check(link.revision)?;
    input.password_hash().await
}

async fn attempt(
    app: &App,
    id: LinkId,
    precondition: &Precondition,
    patch: Map<String, Value>,
    hash: Option<PasswordHash>,
) -> Result<Written, Problem> {
    let mut session = app.links.transaction().await?;
    let old = session.lock_link(id).await?.ok_or_else(problem::link_not_found)?;
    let input = link_input::change(Fields::of_body(patch), &old, app.judge())?;
    precondition.check(old.revision)?;
    let new = input.with_hash(&old.domain, hash);
    if new.code == old.code && new.settings == old.settings {
        return written(app, StatusCode::OK, old, Vec::new());
    }
    let Some(link) = session.update_link(&old, &new, app.clock.now()).await? else {
        return Err(why_not(app, &mut session, &old, new).await?);
    };
    if link.is_gated() && !old.is_gated() {
        session.begin_gate(link.id).await?;
    }
    let mut changes = vec![link.change()];
    if link.code != old.code {
        changes.push(session.leave_tombstone(&old.domain, &old.code).await?);
    }
    session.commit().await?;
    written(app, StatusCode::OK, link, changes)
}

async fn why_not(app: &App, session: &mut Session, old: &Link, mut new: NewLink) -> Result<Problem, Problem> {
    // Its own name and id, which it has not changed, are taken by nobody else.
    if new.settings.external_id == old.settings.external_id {
        new.settings.external_id = None;
    }
    // Where it has led so far it may lead on.
    let is_judged_by_hosts = new.settings.hosts() != old.settings.hosts();
    let refusals = session.refusals(&[&new], &app.site.default_domain).await?.pop();
    let refusal = refusals.map(|all| if is_judged_by_hosts { all.first() } else { all.of_names() });
    match refusal.filter(|refusal| *refusal != Refusal::NameTaken || new.code != old.code) {
        // What stood in the way is gone.
        None | Some(Refusal::Nothing) => Err(StoreError::Contended { database: Database::Links }.into()),
        Some(refusal) => Ok(problem::refused(refusal, &new.settings)),
    }
}
