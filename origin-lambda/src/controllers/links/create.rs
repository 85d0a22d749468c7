//! `POST /api/v1/links`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use link_core::domain::Domain;
use link_core::time::UnixMillis;

use crate::app::App;
use crate::creation;
use crate::fields::Fields;
use crate::json_body::JsonBody;
use crate::link_fields;
use crate::link_json::LinkJson;
use crate::problem::{Problem, ProblemCode};
use crate::store::links::NewLink;

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let new = new_link(Fields::of_body(body), &app.site.default_domain, app.clock.now())?;
    let link = creation::create(&app, new).await?;
    let location = (LOCATION, format!("/api/v1/links/{}", link.record.id));
    let link = LinkJson::new(link, &app.site);
    Ok((StatusCode::CREATED, [location, link.etag()], Json(link)).into_response())
}

fn new_link(mut fields: Fields, domain: &Domain, now: UnixMillis) -> Result<NewLink, Problem> {
    let url = fields.required("url", ProblemCode::InvalidUrl, |value| link_fields::url(value, domain));
    let status = fields.optional("status", ProblemCode::InvalidStatus, link_fields::status);
    let expires_at = fields
        .optional("expires_at", ProblemCode::InvalidExpiresAt, |value| link_fields::expires_at(value, now));
    fields.finish(url.map(|url| NewLink {
        domain: domain.clone(),
        url,
        status: status.unwrap_or_default(),
        expires_at,
        created_at: now,
    }))
}
