//! YOURLS' API, for the clients that people have: the same services as `/api/v1`, in YOURLS' shapes.
//! <https://yourls.org/docs/guide/advanced/api>

mod answer;
mod creation;
mod format;
mod lookup;
mod multipart;
mod parameters;
mod signature;
mod statistics;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::app::App;
use crate::auth::Right;
use crate::caller::{self, Caller};
use crate::http::problem::Problem;
use answer::{Answer, fields};
use format::Format;
use parameters::Parameters;

/// The release whose shapes are answered.
const VERSION: &str = "1.10.5";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    ShortUrl,
    Expand,
    UrlStats,
    Stats,
    DbStats,
    Version,
}

impl Action {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "shorturl" => Self::ShortUrl,
            "expand" => Self::Expand,
            "url-stats" => Self::UrlStats,
            "stats" => Self::Stats,
            "db-stats" => Self::DbStats,
            "version" => Self::Version,
            _ => return None,
        })
    }

    fn right(self) -> Right {
        match self {
            Self::ShortUrl => Right::Create,
            Self::Expand => Right::Read,
            Self::UrlStats | Self::Stats | Self::DbStats => Right::Statistics,
            // Every key may ask for it.
            Self::Version => Right::OwnKey,
        }
    }
}

pub(crate) async fn call(State(app): State<Arc<App>>, request: Request) -> Response {
    let parameters = match Parameters::read(request).await {
        Ok(parameters) => parameters,
        Err(problem) => return Format::Xml.respond(Answer::refused(problem)),
    };
    let format = match Format::of(&parameters) {
        Ok(format) => format,
        Err(answer) => return Format::Json.respond(answer),
    };
    match answer(&app, &parameters, &format).await {
        Ok(response) => response,
        Err(problem) => format.respond(Answer::refused(problem)),
    }
}

/// Like YOURLS, looks at the action only once it is known who calls.
async fn answer(app: &App, parameters: &Parameters, format: &Format) -> Result<Response, Problem> {
    let caller = signature::identify(app, parameters).await?;
    let refuse = |problem| format.respond(Answer::refused(problem));
    let action = Action::from_name(parameters.get("action"));
    let right = action.map_or(Right::OwnKey, Action::right);
    caller::run_call(app, &caller, right, refuse, async {
        let answer = match action {
            Some(action) => execute(app, &caller, action, parameters).await,
            None => Ok(Answer::error(400, "Unknown or missing \"action\" parameter")),
        };
        format.respond(answer.unwrap_or_else(Answer::refused))
    })
    .await
}

async fn execute(
    app: &App,
    caller: &Caller,
    action: Action,
    parameters: &Parameters,
) -> Result<Answer, Problem> {
    let bounds = caller.bounds();
    match action {
        Action::ShortUrl => Ok(creation::short_url(app, caller.principal, &bounds, parameters).await),
        Action::Expand => lookup::expand(app, &bounds.links, parameters.get("shorturl")).await,
        Action::UrlStats => lookup::url_stats(app, &bounds.links, parameters.get("shorturl")).await,
        Action::Stats => statistics::stats(app, bounds.links, parameters).await,
        Action::DbStats => statistics::db_stats(app, &bounds.links).await,
        Action::Version => Ok(Answer::ok(fields([("version", VERSION)])).simple(VERSION)),
    }
}
