//! `POST /api/v1/links`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use serde_json::{Map, Value};

use super::idempotent_write::{IdempotentWrite, WriteRequest, WriteResponse, WriteStart};
use super::write_response;
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::controllers::problems;
use crate::http::fields::Fields;
use crate::http::json_body;
use crate::http::problem::Problem;
use crate::links::creation::{CreationError, CreationOutcome, Creator, PreparedLinks};
use crate::links::input::{self, ValidationContext};
use crate::rate_limit::CountedLinks;

pub(crate) async fn create(State(app): State<Arc<App>>, request: WriteRequest) -> Result<Response, Problem> {
    if let Some(replayed) = request.stored_response(&app).await? {
        return Ok(replayed);
    }
    let read = match json_body::parse(&request.body) {
        Ok(body) => prepare(&app, request.principal, &request.bounds, body).await,
        Err(problem) => Err(problem),
    };
    let prepared = request.fail_early_unless_idempotent(read)?;
    let prepared = match prepared {
        // A single statement needs no transaction.
        Ok((prepared, _)) if !request.is_idempotent() && !prepared.may_reuse() => {
            let outcome = app.link_creator.create_batched(prepared).await?;
            return Ok(respond(&app, outcome)?.into_response());
        }
        prepared => prepared,
    };
    match IdempotentWrite::begin(&app, &request).await? {
        WriteStart::Replayed(answer) => {
            if let Ok((prepared, counted)) = prepared {
                app.link_creator.return_codes(prepared);
                counted.give_back().await;
            }
            Ok(answer)
        }
        WriteStart::Fresh(mut write) => {
            let outcome = match prepared {
                Ok((prepared, _)) => execute(&app, &mut write, prepared).await,
                Err(problem) => Err(problem),
            };
            write.finish(&app, outcome).await
        }
    }
}

/// Creates a link for a client that cannot send an `Idempotency-Key`.
pub(crate) async fn create_link(
    app: &App,
    principal: Principal,
    bounds: &KeyBounds,
    body: Map<String, Value>,
) -> Result<CreationOutcome, Problem> {
    let (prepared, _) = prepare(app, principal, bounds, body).await?;
    if !prepared.may_reuse() {
        return Ok(app.link_creator.create_batched(prepared).await?);
    }
    let mut session = app.links.transaction().await?;
    let outcome = app.link_creator.create(&mut session, prepared).await?.pop();
    session.commit().await?;
    Ok(outcome.ok_or(CreationError::NoOutcome)?)
}

async fn prepare(
    app: &App,
    principal: Principal,
    bounds: &KeyBounds,
    body: Map<String, Value>,
) -> Result<(PreparedLinks, CountedLinks), Problem> {
    let now = app.clock.now();
    let context = ValidationContext::new(&app.site, &bounds.links, now);
    let input = input::new_link(Fields::from_body(body), context)?;
    let counted = app.rate_limits.count_links(&app.links, principal, 1, now).await?;
    let new = input.with_password_hashed(Creator::of(principal, bounds)).await?;
    Ok((app.link_creator.prepare(vec![new]).await?, counted))
}

async fn execute(
    app: &App,
    write: &mut IdempotentWrite,
    prepared: PreparedLinks,
) -> Result<WriteResponse, Problem> {
    let outcome = app.link_creator.create(&mut write.session, prepared).await?.pop();
    respond(app, outcome.ok_or(CreationError::NoOutcome)?)
}

pub(super) fn respond(app: &App, outcome: CreationOutcome) -> Result<WriteResponse, Problem> {
    match outcome {
        CreationOutcome::Created(link) => {
            let changes = link.changes();
            write_response(app, StatusCode::CREATED, link, changes)
        }
        CreationOutcome::Reused(link) => write_response(app, StatusCode::OK, link, Vec::new()),
        CreationOutcome::Rejected(conflict, settings) => Err(problems::link_conflict(conflict, &settings)),
    }
}
