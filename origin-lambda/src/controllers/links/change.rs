//! `PATCH /api/v1/links/{id}`: a JSON merge patch (RFC 7396).

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::publication::Change;
use link_core::record::LinkId;
use serde_json::{Map, Value};

use super::idempotent_write::WriteResponse;
use super::{count_change, find_link, link_id, lock_link, write_response};
use crate::app::App;
use crate::auth::password::PasswordHash;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::controllers::problems;
use crate::http::etag::Precondition;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::links::input::{self, ChangeInput, ValidationContext};
use crate::links::json::LinkJson;
use crate::store::audit::Author;
use crate::store::links::{Conflict, Link, NewLink};
use crate::store::{Database, StoreError, WriteSession};

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(patch): JsonBody,
) -> Result<Response, Problem> {
    let id = link_id(path)?;
    let precondition = Precondition::from_headers(&headers);
    let bounds = &bounds.links;
    let change = LinkChange { id, principal, bounds, precondition: &precondition, patch, external_id: None };
    let changed = count_change(&app, principal, change.apply(&app)).await?;
    Ok(changed.respond(&app)?.into_response())
}

/// A change of one link, which is tried again while it conflicts with others.
pub(crate) struct LinkChange<'a> {
    pub(crate) id: LinkId,
    pub(crate) principal: Principal,
    pub(crate) bounds: &'a LinkBounds,
    pub(crate) precondition: &'a Precondition,
    pub(crate) patch: Map<String, Value>,
    /// Changes nothing if the link has another one by then.
    pub(crate) external_id: Option<&'a str>,
}

/// A link after a change, and what the edge must publish.
#[derive(Debug)]
pub(crate) struct ChangedLink {
    pub(crate) link: Link,
    pub(crate) changes: Vec<Change>,
}

impl ChangedLink {
    pub(super) fn respond(self, app: &App) -> Result<WriteResponse, Problem> {
        write_response(app, StatusCode::OK, self.link, self.changes)
    }
}

impl LinkChange<'_> {
    pub(crate) async fn apply(&self, app: &App) -> Result<ChangedLink, Problem> {
        let hash = self.password_hash(app).await?;
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match self.attempt(app, hash.clone()).await {
                // The new name may belong to a link that is giving it up right now.
                Err(problem) if problem.is_contention() => {}
                outcome => return outcome,
            }
        }
        self.attempt(app, hash).await
    }

    /// Hashes the password of the patch before the link is locked and a connection held. Reports errors of the patch first, as far as
    /// they are known.
    async fn password_hash(&self, app: &App) -> Result<Option<PasswordHash>, Problem> {
        if !self.patch.contains_key("password") {
            return Ok(None);
        }
        let link = find_link(app, self.id, self.bounds).await?;
        let input = self.read(app, &link)?;
        self.precondition.check(link.revision)?;
        input.password_hash().await
    }

    async fn attempt(&self, app: &App, hash: Option<PasswordHash>) -> Result<ChangedLink, Problem> {
        let mut session = app.links.transaction().await?;
        let old = lock_link(&mut session, self.id, self.bounds).await?;
        if self.external_id.is_some_and(|id| old.settings.external_id.as_deref() != Some(id)) {
            return Err(problem::link_not_found());
        }
        let input = self.read(app, &old)?;
        self.precondition.check(old.revision)?;
        let new = input.with_hash(hash);
        if new.is_like(&old) {
            return Ok(ChangedLink { link: old, changes: Vec::new() });
        }
        let (default_domain, author) = (&app.site.default_domain, Author::of(self.principal));
        let updated = session.update_link(&old, &new, default_domain, &author, app.clock.now()).await?;
        let Some(link) = updated else {
            return Err(explain_conflict(app, &mut session, &old, new).await?);
        };
        let mut changes = link.changes();
        changes.extend(remove_names(&mut session, &old, &link).await?);
        session.commit().await?;
        Ok(ChangedLink { link, changes })
    }

    fn read(&self, app: &App, old: &Link) -> Result<ChangeInput, Problem> {
        let context = ValidationContext::new(&app.site, self.bounds, app.clock.now());
        let mut patch = self.patch.clone();
        let shown = LinkJson::new(old.clone(), &app.site, app.clock.now());
        shown.drop_unchanged(&mut patch).map_err(problem::internal)?;
        input::change(Fields::from_body(patch), old, context)
    }
}

/// The tombstones of the names that the link has no more. A trigger has written those of further names.
async fn remove_names(session: &mut WriteSession, old: &Link, new: &Link) -> Result<Vec<Change>, StoreError> {
    let is_gone = |name: &(&Domain, &Slug)| !new.names().any(|kept| kept == *name);
    let further: Vec<_> = old.further_names().filter(is_gone).collect();
    let mut tombstones = session.tombstones(&further).await?;
    if is_gone(&(&old.domain, &old.code)) {
        tombstones.push(session.write_tombstone(&old.domain, &old.code).await?);
    }
    Ok(tombstones)
}

/// Why [`WriteSession::update_link`] has stored nothing.
pub(crate) async fn explain_conflict(
    app: &App,
    session: &mut WriteSession,
    old: &Link,
    mut new: NewLink,
) -> Result<Problem, Problem> {
    // An unchanged external id conflicts only with the link itself.
    if new.settings.external_id == old.settings.external_id {
        new.settings.external_id = None;
    }
    // Unchanged destinations stay allowed.
    let hosts_changed = new.settings.hosts() != old.settings.hosts();
    let conflicts = session.conflicts(&[(&new, Some(old.id))], &app.site.default_domain).await?.pop();
    let conflict = conflicts.map(|all| if hosts_changed { all.first() } else { all.place_conflict() });
    match conflict {
        // The conflict no longer exists: try again.
        None | Some(Conflict::Resolved) => Err(StoreError::Contended { database: Database::Links }.into()),
        Some(conflict) => Ok(problems::link_conflict(conflict, &new.settings)),
    }
}
