//! `POST /api/v1/links`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::written;
use crate::app::App;
use crate::creation::{self, CreationError, Outcome, Prepared};
use crate::fields::Fields;
use crate::json_body;
use crate::link_input;
use crate::problem::{self, Problem};
use crate::undertaking::{Begun, Undertaking, WriteRequest, Written};

pub(crate) async fn create(State(app): State<Arc<App>>, request: WriteRequest) -> Result<Response, Problem> {
    let prepared = request.unless_repeatable(prepare(&app, &request).await)?;
    let prepared = match prepared {
        // One statement, which needs no transaction of its own.
        Ok(prepared) if !request.is_repeatable() && !prepared.may_reuse() => {
            let outcome = creation::create_with_others(&app, prepared).await?;
            return Ok(say(&app, outcome)?.into_response());
        }
        prepared => prepared,
    };
    match Undertaking::begin(&app, &request).await? {
        Begun::Answered(answer) => {
            prepared.into_iter().for_each(|prepared| prepared.give_back(&app));
            Ok(answer)
        }
        Begun::Now(mut undertaking) => {
            let outcome = match prepared {
                Ok(prepared) => carry_out(&app, &mut undertaking, prepared).await,
                Err(problem) => Err(problem),
            };
            undertaking.finish(&app, outcome).await
        }
    }
}

async fn prepare(app: &App, request: &WriteRequest) -> Result<Prepared, Problem> {
    let wish = link_input::wish(Fields::of_body(json_body::parse(&request.body)?), app.judge())?;
    app.rate_limits.take_links(&app.links, request.principal, 1, app.clock.now()).await?;
    Ok(Prepared::new(app, vec![wish.with_password_hashed().await?]).await?)
}

async fn carry_out(app: &App, undertaking: &mut Undertaking, prepared: Prepared) -> Result<Written, Problem> {
    let outcome = creation::create(app, &mut undertaking.session, prepared).await?.pop();
    say(app, outcome.ok_or(CreationError::NoOutcome)?)
}

fn say(app: &App, outcome: Outcome) -> Result<Written, Problem> {
    match outcome {
        Outcome::Created(link) => {
            let changes = vec![link.change()];
            written(app, StatusCode::CREATED, link, changes)
        }
        Outcome::Reused(link) => written(app, StatusCode::OK, link, Vec::new()),
        Outcome::Refused(refusal, settings) => Err(problem::refused(refusal, &settings)),
    }
}
