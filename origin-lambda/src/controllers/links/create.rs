//! `POST /api/v1/links`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::idempotent_write::{IdempotentWrite, WriteRequest, WriteResponse, WriteStart};
use super::write_response;
use crate::app::App;
use crate::controllers::problems;
use crate::http::fields::Fields;
use crate::http::json_body;
use crate::http::problem::Problem;
use crate::links::creation::{CreationError, CreationOutcome, PreparedLinks};
use crate::links::input::{self, ValidationContext};
use crate::rate_limit::CountedLinks;

pub(crate) async fn create(State(app): State<Arc<App>>, request: WriteRequest) -> Result<Response, Problem> {
    if let Some(replayed) = request.stored_response(&app).await? {
        return Ok(replayed);
    }
    let prepared = request.fail_early_unless_idempotent(prepare(&app, &request).await)?;
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

async fn prepare(app: &App, request: &WriteRequest) -> Result<(PreparedLinks, CountedLinks), Problem> {
    let input = input::new_link(
        Fields::from_body(json_body::parse(&request.body)?),
        ValidationContext::new(&app.site, &request.bounds.links, app.clock.now()),
    )?;
    let counted = app.rate_limits.count_links(&app.links, request.principal, 1, app.clock.now()).await?;
    let new = input.with_password_hashed(request.creator()).await?;
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
            let changes = vec![link.change()];
            write_response(app, StatusCode::CREATED, link, changes)
        }
        CreationOutcome::Reused(link) => write_response(app, StatusCode::OK, link, Vec::new()),
        CreationOutcome::Rejected(conflict, settings) => Err(problems::link_conflict(conflict, &settings)),
    }
}
