//! `POST /api/v1/links/bulk`: an outcome per link, in order. An invalid link does not fail the others.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;
use tokio::time::timeout;

use super::bulk_response::{self, BulkJson};
use super::idempotent_write::{IdempotentWrite, WriteRequest, WriteResponse, WriteStart};
use crate::app::App;
use crate::auth::password;
use crate::controllers::problems;
use crate::http::fields::Fields;
use crate::http::json_body;
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::limits::{BULK_HASHING_TIMEOUT, MAX_BULK_LINKS, MAX_BULK_PASSWORDS};
use crate::links::creation::{CreationError, CreationOutcome, Creator, NewLinkRequest, PreparedLinks};
use crate::links::input::{self, NewLinkInput, PasswordChange, ValidationContext};
use crate::links::json::LinkJson;
use crate::rate_limit::CountedLinks;

pub(crate) async fn create(State(app): State<Arc<App>>, request: WriteRequest) -> Result<Response, Problem> {
    if let Some(replayed) = request.stored_response(&app).await? {
        return Ok(replayed);
    }
    let bulk = request.fail_early_unless_idempotent(Bulk::prepare(&app, &request).await)?;
    match IdempotentWrite::begin(&app, &request).await? {
        WriteStart::Replayed(answer) => {
            if let Ok(bulk) = bulk {
                app.link_creator.return_codes(bulk.prepared);
                bulk.counted.give_back().await;
            }
            Ok(answer)
        }
        WriteStart::Fresh(mut write) => {
            let outcome = match bulk {
                Ok(bulk) => bulk.execute(&app, &mut write).await,
                Err(problem) => Err(problem),
            };
            write.finish(&app, outcome).await
        }
    }
}

struct Bulk {
    /// One entry per link: the problem of an invalid link, `None` for a valid one.
    invalid: Vec<Option<Problem>>,
    prepared: PreparedLinks,
    counted: CountedLinks,
}

impl Bulk {
    async fn prepare(app: &App, request: &WriteRequest) -> Result<Self, Problem> {
        let inputs = read(app, request)?;
        let mut invalid = Vec::with_capacity(inputs.len());
        let mut valid: Vec<NewLinkInput> = Vec::with_capacity(inputs.len());
        for input in inputs {
            match input {
                Ok(input) => {
                    valid.push(input);
                    invalid.push(None);
                }
                Err(problem) => invalid.push(Some(problem)),
            }
        }
        let now = app.clock.now();
        let counted = app.rate_limits.count_links(&app.links, request.principal, valid.len(), now).await?;
        let prepared = app.link_creator.prepare(hash_passwords(valid, request.creator()).await?).await?;
        Ok(Self { invalid, prepared, counted })
    }

    async fn execute(self, app: &App, write: &mut IdempotentWrite) -> Result<WriteResponse, Problem> {
        let mut outcomes = app.link_creator.create(&mut write.session, self.prepared).await?.into_iter();
        let mut response = BulkJson::default();
        let mut stored_outcomes = Vec::with_capacity(self.invalid.len());
        let mut changes = Vec::new();
        for invalid in self.invalid {
            let (status, link) = match invalid {
                Some(problem) => {
                    stored_outcomes.push(bulk_response::problem_outcome(&problem));
                    response.push_problem(&problem)?;
                    continue;
                }
                None => match outcomes.next().ok_or(CreationError::NoOutcome)? {
                    CreationOutcome::Created(link) => {
                        changes.extend(link.changes());
                        (StatusCode::CREATED, link)
                    }
                    CreationOutcome::Reused(link) => (StatusCode::OK, link),
                    CreationOutcome::Rejected(conflict, settings) => {
                        let problem = problems::link_conflict(conflict, &settings);
                        stored_outcomes.push(bulk_response::problem_outcome(&problem));
                        response.push_problem(&problem)?;
                        continue;
                    }
                },
            };
            stored_outcomes.push(bulk_response::link_outcome(status, link.id));
            response.push_link(status, LinkJson::new(link, &app.site, app.clock.now()));
        }
        Ok(WriteResponse::new(StatusCode::OK, [], &response, changes)?.with_outcomes(stored_outcomes))
    }
}

/// Hashes as many passwords at a time as there are hashing slots; more would only make other requests wait.
pub(crate) async fn hash_passwords(
    inputs: Vec<NewLinkInput>,
    creator: Creator,
) -> Result<Vec<NewLinkRequest>, Problem> {
    let requests = stream::iter(inputs.into_iter().map(|input| input.with_password_hashed(creator)));
    let requests = requests.buffered(password::max_concurrent_hashes()).try_collect();
    match timeout(BULK_HASHING_TIMEOUT, requests).await {
        Ok(requests) => requests,
        Err(_) => Err(Problem::new(
            ProblemCode::Overloaded,
            "hashing the passwords takes too long right now; nothing was written",
        )),
    }
}

fn read(app: &App, request: &WriteRequest) -> Result<Vec<Result<NewLinkInput, Problem>>, Problem> {
    let mut fields = Fields::from_body(json_body::parse(&request.body)?);
    let links = fields.required("links", ProblemCode::InvalidLinks, |value| match value {
        Value::Array(links) if (1..=MAX_BULK_LINKS).contains(&links.len()) => Ok(links),
        _ => Err(format!("must be a list of 1 to {MAX_BULK_LINKS} links")),
    });
    let mut passwords = 0;
    let links = fields.finish(links)?.into_iter().map(|link| {
        let context = ValidationContext::new(&app.site, &request.bounds.links, app.clock.now());
        new_link(link_fields(link)?, context, &mut passwords)
    });
    Ok(links.collect())
}

pub(crate) fn link_fields(link: Value) -> Result<Fields, Problem> {
    match link {
        Value::Object(link) => Ok(Fields::from_body(link)),
        _ => Err(Problem::new(ProblemCode::InvalidBody, "a link must be a JSON object")),
    }
}

/// One link of many. `passwords` counts those of the request.
pub(crate) fn new_link(
    fields: Fields,
    context: ValidationContext<'_>,
    passwords: &mut usize,
) -> Result<NewLinkInput, Problem> {
    let input = input::new_link(fields, context)?;
    if matches!(input.link.password, PasswordChange::Set(_)) {
        *passwords += 1;
        if *passwords > MAX_BULK_PASSWORDS {
            return Err(too_many_passwords());
        }
    }
    Ok(input)
}

fn too_many_passwords() -> Problem {
    let detail = format!("may be set for at most {MAX_BULK_PASSWORDS} links of one request");
    Problem::from_fields(
        ProblemCode::InvalidPassword,
        vec![FieldError { field: "password".to_owned(), detail }],
    )
}
