//! `POST /api/v1/imports/{id}/visits`: visits of the old system. The origin seals them into the import's batches; the edge sends these to
//! the queue before its client gets the answer. A number that comes again makes the same batches, so that each visit counts once.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::future::try_join_all;
use link_core::clicks::batch::{CacheTier, Click, Producer};
use link_core::clicks::buffer::SealedBatch;
use link_core::clicks::imported::{ImportProgress, seal_visits};
use link_core::edge_origin::BATCHES;
use link_core::record::{LinkId, RedirectStatus};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::row_link::link_of;
use super::visit_input::{VisitInput, VisitsInput};
use super::{LockedImport, find_import, import_id, lock_import};
use crate::app::App;
use crate::auth::Principal;
use crate::http::edge_changes::EdgeBatches;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{IMPORT_LOCK_WAIT, MAX_VISITS_BYTES, VISITS_SENDING_TIMEOUT};
use crate::redirect::shipping::ClickQueue;
use crate::store::WriteSession;
use crate::store::imports::{Import, ImportRow, SkipReason, SkippedVisit, VisitCall};

#[derive(Debug, Serialize)]
struct VisitsJson {
    number: i32,
    /// The number came before.
    repeated: bool,
    /// Without the skipped ones.
    visits: i32,
    skipped: Vec<SkippedVisitJson>,
}

#[derive(Debug, Serialize)]
struct SkippedVisitJson {
    /// In the request, from 0.
    position: i32,
    row_id: String,
    reason: String,
}

pub(crate) async fn write(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let import = find_import(&app, import_id(path)?, principal).await?;
    let carrier = Carrier::of(&app, &headers)?;
    let input = VisitsInput::read(body, app.clock.now())?;
    let Recorded { call, batches, is_repeated } = record(&app, import.id, &input).await?;
    let mut response = Json(json(&input, &call, is_repeated)).into_response();
    match carrier {
        Carrier::Edge => drop(response.extensions_mut().insert(EdgeBatches(batches))),
        Carrier::Queue(queue) => send(queue.as_ref(), &batches).await?,
    }
    Ok(response)
}

/// Who sends the batches to the queue. A function of the edge cannot reach it.
enum Carrier {
    Edge,
    Queue(Arc<dyn ClickQueue>),
}

impl Carrier {
    fn of(app: &App, headers: &HeaderMap) -> Result<Self, Problem> {
        if headers.contains_key(BATCHES) && app.access.is_edge(headers) {
            return Ok(Self::Edge);
        }
        app.click_queue.clone().map(Self::Queue).ok_or_else(|| {
            let detail = "call the edge of this release, or set CLICK_QUEUE_URL of the origin";
            Problem::new(ProblemCode::VisitsUnavailable, detail)
        })
    }
}

async fn send(queue: &dyn ClickQueue, batches: &[SealedBatch]) -> Result<(), Problem> {
    let sent = try_join_all(batches.iter().map(|batch| queue.send(batch)));
    match timeout(VISITS_SENDING_TIMEOUT, sent).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(problem::visits_not_sent().caused_by(error)),
        Err(elapsed) => Err(problem::visits_not_sent().caused_by(elapsed)),
    }
}

struct Recorded {
    call: VisitCall,
    batches: Vec<SealedBatch>,
    is_repeated: bool,
}

/// Writes what the call brings before anything is sent: whatever happens then, the call can be repeated.
async fn record(app: &App, import: Uuid, input: &VisitsInput) -> Result<Recorded, Problem> {
    let until = Instant::now() + IMPORT_LOCK_WAIT;
    let LockedImport { mut session, import, _guard } = lock_import(app, import, until).await?;
    let import = import.ok_or_else(problem::import_not_found)?;
    let rows = rows_of(&mut session, import.id, input).await?;
    if let Some(call) = session.visit_call(import.id, input.number).await? {
        if call.digest != input.digest() {
            let detail = format!(
                "the visits of number {} are sent already; send others with the next number",
                call.number
            );
            return Err(Problem::new(ProblemCode::VisitsChanged, detail));
        }
        let batches = seal(&import, &call, input, &rows)?;
        return Ok(Recorded { call, batches, is_repeated: true });
    }
    check_order(&import, input.number)?;
    let skipped = skipped(&mut session, import.id, input, &rows).await?;
    let call = VisitCall {
        number: input.number,
        digest: input.digest(),
        visits_before: import.history.visits,
        batches_before: import.history.batches,
        visits: i32::try_from(input.visits.len() - skipped.len()).map_err(problem::internal)?,
        skipped,
    };
    let batches = seal(&import, &call, input, &rows)?;
    if batches.iter().map(|batch| batch.body.len()).sum::<usize>() > MAX_VISITS_BYTES {
        let detail = "the visits' texts are too long to be sent at once; send fewer visits with this number";
        return Err(Problem::new(ProblemCode::BodyTooLarge, detail));
    }
    session.write_visit_call(&import, &call, batches.len()).await?;
    session.commit().await?;
    Ok(Recorded { call, batches, is_repeated: false })
}

