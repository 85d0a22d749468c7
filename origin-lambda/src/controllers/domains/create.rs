//! `POST /api/v1/domains`: adds a domain for links, which destinations must not point to any more.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use link_core::names::domain::Domain;
use serde::Serialize;
use serde_json::Value;

use super::DomainWithFilesJson;
use crate::app::App;
use crate::auth::Principal;
use crate::config::site::SiteConfig;
use crate::http::fields::Fields;
use crate::http::host_input;
use crate::http::json_body::JsonBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::links::host_sweep;
use crate::store::audit::Author;
use crate::store::domain_documents::DomainDocuments;

#[derive(Debug, Serialize)]
struct AddedDomainJson {
    #[serde(flatten)]
    domain: DomainWithFilesJson,
    /// Whether every link to this domain is already blocked; if not, that continues.
    applied: bool,
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (default, now) = (&app.site.default_domain, app.clock.now());
    let mut fields = Fields::from_body(body);
    let host = fields.required("host", ProblemCode::InvalidHost, |value| domain(&value, &app.site));
    let domain = fields.finish(host)?;
    if domain == *default || !app.links.add_domain(&domain, &Author::of(principal), now).await? {
        return Err(Problem::new(ProblemCode::DomainTaken, "this domain already exists"));
    }
    let location = format!("/api/v1/domains/{domain}");
    let added = AddedDomainJson {
        domain: DomainWithFilesJson::read(&app, &domain, DomainDocuments::default()).await?,
        applied: host_sweep::run(&app.links, &app.site.own_hosts, &app.clock).await,
    };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(added)).into_response())
}

/// Reads the host as the edge reads a visitor's Host header: a host that the edge takes for another domain, or for none, could
/// never be visited.
fn domain(value: &Value, site: &SiteConfig) -> Result<Domain, String> {
    let domain = host_input::domain(value).map_err(|error| error.to_string())?;
    let default = &site.default_domain;
    let is_alias_of_default = matches!(Domain::from_host(domain.as_str(), default), Some(Cow::Borrowed(_)));
    if domain != *default && (is_alias_of_default || site.own_hosts.has_name(domain.as_str())) {
        return Err(format!("must not be another name of {default}"));
    }
    Ok(domain)
}
