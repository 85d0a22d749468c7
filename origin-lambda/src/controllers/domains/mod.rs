//! `/api/v1/domains`.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod remove;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use link_core::names::domain::Domain;
use serde::Serialize;

use crate::http::problem::{self, Problem};
use crate::http::{host_input, timestamp};
use crate::store::domains::StoredDomain;

#[derive(Debug, Serialize)]
pub(crate) struct DomainJson {
    host: String,
    /// The domain of links that name none; it is configured and cannot be removed.
    default: bool,
    created_at: Option<String>,
}

impl DomainJson {
    fn new(domain: StoredDomain, default: &Domain) -> Self {
        Self {
            default: domain.name == default.as_str(),
            host: domain.name,
            created_at: domain.created_at.map(timestamp::format),
        }
    }
}

/// A malformed host is no domain's host.
fn domain(path: Result<Path<String>, PathRejection>) -> Result<Domain, Problem> {
    path.ok()
        .and_then(|Path(host)| host_input::parse_domain(&host).ok())
        .ok_or_else(problem::domain_not_found)
}
