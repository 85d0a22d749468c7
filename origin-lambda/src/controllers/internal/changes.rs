//! Lists the changes that the edge must still publish, and takes its confirmations. Does not decide when the edge asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::Revision;
use serde::Deserialize;

use crate::app::App;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_PULLED_CHANGES;
use crate::links::host_sweep;

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChangesQuery {
    after: i64,
    limit: i64,
}

impl Default for ChangesQuery {
    fn default() -> Self {
        Self { after: 0, limit: MAX_PULLED_CHANGES }
    }
}

pub(crate) async fn pull(
    State(app): State<Arc<App>>,
    page: Result<Query<ChangesQuery>, QueryRejection>,
) -> Result<Json<ChangeList>, Problem> {
    let Query(page) = page
        .map_err(|_| Problem::new(ProblemCode::UnknownParameter, "send after and limit as whole numbers"))?;
    // The edge asks every minute, from the start: the time to continue a sweep that a request left unfinished. Later pages belong
    // to publishing, which must not wait.
    if page.after == 0 {
        host_sweep::run(&app.links, &app.site.own_hosts, &app.clock).await;
    }
    let limit = page.limit.clamp(1, MAX_PULLED_CHANGES);
    let (changes, more) = app.links.unpublished(Revision(page.after), limit).await?;
    Ok(Json(ChangeList { changes, more, ..ChangeList::default() }))
}

pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    list: Result<Json<ConfirmationList>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(list) =
        list.map_err(|_| Problem::new(ProblemCode::InvalidBody, "send a list of confirmed publications"))?;
    app.links.confirm(&list.confirmed).await?;
    Ok(StatusCode::NO_CONTENT)
}
