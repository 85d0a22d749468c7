//! `DELETE /api/v1/blocked-hosts/{host}`. Unblocks links that no other entry blocks.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Principal;
use crate::http::host_input;
use crate::http::problem::{self, Problem};
use crate::links::host_sweep;
use crate::store::audit::Author;

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let host =
        path.ok().and_then(|Path(host)| host_input::parse(&host).ok()).ok_or_else(problem::host_not_found)?;
    if !app.links.unblock_host(&host, &Author::of(principal)).await? {
        return Err(problem::host_not_found());
    }
    host_sweep::run(&app.links, &app.site.own_hosts, &app.clock).await;
    Ok(StatusCode::NO_CONTENT)
}
