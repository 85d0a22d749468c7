//! `/api/v1/domains`.

pub(crate) mod change;
pub(crate) mod create;
mod input;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod remove;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use link_core::names::domain::Domain;
use link_core::record::domain::{DomainSettings, Robots};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::config::site::SiteConfig;
use crate::http::problem::{self, Problem};
use crate::http::{host_input, timestamp};
use crate::store::domain_documents::DomainDocuments;
use crate::store::domains::StoredDomain;

/// A domain as lists show it.
#[derive(Debug, Serialize)]
pub(crate) struct DomainJson {
    host: String,
    /// The domain of links that name none; it is configured and cannot be removed.
    default: bool,
    created_at: Option<String>,
    home_url: Option<String>,
    not_found_url: Option<String>,
    expired_url: Option<String>,
    robots: Robots,
    ignore_case: bool,
    name: Option<String>,
    color: Option<String>,
    qr_foreground: Option<String>,
    qr_background: Option<String>,
    /// Where the domain serves its logo.
    logo_url: Option<String>,
}

/// A domain with its files, which may be long.
#[derive(Debug, Serialize)]
pub(crate) struct DomainWithFilesJson {
    #[serde(flatten)]
    domain: DomainJson,
    apple_app_site_association: Option<Value>,
    assetlinks: Option<Value>,
}

impl DomainJson {
    fn new(domain: StoredDomain, site: &SiteConfig) -> Self {
        let default = &site.default_domain;
        let DomainSettings {
            home_url,
            not_found_url,
            expired_url,
            robots,
            ignore_case,
            name,
            color,
            qr_foreground,
            qr_background,
            logo,
        } = domain.settings;
        // Every stored name is a domain.
        let base = domain.name.parse().map(|domain| site.short_url_base(&domain)).unwrap_or_default();
        Self {
            logo_url: logo.map(|logo| format!("{base}{}", logo.path())),
            default: domain.name == default.as_str(),
            host: domain.name,
            created_at: domain.created_at.map(timestamp::format),
            home_url: home_url.map(String::from),
            not_found_url: not_found_url.map(String::from),
            expired_url: expired_url.map(String::from),
            robots,
            ignore_case,
            name,
            color: color.map(String::from),
            qr_foreground: qr_foreground.map(String::from),
            qr_background: qr_background.map(String::from),
        }
    }
}

impl DomainWithFilesJson {
    async fn read(app: &App, domain: &Domain, documents: DomainDocuments) -> Result<Self, Problem> {
        let default = &app.site.default_domain;
        let created_at = app.links.domain_created_at(domain).await?.filter(|_| domain != default);
        if created_at.is_none() && domain != default {
            return Err(problem::domain_not_found());
        }
        let (name, settings) = (domain.to_string(), documents.settings);
        let file = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text)).transpose().map_err(problem::internal)
        };
        Ok(Self {
            domain: DomainJson::new(StoredDomain { name, created_at, settings }, &app.site),
            apple_app_site_association: file(documents.apple_app_site_association)?,
            assetlinks: file(documents.asset_links)?,
        })
    }
}

/// A malformed host is no domain's host.
fn domain(path: Result<Path<String>, PathRejection>) -> Result<Domain, Problem> {
    path.ok()
        .and_then(|Path(host)| host_input::parse_domain(&host).ok())
        .ok_or_else(problem::domain_not_found)
}
