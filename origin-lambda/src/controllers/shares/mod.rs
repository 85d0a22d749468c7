//! `/api/v1/links/{id}/shares`, `/api/v1/tags/{name}/shares` and `/api/v1/shared/{token}`: statistics that are read without a key.

mod input;
pub(crate) mod of_link;
pub(crate) mod of_tag;
pub(crate) mod shared;
mod token;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::app::App;
use crate::auth::{AccessDenied, KeyBounds, Principal, Right};
use crate::config::site::SiteConfig;
use crate::http::pages::{ListJson, Page};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::MAX_SHARES;
use crate::store::audit::Author;
use crate::store::shares::{Share, ShareSubject};

#[derive(Debug, Serialize)]
pub(crate) struct ShareJson {
    id: Uuid,
    /// Where statistics are read as JSON.
    url: String,
    title: Option<String>,
    timezone: String,
    /// `None` for the bootstrap key.
    created_by: Option<Uuid>,
    created_at: String,
    expires_at: Option<String>,
}

impl ShareJson {
    fn new(share: Share, site: &SiteConfig) -> Self {
        Self {
            id: share.id,
            url: format!("{}/api/v1/shared/{}", site.short_url_base(&site.default_domain), share.token),
            title: share.title,
            timezone: share.timezone,
            created_by: Some(share.created_by).filter(|key| !key.is_nil()),
            created_at: timestamp::format(share.created_at),
            expires_at: share.expires_at.map(timestamp::format),
        }
    }
}

/// A key that may not read statistics could read them at the address.
fn check_statistics(bounds: &KeyBounds) -> Result<(), Problem> {
    if bounds.allow(Right::Statistics) { Ok(()) } else { Err(AccessDenied::Forbidden.into()) }
}

async fn create(
    app: &App,
    principal: Principal,
    subject: ShareSubject,
    body: Map<String, Value>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let new = input::new(body, subject, now)?;
    let share = app.links.insert_share(&new, &Author::of(principal), now).await?;
    let share = share.ok_or_else(|| {
        Problem::new(
            ProblemCode::TooManyShares,
            format!("there may be {MAX_SHARES} of them; delete one first"),
        )
    })?;
    let share = ShareJson::new(share, &app.site);
    let headers = [(LOCATION, share.url.clone()), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::CREATED, headers, Json(share)).into_response())
}

async fn list(
    app: &App,
    page: &Page,
    after: Uuid,
    subject: &ShareSubject,
) -> Result<ListJson<ShareJson>, Problem> {
    let shares = app.links.shares(subject, after, page.rows()).await?;
    Ok(page.list(shares, |share| share.id.to_string(), |share| ShareJson::new(share, &app.site)))
}

async fn delete(
    app: &App,
    principal: Principal,
    subject: &ShareSubject,
    id: &str,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| problem::share_not_found())?;
    if app.links.delete_share(subject, id, &Author::of(principal)).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(problem::share_not_found())
}