async fn rows_of(
    session: &mut WriteSession,
    import: Uuid,
    input: &VisitsInput,
) -> Result<HashMap<String, ImportRow>, Problem> {
    let mut ids: Vec<&str> = input.visits.iter().map(|visit| visit.row_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = session.import_rows(import, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.row_id.clone(), row)).collect())
}

/// A batch carries the import's total of visits so far.
fn check_order(import: &Import, number: i32) -> Result<(), Problem> {
    let next = import.history.calls + 1;
    if number == next {
        return Ok(());
    }
    let detail = format!("the next number of this import is {next}");
    Err(Problem::new(ProblemCode::VisitsOutOfOrder, detail))
}

async fn skipped(
    session: &mut WriteSession,
    import: Uuid,
    input: &VisitsInput,
    rows: &HashMap<String, ImportRow>,
) -> Result<Vec<SkippedVisit>, Problem> {
    let found = |visit: &VisitInput| link_of(rows, &visit.row_id).map(|(link, _)| link);
    let links: Vec<LinkId> = input.visits.iter().filter_map(|visit| found(visit).ok()).collect();
    let claimed = session.claim_histories(import, &links).await?;
    let reason = |visit| match found(visit) {
        Ok(link) if claimed.contains(&link) => None,
        Ok(_) => Some(SkipReason::OtherImport),
        Err(reason) => Some(reason),
    };
    let skipped = (0..).zip(&input.visits).filter_map(|(position, visit)| {
        let reason = reason(visit)?.as_str().to_owned();
        Some(SkippedVisit { position, reason })
    });
    Ok(skipped.collect())
}

/// The same for a repeated call: the link of a row that has one never changes, and what was skipped stays so.
fn seal(
    import: &Import,
    call: &VisitCall,
    input: &VisitsInput,
    rows: &HashMap<String, ImportRow>,
) -> Result<Vec<SealedBatch>, Problem> {
    let mut clicks = Vec::with_capacity(input.visits.len());
    let mut skipped = call.skipped.iter().map(|skipped| skipped.position).peekable();
    for (position, visit) in (0..).zip(&input.visits) {
        if skipped.next_if_eq(&position).is_some() {
            continue;
        }
        let (link, domain) =
            link_of(rows, &visit.row_id).map_err(|reason| problem::internal(reason.as_str()))?;
        clicks.push(click(visit, (link, domain), format!("import-{}-{position}", call.number)));
    }
    let progress = ImportProgress {
        producer: Producer(import.id),
        day: import.created_at.day(),
        batches: u32::try_from(call.batches_before).map_err(problem::internal)?,
        visits: u64::try_from(call.visits_before).map_err(problem::internal)?,
    };
    Ok(seal_visits(progress, &clicks))
}

fn click(visit: &VisitInput, (link, domain): (LinkId, &str), request_id: String) -> Click {
    Click {
        time: visit.time,
        link,
        status: RedirectStatus::Found,
        tier: CacheTier::Imported,
        head: false,
        request_id,
        country: visit.country.clone(),
        region: None,
        city: None,
        user_agent: visit.user_agent.clone(),
        referrer: visit.referrer.clone(),
        domain: Some(domain.to_owned()),
        purpose: None,
        asn: None,
        language: None,
        destination: None,
        // The old system's visitors are not known by ours.
        visitor: None,
        utm: None,
        trace: None,
    }
}

fn json(input: &VisitsInput, call: &VisitCall, is_repeated: bool) -> VisitsJson {
    let skipped = call.skipped.iter().map(|SkippedVisit { position, reason }| {
        let visit = usize::try_from(*position).ok().and_then(|position| input.visits.get(position));
        SkippedVisitJson {
            position: *position,
            row_id: visit.map(|visit| visit.row_id.clone()).unwrap_or_default(),
            reason: reason.clone(),
        }
    });
    VisitsJson { number: call.number, repeated: is_repeated, visits: call.visits, skipped: skipped.collect() }
}
