//! `POST /api/v1/domains`: links may live under another host from now on, and none may lead there.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use link_core::domain::Domain;
use serde::Serialize;
use serde_json::Value;

use super::DomainJson;
use crate::app::App;
use crate::config::site::SiteConfig;
use crate::fields::Fields;
use crate::json_body::JsonBody;
use crate::problem::{Problem, ProblemCode};
use crate::store::domains::DomainOnFile;
use crate::{host_input, sweep};

#[derive(Debug, Serialize)]
struct AddedDomainJson {
    #[serde(flatten)]
    domain: DomainJson,
    /// Whether every link that leads there has been blocked by now; otherwise that goes on.
    applied: bool,
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (default, now) = (&app.site.default_domain, app.clock.now());
    let mut fields = Fields::of_body(body);
    let host = fields.required("host", ProblemCode::InvalidHost, |value| domain(&value, &app.site));
    let domain = fields.finish(host)?;
    if domain == *default || !app.links.add_domain(&domain, now).await? {
        return Err(Problem::new(ProblemCode::DomainTaken, "links may live under this domain already"));
    }
    let location = format!("/api/v1/domains/{domain}");
    let added = DomainOnFile { name: domain.to_string(), created_at: Some(now) };
    let added =
        AddedDomainJson { domain: DomainJson::new(added, default), applied: sweep::sweep(&app).await };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(added)).into_response())
}

/// As the edge reads a visitor's Host header; what that takes for another domain or for none, nobody could visit.
fn domain(value: &Value, site: &SiteConfig) -> Result<Domain, String> {
    let domain = host_input::domain(value).map_err(|error| error.to_string())?;
    let default = &site.default_domain;
    let stands_for_default = matches!(Domain::from_host(domain.as_str(), default), Some(Cow::Borrowed(_)));
    if domain != *default && (stands_for_default || site.own_hosts.has_name(domain.as_str())) {
        return Err(format!("must not be another name of {default}"));
    }
    Ok(domain)
}
