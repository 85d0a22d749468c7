//! `DELETE /api/v1/links/{id}/clicks` and `DELETE /api/v1/visitors/{hash}`: raw clicks and what could lead back to them go at
//! once. The books stay, and sums that tell of nobody.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use link_core::record::LinkId;
use link_core::roll_up::ALL_LINKS;
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::controllers::links::link_id;
use crate::limits::ERASING_PATIENCE;
use crate::problem::{self, Problem, ProblemCode};

#[derive(Debug, Serialize)]
pub(crate) struct ErasedJson {
    clicks: u64,
}

#[derive(Debug, Clone, Copy)]
enum Whose {
    Link(LinkId),
    Visitor(Uuid),
}

/// Of a link that is gone too.
pub(crate) async fn of_link(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let link = link_id(path)?;
    if link.0 == ALL_LINKS {
        return Err(problem::link_not_found());
    }
    let clicks = to_the_end(&app, Whose::Link(link)).await?;
    app.links.forget_totals(link).await?;
    Ok(Json(ErasedJson { clicks }))
}

/// A hash that nobody has erases nothing.
pub(crate) async fn of_visitor(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let visitor: Option<Uuid> = path.ok().and_then(|Path(hash)| hash.parse().ok());
    let visitor = visitor.ok_or_else(problem::not_found)?;
    let clicks = to_the_end(&app, Whose::Visitor(visitor)).await?;
    Ok(Json(ErasedJson { clicks }))
}

/// Portion by portion.
async fn to_the_end(app: &App, whose: Whose) -> Result<u64, Problem> {
    let end = Instant::now() + ERASING_PATIENCE;
    let mut clicks = 0;
    loop {
        let erased = match whose {
            Whose::Link(link) => app.analytics.erase_some_of_link(link).await?,
            Whose::Visitor(visitor) => app.analytics.erase_some_of_visitor(visitor).await?,
        };
        clicks += erased.clicks;
        if erased.done {
            return Ok(clicks);
        }
        if Instant::now() >= end {
            let detail =
                format!("{clicks} clicks are erased and some are not; send the request again to go on");
            return Err(Problem::new(ProblemCode::Overloaded, detail));
        }
    }
}
