//! Documents `/api/v1/sessions`.

use axum::http::Method;
use serde_json::json;

use super::operation::Operation;
use super::schemas::reference;
use crate::http::problem::ProblemCode as Code;
use crate::limits::MAX_SESSIONS_PER_KEY;

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "sessions", id, summary);
    let page = json!({"type": "string", "description": "Any value."});
    vec![
        operation(Method::POST, "/api/v1/sessions", "signIn", "Sign in to the dashboard with a key")
            .description(format!(
                "The answer sets the cookie `__Host-shortline-session` for 12 hours, or until the key expires if that is earlier. The \
                 session may do what its key may do, counts towards the key's limits, and ends with it. A key has at most \
                 {MAX_SESSIONS_PER_KEY} sessions; a further one ends the oldest. After 20 wrong keys within an hour, one attempt in \
                 2 s is accepted at the bootstrap key. Sessions exist on the dashboard's host only."
            ))
            .header("Shortline-Dashboard", page, "Required, so that no other page can sign a person in.")
            .body(reference("SignIn"), json!({"key": "slk_…"}))
            .answer(201, "The session, whose cookie only this response has.", reference("CurrentSession"))
            .with(201, "headers", json!({"Set-Cookie": {"schema": {"type": "string"}}, "Location": {"schema": {"type": "string"}}}))
            .problems(&[
                Code::MissingField, Code::InvalidKey, Code::ExpiredKey, Code::CrossSiteRequest, Code::WrongHost, Code::RateLimited,
                Code::InternalError, Code::Overloaded, Code::DatabaseUnavailable,
            ]),
        operation(Method::GET, "/api/v1/sessions", "listSessions", "List the sessions of the caller's key")
            .paged()
            .answer(200, "A page of sessions, oldest first.", reference("SessionList")),
        operation(Method::DELETE, "/api/v1/sessions", "signOutEverywhere", "End all sessions of the caller's key")
            .empty_answer(204, "The sessions have ended."),
        operation(Method::GET, "/api/v1/sessions/current", "getSession", "Read who is signed in")
            .answer(200, "The session and its key.", reference("CurrentSession"))
            .problems(&[Code::SessionNotFound]),
        operation(Method::DELETE, "/api/v1/sessions/current", "signOut", "End this session")
            .empty_answer(204, "The session has ended, and the cookie is removed.")
            .problems(&[Code::SessionNotFound]),
        operation(Method::DELETE, "/api/v1/sessions/{id}", "endSession", "End a session of the caller's key")
            .empty_answer(204, "The session has ended. If it was this request's own, the cookie is removed.")
            .problems(&[Code::SessionNotFound]),
    ]
}
