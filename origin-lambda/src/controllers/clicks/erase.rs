//! `DELETE /api/v1/links/{id}/clicks` and `DELETE /api/v1/visitors/{hash}`: raw clicks and what could lead back to them go at
//! once. The books stay, and sums that tell of nobody.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::controllers::links::link_id;
use crate::problem::{self, Problem};

#[derive(Debug, Serialize)]
pub(crate) struct ErasedJson {
    clicks: u64,
}

/// Of a link that is gone too.
pub(crate) async fn of_link(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let link = link_id(path)?;
    let clicks = app.analytics.erase_link(link).await?;
    app.links.forget_totals(link).await?;
    Ok(Json(ErasedJson { clicks }))
}

/// A hash that nobody has erases nothing.
pub(crate) async fn of_visitor(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let visitor: Option<Uuid> = path.ok().and_then(|Path(hash)| hash.parse().ok());
    let clicks = app.analytics.erase_visitor(visitor.ok_or_else(problem::not_found)?).await?;
    Ok(Json(ErasedJson { clicks }))
}
