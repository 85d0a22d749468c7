//! `action=shorturl`. Like YOURLS by default, one destination (here with its title) gets one link: asked for again, the answer is a
//! failure that carries the short URL, which clients read.

use axum::http::StatusCode;
use link_core::names::destination::Destination;
use serde_json::{Map, Value};

use super::answer::{Answer, Fields, fields};
use super::lookup::{address, date, title};
use super::parameters::Parameters;
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::controllers::links::create::create_link;
use crate::controllers::problems;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_TITLE_CHARACTERS;
use crate::links::creation::CreationOutcome;
use crate::store::links::{Conflict, Link};

pub(super) async fn short_url(
    app: &App,
    principal: Principal,
    bounds: &KeyBounds,
    parameters: &Parameters,
) -> Answer {
    let (url, keyword) = (parameters.get("url").trim(), parameters.get("keyword").trim());
    if leads_to_us(app, url) {
        return failure(StatusCode::BAD_REQUEST, "error:noloop", "URL is a short URL");
    }
    let outcome = create_link(app, principal, bounds, body(url, keyword, parameters.get("title"))).await;
    match outcome {
        Ok(CreationOutcome::Created(link)) => created(app, &link),
        Ok(CreationOutcome::Reused(link)) => exists(app, &link),
        Ok(CreationOutcome::Rejected(Conflict::OwnHost(_), _)) => {
            failure(StatusCode::BAD_REQUEST, "error:noloop", "URL is a short URL")
        }
        Ok(CreationOutcome::Rejected(conflict, settings)) => {
            refused(problems::link_conflict(conflict, &settings), keyword)
        }
        Err(problem) => refused(problem, keyword),
    }
}

/// Absent parameters are empty ones, as in PHP.
fn body(url: &str, keyword: &str, title: &str) -> Map<String, Value> {
    let title: String = title.trim().chars().take(MAX_TITLE_CHARACTERS).collect();
    let given = [("url", url), ("alias", keyword), ("title", title.as_str())];
    let given = given.into_iter().filter(|(_, text)| !text.is_empty());
    let mut body: Map<_, _> = given.map(|(name, text)| (name.to_owned(), text.into())).collect();
    body.insert("reuse".to_owned(), true.into());
    body
}

fn leads_to_us(app: &App, url: &str) -> bool {
    Destination::parse(url).is_ok_and(|url| app.site.own_hosts.contains(&url.comparable_host()))
}

fn created(app: &App, link: &Link) -> Answer {
    let short_url = address(app, link);
    let shown = fields([("status", "success"), ("code", "")])
        .text("message", format!("{} added to database", link.settings.url))
        .text("errorCode", "")
        .text("statusCode", 200)
        .group("url", details(link))
        .text("title", title(link))
        .text("shorturl", &short_url);
    Answer::ok(shown).simple(short_url).changing(link.changes())
}

fn exists(app: &App, link: &Link) -> Answer {
    let short_url = address(app, link);
    let message = format!("{} already exists in database (short URL: {})", link.settings.url, link.code);
    let shown = fields([("status", "fail"), ("code", "error:url")])
        .group("url", details(link).text("clicks", link.clicks.total))
        .text("message", message)
        .text("title", title(link))
        .text("shorturl", &short_url)
        .text("errorCode", 400)
        .text("statusCode", 400);
    Answer::with_status(StatusCode::BAD_REQUEST, shown).simple(short_url)
}

fn details(link: &Link) -> Fields {
    Fields::default()
        .text("keyword", link.code.as_str())
        .text("url", link.settings.url.as_str())
        .text("title", title(link))
        .text("date", date(link))
        .text("ip", "")
}

/// By the codes that YOURLS has; a problem that it does not know has none.
fn refused(problem: Problem, keyword: &str) -> Answer {
    let message = problem.message();
    let (status, code, message) = match (problem.code(), problem.status()) {
        (ProblemCode::AliasTaken, _) => {
            let message = format!("Short URL {keyword} already exists in database or is reserved");
            (StatusCode::BAD_REQUEST, "error:keyword", message)
        }
        (ProblemCode::InvalidAlias, _) => (StatusCode::BAD_REQUEST, "error:keyword", message),
        (ProblemCode::MissingField | ProblemCode::InvalidUrl, _) => {
            (StatusCode::BAD_REQUEST, "error:nourl", format!("Missing or malformed URL: {message}"))
        }
        (_, StatusCode::UNPROCESSABLE_ENTITY) => (StatusCode::BAD_REQUEST, "", message),
        (_, StatusCode::SERVICE_UNAVAILABLE) => {
            (StatusCode::SERVICE_UNAVAILABLE, "error:concurrency", message)
        }
        (_, status) if status.is_server_error() => (StatusCode::INTERNAL_SERVER_ERROR, "error:db", message),
        (_, status) => (status, "", message),
    };
    failure(status, code, &message).traced(problem)
}

fn failure(status: StatusCode, code: &str, message: &str) -> Answer {
    let shown = fields([("status", "fail"), ("code", code), ("message", message)])
        .text("errorCode", status.as_u16())
        .text("statusCode", status.as_u16());
    Answer::with_status(status, shown)
}
