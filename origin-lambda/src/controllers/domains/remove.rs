//! `DELETE /api/v1/domains/{host}`. Unblocks links that point there.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::domain;
use crate::app::App;
use crate::auth::Principal;
use crate::http::edge_changes::EdgeChanges;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::links::host_sweep;
use crate::store::audit::Author;
use crate::store::domains::DomainRemoval;

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let domain = domain(path)?;
    let in_use = |detail| Problem::new(ProblemCode::DomainInUse, detail);
    if domain == app.site.default_domain {
        return Err(in_use("this is the default domain, which DEFAULT_DOMAIN configures"));
    }
    match app.links.remove_domain(&domain, &Author::of(principal)).await? {
        DomainRemoval::Unknown => Err(problem::domain_not_found()),
        DomainRemoval::HasLinks => {
            Err(in_use("delete its links first; GET /api/v1/links?domain= lists them"))
        }
        DomainRemoval::Removed(changes) => {
            host_sweep::run(&app.links, &app.site.own_hosts, &app.clock).await;
            let mut response = StatusCode::NO_CONTENT.into_response();
            if !changes.is_empty() {
                response.extensions_mut().insert(EdgeChanges(changes));
            }
            Ok(response)
        }
    }
}
