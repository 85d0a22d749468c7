//! The form of the edge's own problem documents (RFC 9457), for API calls that do not reach the origin, or get no answer
//! from it. A code that the origin uses too means the same.

use std::borrow::Cow;

use link_core::cors;
use link_core::redirect::Answer;
use serde::Serialize;

pub fn problem(status: u16, code: &str, title: &str, detail: &str) -> Answer {
    let problem = Problem { code, detail, status, title, kind: format!("urn:shortline:problem:{code}") };
    // Strings and a number always serialise.
    let body = serde_json::to_string(&problem).unwrap_or_default();
    // A page of another origin may call the API, and must be able to read the problem.
    let headers = cors::EVERY_ANSWER.map(|(name, value)| (name, Cow::Borrowed(value))).into();
    let answer = Answer { status, headers, body };
    answer
        .with("content-type", "application/problem+json")
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
}

/// The operator's mistake, so the details are logged and not shown.
pub fn misconfigured() -> Answer {
    problem(
        500,
        "misconfigured",
        "The edge is not configured",
        "The operator can find the reason in the log.",
    )
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    detail: &'a str,
    status: u16,
    title: &'a str,
    #[serde(rename = "type")]
    kind: String,
}
