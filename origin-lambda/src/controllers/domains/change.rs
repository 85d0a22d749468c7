//! `PATCH /api/v1/domains/{host}`: a JSON merge patch (RFC 7396), for the default domain too.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use link_core::names::domain::Domain;
use link_core::publication::Change;
use link_core::record::domain::DomainDocument;
use serde_json::{Map, Value};

use super::{DomainWithFilesJson, domain, input};
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::http::edge_changes::EdgeChanges;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, FieldError, Problem, ProblemCode};
use crate::store::audit::Author;
use crate::store::domain_documents::DomainDocuments;
use crate::store::{Collision, WriteSession};

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(patch): JsonBody,
) -> Result<Response, Problem> {
    let domain = domain(path)?;
    let (documents, changes) = change_domain(&app, principal, &bounds.links, &domain, patch).await?;
    let mut response = Json(DomainWithFilesJson::read(&app, &domain, documents).await?).into_response();
    if !changes.is_empty() {
        response.extensions_mut().insert(EdgeChanges(changes));
    }
    Ok(response)
}

/// What the domain has after the change, and what the edge must publish.
pub(crate) async fn change_domain(
    app: &App,
    principal: Principal,
    bounds: &LinkBounds,
    domain: &Domain,
    patch: Map<String, Value>,
) -> Result<(DomainDocuments, Vec<Change>), Problem> {
    let mut session = app.links.transaction().await?;
    let old = session.lock_domain_documents(domain, &app.site.default_domain).await?;
    let old = old.ok_or_else(problem::domain_not_found)?;
    let new = input::change(Fields::from_body(patch), old.clone(), (app, bounds))?;
    input::check_hosts(&mut session, &old.settings, &new.settings).await?;
    let author = Author::of(principal);
    let mut changes = Vec::new();
    if new.settings.ignore_case != old.settings.ignore_case {
        changes.extend(change_letter_case(&mut session, domain, new.settings.ignore_case).await?);
    }
    if new.settings != old.settings {
        let text = new.settings.to_document();
        changes.push(session.put_document(domain, DomainDocument::Settings, text).await?);
    }
    for (document, old, new) in [
        (
            DomainDocument::AppleAppSiteAssociation,
            &old.apple_app_site_association,
            &new.apple_app_site_association,
        ),
        (DomainDocument::AssetLinks, &old.asset_links, &new.asset_links),
        (DomainDocument::Logo, &old.logo, &new.logo),
    ] {
        if old != new {
            changes.push(write(&mut session, domain, document, new.clone()).await?);
        }
    }
    // Without a change the transaction ends here, takes its lock's row with it and frees its connection for the answer.
    if !changes.is_empty() {
        session.record_domain_change(&author, domain, (&old, &new)).await?;
        session.commit().await?;
    }
    Ok((new, changes))
}

async fn change_letter_case(
    session: &mut WriteSession,
    domain: &Domain,
    ignore: bool,
) -> Result<Vec<Change>, Problem> {
    if !ignore {
        return Ok(session.tell_case(domain).await?);
    }
    session.ignore_case(domain).await?.map_err(|collisions| {
        let error = |Collision(names)| FieldError {
            field: "ignore_case".to_owned(),
            detail: format!("would make {} one name", names.join(" and ")),
        };
        Problem::from_fields(ProblemCode::NamesCollide, collisions.into_iter().map(error).collect())
    })
}

async fn write(
    session: &mut WriteSession,
    domain: &Domain,
    document: DomainDocument,
    text: Option<String>,
) -> Result<Change, Problem> {
    Ok(match text {
        Some(text) => session.put_document(domain, document, text).await?,
        None => session.remove_document(domain, document).await?,
    })
}
