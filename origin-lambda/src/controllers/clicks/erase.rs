//! `DELETE /api/v1/links/{id}/clicks` and `DELETE /api/v1/visitors/{hash}`: erases raw clicks and everything that could be traced
//! back to them. Click accounting and anonymous sums stay.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use link_core::clicks::roll_up::ALL_LINKS;
use link_core::publication::Change;
use link_core::record::LinkId;
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::controllers::links::link_id;
use crate::http::edge_changes::EdgeChanges;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::ERASE_TIMEOUT;

#[derive(Debug, Serialize)]
pub(crate) struct ErasedJson {
    clicks: u64,
}

/// Also for a deleted link. An existing link may again be followed as often as its maximum says.
pub(crate) async fn erase_link(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let link = link_id(path)?;
    if link.0 == ALL_LINKS {
        return Err(problem::link_not_found());
    }
    let (clicks, changes) = erase_clicks(&app, link).await?;
    let mut response = Json(ErasedJson { clicks }).into_response();
    response.extensions_mut().insert(EdgeChanges(changes));
    Ok(response)
}

/// The number of erased clicks, and what the edge must publish.
pub(crate) async fn erase_clicks(app: &App, link: LinkId) -> Result<(u64, Vec<Change>), Problem> {
    let mut progress = ErasureProgress::begin();
    loop {
        let erased = app.analytics.erase_link_batch(link).await?;
        progress.add(erased.clicks);
        if let Some(erased_at) = erased.done_at {
            app.links.reset_totals(link, erased_at).await?;
            let changes = reset_click_count(app, link).await?;
            return Ok((progress.clicks, changes));
        }
        progress.check_time()?;
    }
}

async fn reset_click_count(app: &App, link: LinkId) -> Result<Vec<Change>, Problem> {
    let mut session = app.links.transaction().await?;
    let Some(link) = session.lock_link(link).await? else { return Ok(Vec::new()) };
    let changes = session.reset_click_count(&link, app.clock.now()).await?;
    session.commit().await?;
    Ok(changes)
}

/// An unknown hash erases nothing.
pub(crate) async fn erase_visitor(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let visitor: Option<Uuid> = path.ok().and_then(|Path(hash)| hash.parse().ok());
    let visitor = visitor.ok_or_else(problem::not_found)?;
    let mut progress = ErasureProgress::begin();
    loop {
        let erased = app.analytics.erase_visitor_batch(visitor).await?;
        progress.add(erased.clicks);
        if erased.done {
            return Ok(progress.json());
        }
        progress.check_time()?;
    }
}

/// The number of clicks that a request has erased, and when it must stop.
struct ErasureProgress {
    clicks: u64,
    end: Instant,
}

impl ErasureProgress {
    fn begin() -> Self {
        Self { clicks: 0, end: Instant::now() + ERASE_TIMEOUT }
    }

    fn add(&mut self, clicks: u64) {
        self.clicks += clicks;
    }

    fn check_time(&self) -> Result<(), Problem> {
        if Instant::now() < self.end {
            return Ok(());
        }
        let clicks = self.clicks;
        let detail =
            format!("{clicks} clicks are erased, others are not yet; repeat the request to continue");
        Err(Problem::new(ProblemCode::Overloaded, detail))
    }

    fn json(&self) -> Json<ErasedJson> {
        Json(ErasedJson { clicks: self.clicks })
    }
}
