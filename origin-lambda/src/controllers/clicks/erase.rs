//! `DELETE /api/v1/links/{id}/clicks` and `DELETE /api/v1/visitors/{hash}`: raw clicks and what could lead back to them go at
//! once. The books stay, and sums that tell of nobody.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use link_core::record::LinkId;
use link_core::roll_up::ALL_LINKS;
use serde::Serialize;
use uuid::Uuid;

use crate::announcement::Changes;
use crate::app::App;
use crate::controllers::links::link_id;
use crate::limits::ERASING_PATIENCE;
use crate::problem::{self, Problem, ProblemCode};

#[derive(Debug, Serialize)]
pub(crate) struct ErasedJson {
    clicks: u64,
}

/// Of a link that is gone too. One that is there may be followed as often as its maximum says once more.
pub(crate) async fn of_link(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let link = link_id(path)?;
    if link.0 == ALL_LINKS {
        return Err(problem::link_not_found());
    }
    let mut portions = Portions::begin();
    loop {
        let erased = app.analytics.erase_some_of_link(link).await?;
        portions.add(erased.clicks);
        if let Some(erased_at) = erased.done_at {
            app.links.forget_totals(link, erased_at).await?;
            let changes: Vec<Change> = count_anew(&app, link).await?.into_iter().collect();
            let mut response = portions.told().into_response();
            response.extensions_mut().insert(Changes(changes));
            return Ok(response);
        }
        portions.go_on()?;
    }
}

async fn count_anew(app: &App, link: LinkId) -> Result<Option<Change>, Problem> {
    let mut session = app.links.transaction().await?;
    let Some(link) = session.lock_link(link).await? else { return Ok(None) };
    let change = session.count_anew(&link, app.clock.now()).await?;
    session.commit().await?;
    Ok(change)
}

/// A hash that nobody has erases nothing.
pub(crate) async fn of_visitor(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ErasedJson>, Problem> {
    let visitor: Option<Uuid> = path.ok().and_then(|Path(hash)| hash.parse().ok());
    let visitor = visitor.ok_or_else(problem::not_found)?;
    let mut portions = Portions::begin();
    loop {
        let erased = app.analytics.erase_some_of_visitor(visitor).await?;
        portions.add(erased.clicks);
        if erased.done {
            return Ok(portions.told());
        }
        portions.go_on()?;
    }
}

/// What a request has erased so far, and until when it goes on.
struct Portions {
    clicks: u64,
    end: Instant,
}

impl Portions {
    fn begin() -> Self {
        Self { clicks: 0, end: Instant::now() + ERASING_PATIENCE }
    }

    fn add(&mut self, clicks: u64) {
        self.clicks += clicks;
    }

    fn go_on(&self) -> Result<(), Problem> {
        if Instant::now() < self.end {
            return Ok(());
        }
        let clicks = self.clicks;
        let detail = format!("{clicks} clicks are erased and some are not; send the request again to go on");
        Err(Problem::new(ProblemCode::Overloaded, detail))
    }

    fn told(&self) -> Json<ErasedJson> {
        Json(ErasedJson { clicks: self.clicks })
    }
}
