//! `GET /api/v1/orphans`: names that people asked for and no link has. People print wrong links on posters.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::app::App;
use crate::limits::MAX_ORPHANS;
use crate::pages::QueryFields;
use crate::problem::Problem;
use crate::statistics::DAY_MILLIS;

/// Whole days (UTC), today included.
const DAYS: i64 = 30;

#[derive(Debug, Serialize)]
pub(crate) struct OrphansJson {
    data: Vec<OrphanJson>,
}

#[derive(Debug, Serialize)]
struct OrphanJson {
    /// Domain and path.
    name: String,
    visits: i64,
    /// UTC.
    last_day: String,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    QueryFields(fields): QueryFields,
) -> Result<Json<OrphansJson>, Problem> {
    fields.finish(Some(()))?;
    let now = app.clock.now();
    let from = now.plus_millis(-(DAYS - 1) * DAY_MILLIS).day();
    let orphans = app.analytics.orphans(from, now.day(), MAX_ORPHANS).await?;
    let orphan = |(name, visits, last_day): (String, i64, time::Date)| OrphanJson {
        name,
        visits,
        last_day: last_day.to_string(),
    };
    Ok(Json(OrphansJson { data: orphans.into_iter().map(orphan).collect() }))
}
