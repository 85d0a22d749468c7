//! Problem documents (RFC 9457): the errors of the API. The cause of a problem reaches the request log through the response's extensions.

mod codes;

pub use codes::ProblemCode;

use std::borrow::Cow;

use axum::http::header::{self, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::limits::{
    EXPORT_RETRY_SECONDS, MAX_BODY_BYTES, MAX_LISTED_ERRORS, PASSWORD_RETRY_INTERVAL, RETRY_AFTER_SECONDS,
};

pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}

#[derive(Debug)]
pub struct Problem {
    code: ProblemCode,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    /// When the request may be sent again. `None` leaves `Retry-After` to the status.
    retry_after_seconds: Option<u32>,
    /// For the log only.
    cause: Option<String>,
}

/// What the request log needs of a problem. Kept in the response's extensions, which are never sent.
#[derive(Debug, Clone)]
pub(crate) struct ProblemTrace {
    pub(crate) code: ProblemCode,
    pub(crate) cause: Option<String>,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after_seconds: None, cause: None }
    }

    /// Several fields may be invalid; the problem has the code of the first one.
    pub(crate) fn from_fields(code: ProblemCode, mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MAX_LISTED_ERRORS);
        Self { errors, ..Self::new(code, "errors says what to change") }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// Not caused by the request: sent again, it may succeed.
    pub(crate) fn is_transient(&self) -> bool {
        self.status().is_server_error() || self.status() == StatusCode::TOO_MANY_REQUESTS
    }

    /// Another write held the same rows.
    pub(crate) fn is_contention(&self) -> bool {
        self.code == ProblemCode::Contention
    }

    /// RFC 9457, section 3.
    pub(crate) fn document(&self) -> Vec<u8> {
        serde_json::to_vec(&self.to_json()).unwrap_or_default()
    }

    pub(crate) fn to_json(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Document<'a> {
            r#type: String,
            title: &'static str,
            status: u16,
            code: &'static str,
            detail: &'a str,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [FieldError],
        }
        Document {
            r#type: format!("urn:shortline:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: self.status().as_u16(),
            code: self.code.as_str(),
            detail: &self.detail,
            errors: &self.errors,
        }
    }

    pub(crate) fn with_detail(self, detail: &'static str) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The problem with a code that a client was sent.
    pub(crate) fn from_code(code: &str, detail: &'static str) -> Option<Self> {
        let code = ProblemCode::ALL.iter().find(|known| known.as_str() == code)?;
        Some(Self::new(*code, detail))
    }

    pub(crate) fn code(&self) -> ProblemCode {
        self.code
    }

    /// All that it says in one text, for APIs whose errors have no fields.
    pub(crate) fn message(&self) -> String {
        if self.errors.is_empty() {
            return self.detail.to_string();
        }
        let errors = self.errors.iter().map(|error| format!("{} {}", error.field, error.detail));
        errors.collect::<Vec<_>>().join("; ")
    }

    /// The invalid fields, as the API calls them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().map(|error| error.field.as_str())
    }

    /// The value of `Retry-After`, if the answer has it.
    pub(crate) fn retry_seconds(&self) -> Option<u32> {
        let transient = (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS);
        self.retry_after_seconds.or(transient)
    }

    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    pub(crate) fn into_trace(self) -> ProblemTrace {
        ProblemTrace { code: self.code, cause: self.cause }
    }

    pub(crate) fn caused_by(self, cause: impl ToString) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, self.document()).into_response();
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            set(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_seconds() {
            set(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self.into_trace());
        response
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::new(ProblemCode::NotFound, "the API has no route with this path")
}

pub(crate) fn link_not_found() -> Problem {
    Problem::new(ProblemCode::LinkNotFound, "no link has this id")
}

pub(crate) fn key_not_found() -> Problem {
    Problem::new(ProblemCode::KeyNotFound, "no key has this id, or the key was revoked")
}

pub(crate) fn session_not_found() -> Problem {
    Problem::new(ProblemCode::SessionNotFound, "the request carries a key itself, not a session")
}

pub(crate) fn too_many_sign_ins() -> Problem {
    let seconds = u32::try_from(PASSWORD_RETRY_INTERVAL.as_secs()).unwrap_or(1);
    let detail = format!("after many wrong keys, one attempt every {seconds} seconds is accepted");
    Problem::new(ProblemCode::RateLimited, detail).retry_after(seconds)
}

pub(crate) fn webhook_not_found() -> Problem {
    Problem::new(ProblemCode::WebhookNotFound, "no webhook has this id")
}

pub(crate) fn import_not_found() -> Problem {
    Problem::new(ProblemCode::ImportNotFound, "no import has this id")
}

pub(crate) fn domain_not_found() -> Problem {
    Problem::new(ProblemCode::DomainNotFound, "this shortener has no domain with this host")
}

pub(crate) fn share_not_found() -> Problem {
    Problem::new(ProblemCode::ShareNotFound, "no share has this address, or it has expired or was deleted")
}

pub(crate) fn tag_not_found() -> Problem {
    Problem::new(ProblemCode::TagNotFound, "no link has this tag")
}

pub(crate) fn host_not_found() -> Problem {
    Problem::new(ProblemCode::HostNotFound, "the block list has no entry for this host")
}

pub(crate) fn log_level_not_found() -> Problem {
    Problem::new(ProblemCode::LogLevelNotFound, "no level was raised for this module, or it has ended")
}

pub(crate) fn rate_limited() -> Problem {
    Problem::new(ProblemCode::RateLimited, "try again after Retry-After; RateLimit-Policy names the limit")
}

pub(crate) fn links_rate_limited(left: u32, seconds_left: u32) -> Problem {
    let detail = format!(
        "this key may create or change {left} more links in this minute; nothing was written, try again after Retry-After"
    );
    Problem::new(ProblemCode::RateLimited, detail).retry_after(seconds_left)
}

pub(crate) fn too_many_exports(max: i32) -> Problem {
    let detail = format!("a key may have {max} exports open at a time; try again when one of them has ended");
    Problem::new(ProblemCode::TooManyExports, detail).retry_after(EXPORT_RETRY_SECONDS)
}

pub(crate) fn too_many_passwords() -> Problem {
    let seconds = u32::try_from(PASSWORD_RETRY_INTERVAL.as_secs()).unwrap_or(1);
    let detail = format!("after many wrong passwords, this link accepts one attempt every {seconds} seconds");
    Problem::new(ProblemCode::TooManyPasswords, detail).retry_after(seconds)
}

pub(crate) fn method_not_allowed() -> Problem {
    Problem::new(ProblemCode::MethodNotAllowed, "this path has other methods; Allow lists them")
}

pub(crate) fn body_too_large() -> Problem {
    Problem::new(ProblemCode::BodyTooLarge, format!("a body may have up to {MAX_BODY_BYTES} bytes"))
}

pub(crate) fn visits_not_sent() -> Problem {
    let detail = "the queue did not take all of the visits; send the same call again: each visit counts once";
    Problem::new(ProblemCode::VisitsNotSent, detail)
}

pub(crate) fn internal(cause: impl ToString) -> Problem {
    Problem::new(ProblemCode::InternalError, "the log has the cause under the request id in x-request-id")
        .caused_by(cause)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn rendered(problem: Problem) -> Value {
        let response = problem.into_response();
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        json!({"status": status, "headers": headers, "body": serde_json::from_slice::<Value>(&body).unwrap()})
    }

    #[tokio::test]
    async fn every_problem_code_keeps_its_form() {
        let mut all = Vec::new();
        for code in ProblemCode::ALL {
            all.push(rendered(Problem::new(*code, "what to do about it")).await);
        }
        insta::assert_json_snapshot!(all);
    }

    #[tokio::test]
    async fn invalid_fields_are_listed_in_order_up_to_the_limit() {
        let errors = (0..100)
            .map(|n| FieldError { field: format!("field_{n}"), detail: "must not be".into() })
            .collect();
        let problem = rendered(Problem::from_fields(ProblemCode::UnknownField, errors)).await;
        let listed = problem["body"]["errors"].as_array().unwrap();
        assert_eq!(listed.len(), MAX_LISTED_ERRORS);
        assert_eq!(listed[1], json!({"field": "field_1", "detail": "must not be"}));
    }

    #[tokio::test]
    async fn cause_is_only_logged() {
        let response = internal("a cause with details").into_response();
        let trace = response.extensions().get::<ProblemTrace>().unwrap().clone();
        assert_eq!(trace.cause.as_deref(), Some("a cause with details"));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("a cause with details"));
    }
}
