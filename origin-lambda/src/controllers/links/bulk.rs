//! `POST /api/v1/links/bulk`: an outcome for each link, in order. What is wrong with one keeps no other from being made.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;
use tokio::time::timeout;

use crate::app::App;
use crate::bulk_answer::{self, BulkJson};
use crate::creation::{self, CreationError, Outcome, Prepared, Wish};
use crate::fields::Fields;
use crate::json_body;
use crate::limits::{BULK_HASHING_PATIENCE, MAX_BULK_LINKS, MAX_BULK_PASSWORDS};
use crate::link_input::{self, PasswordChange, WishInput};
use crate::link_json::LinkJson;
use crate::password;
use crate::problem::{self, FieldError, Problem, ProblemCode};
use crate::undertaking::{Begun, Undertaking, WriteRequest, Written};

pub(crate) async fn create(State(app): State<Arc<App>>, request: WriteRequest) -> Result<Response, Problem> {
    let bulk = request.unless_repeatable(Bulk::prepare(&app, &request).await)?;
    match Undertaking::begin(&app, &request).await? {
        Begun::Answered(answer) => {
            bulk.into_iter().for_each(|bulk| bulk.wishes.give_back(&app));
            Ok(answer)
        }
        Begun::Now(mut undertaking) => {
            let outcome = match bulk {
                Ok(bulk) => bulk.carry_out(&app, &mut undertaking).await,
                Err(problem) => Err(problem),
            };
            undertaking.finish(&app, outcome).await
        }
    }
}

struct Bulk {
    /// Of those links that cannot be made whatever is stored; `None` for a wish.
    wrong: Vec<Option<Problem>>,
    wishes: Prepared,
}

impl Bulk {
    async fn prepare(app: &App, request: &WriteRequest) -> Result<Self, Problem> {
        let inputs = read(app, &request.body)?;
        let mut wrong = Vec::with_capacity(inputs.len());
        let mut valid: Vec<WishInput> = Vec::with_capacity(inputs.len());
        for input in inputs {
            match input {
                Ok(input) => {
                    valid.push(input);
                    wrong.push(None);
                }
                Err(problem) => wrong.push(Some(problem)),
            }
        }
        app.rate_limits.take_links(&app.links, request.principal, valid.len(), app.clock.now()).await?;
        Ok(Self { wrong, wishes: Prepared::new(app, hashed(valid).await?).await? })
    }

    async fn carry_out(self, app: &App, undertaking: &mut Undertaking) -> Result<Written, Problem> {
        let mut outcomes = creation::create(app, &mut undertaking.session, self.wishes).await?.into_iter();
        let mut answer = BulkJson::default();
        let mut kept = Vec::with_capacity(self.wrong.len());
        let mut changes = Vec::new();
        for wrong in self.wrong {
            let (status, link) = match wrong {
                Some(problem) => {
                    kept.push(bulk_answer::kept_refusal(&problem));
                    answer.refused(&problem)?;
                    continue;
                }
                None => match outcomes.next().ok_or(CreationError::NoOutcome)? {
                    Outcome::Created(link) => {
                        changes.push(link.change());
                        (StatusCode::CREATED, link)
                    }
                    Outcome::Reused(link) => (StatusCode::OK, link),
                    Outcome::Refused(refusal, settings) => {
                        let problem = problem::refused(refusal, &settings);
                        kept.push(bulk_answer::kept_refusal(&problem));
                        answer.refused(&problem)?;
                        continue;
                    }
                },
            };
            kept.push(bulk_answer::kept(status, link.id));
            answer.made(status, LinkJson::new(link, &app.site, app.clock.now()));
        }
        Ok(Written::new(StatusCode::OK, [], &answer, changes)?.with_outcomes(kept))
    }
}

/// With as many passwords at a time as there are places to hash one: more would only make others wait behind them.
async fn hashed(inputs: Vec<WishInput>) -> Result<Vec<Wish>, Problem> {
    let wishes = stream::iter(inputs.into_iter().map(WishInput::with_password_hashed));
    let wishes = wishes.buffered(password::places()).try_collect();
    match timeout(BULK_HASHING_PATIENCE, wishes).await {
        Ok(wishes) => wishes,
        Err(_) => Err(Problem::new(
            ProblemCode::Overloaded,
            "hashing the passwords of these links takes too long right now; nothing was written",
        )),
    }
}

fn read(app: &App, body: &[u8]) -> Result<Vec<Result<WishInput, Problem>>, Problem> {
    let mut fields = Fields::of_body(json_body::parse(body)?);
    let links = fields.required("links", ProblemCode::InvalidLinks, |value| match value {
        Value::Array(links) if (1..=MAX_BULK_LINKS).contains(&links.len()) => Ok(links),
        _ => Err(format!("must be a list of 1 to {MAX_BULK_LINKS} links")),
    });
    let mut passwords = 0;
    let links = fields.finish(links)?.into_iter().map(|link| {
        let Value::Object(link) = link else {
            return Err(Problem::new(ProblemCode::InvalidBody, "a link must be a JSON object"));
        };
        let input = link_input::wish(Fields::of_body(link), app.judge())?;
        if matches!(input.link.password, PasswordChange::Set(_)) {
            passwords += 1;
            if passwords > MAX_BULK_PASSWORDS {
                return Err(too_many_passwords());
            }
        }
        Ok(input)
    });
    Ok(links.collect())
}

fn too_many_passwords() -> Problem {
    let detail = format!("may be set for at most {MAX_BULK_PASSWORDS} links of one call");
    Problem::of_fields(
        ProblemCode::InvalidPassword,
        vec![FieldError { field: "password".to_owned(), detail }],
    )
}
