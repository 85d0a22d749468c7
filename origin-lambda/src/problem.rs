//! Problem documents (RFC 9457): every problem code, its status and title, and which error becomes which. The cause of a
//! problem reaches the request log through the response's extensions.

use std::borrow::Cow;

use axum::http::header::{self, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::destination::Destination;
use serde::Serialize;

use crate::auth::AccessDenied;
use crate::codes::CodeError;
use crate::creation::CreationError;
use crate::limits::{
    EXPORT_RETRY_SECONDS, MAX_BODY_BYTES, MAX_LISTED_ERRORS, PASSWORD_RETRY_INTERVAL, RETRY_AFTER_SECONDS,
};
use crate::own_hosts::{own_host_error, without_www};
use crate::password::HashingError;
use crate::store::links::{Conflict, LinkSettings};
use crate::store::{Database, StoreError};

pub(crate) const CONTENT_TYPE: &str = "application/problem+json";

/// One row per code. Clients branch on codes, so a code never changes its meaning.
macro_rules! problem_codes {
    ($($name:ident $code:literal $status:ident $title:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemCode { $($name),+ }

        impl ProblemCode {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

problem_codes! {
    InvalidBody          "invalid_body"           UNPROCESSABLE_ENTITY   "The body is not a JSON object";
    MissingField         "missing_field"          UNPROCESSABLE_ENTITY   "A required field is missing";
    UnknownField         "unknown_field"          UNPROCESSABLE_ENTITY   "Unknown field";
    InvalidUrl           "invalid_url"            UNPROCESSABLE_ENTITY   "Invalid destination";
    InvalidAlias         "invalid_alias"          UNPROCESSABLE_ENTITY   "Invalid alias";
    InvalidCode          "invalid_code"           UNPROCESSABLE_ENTITY   "Invalid code";
    InvalidDomain        "invalid_domain"         UNPROCESSABLE_ENTITY   "Invalid domain";
    InvalidTitle         "invalid_title"          UNPROCESSABLE_ENTITY   "Invalid title";
    InvalidNotes         "invalid_notes"          UNPROCESSABLE_ENTITY   "Invalid notes";
    InvalidTags          "invalid_tags"           UNPROCESSABLE_ENTITY   "Invalid tags";
    InvalidExternalId    "invalid_external_id"    UNPROCESSABLE_ENTITY   "Invalid external id";
    InvalidStatus        "invalid_status"         UNPROCESSABLE_ENTITY   "The status is not a redirect";
    InvalidStartsAt      "invalid_starts_at"      UNPROCESSABLE_ENTITY   "Invalid start";
    InvalidExpiresAt     "invalid_expires_at"     UNPROCESSABLE_ENTITY   "Invalid expiry";
    InvalidExpiredUrl    "invalid_expired_url"    UNPROCESSABLE_ENTITY   "Invalid destination of the expired link";
    InvalidMaxClicks     "invalid_max_clicks"     UNPROCESSABLE_ENTITY   "Invalid maximum of clicks";
    InvalidPassword      "invalid_password"       UNPROCESSABLE_ENTITY   "Invalid password";
    InvalidForwardQuery  "invalid_forward_query"  UNPROCESSABLE_ENTITY   "forward_query is not true or false";
    InvalidForwardPath   "invalid_forward_path"   UNPROCESSABLE_ENTITY   "forward_path is not true or false";
    InvalidRules         "invalid_rules"          UNPROCESSABLE_ENTITY   "Invalid rules";
    InvalidState         "invalid_state"          UNPROCESSABLE_ENTITY   "Invalid state";
    InvalidReuse         "invalid_reuse"          UNPROCESSABLE_ENTITY   "The link cannot be reused";
    InvalidLinks         "invalid_links"          UNPROCESSABLE_ENTITY   "Invalid list of links";
    InvalidName          "invalid_name"           UNPROCESSABLE_ENTITY   "Invalid name";
    InvalidRole          "invalid_role"           UNPROCESSABLE_ENTITY   "Unknown role";
    InvalidRequestsPerMinute "invalid_requests_per_minute" UNPROCESSABLE_ENTITY "Invalid limit";
    InvalidLinksPerMinute "invalid_links_per_minute" UNPROCESSABLE_ENTITY "Invalid limit";
    InvalidGraceSeconds  "invalid_grace_seconds"  UNPROCESSABLE_ENTITY   "Invalid grace period";
    InvalidHost          "invalid_host"           UNPROCESSABLE_ENTITY   "Invalid host";
    InvalidSubdomains    "invalid_subdomains"     UNPROCESSABLE_ENTITY   "subdomains is not true or false";
    InvalidReason        "invalid_reason"         UNPROCESSABLE_ENTITY   "Invalid reason";
    InvalidIdempotencyKey "invalid_idempotency_key" UNPROCESSABLE_ENTITY "Invalid idempotency key";
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY   "The idempotency key was used for another request";
    UnknownParameter     "unknown_parameter"      UNPROCESSABLE_ENTITY   "Unknown query parameter";
    InvalidLimit         "invalid_limit"          UNPROCESSABLE_ENTITY   "Invalid limit";
    InvalidCursor        "invalid_cursor"         UNPROCESSABLE_ENTITY   "Invalid cursor";
    InvalidSort          "invalid_sort"           UNPROCESSABLE_ENTITY   "Unknown sort order";
    InvalidSearch        "invalid_search"         UNPROCESSABLE_ENTITY   "Invalid search";
    InvalidFormat        "invalid_format"         UNPROCESSABLE_ENTITY   "Unknown format";
    InvalidSize          "invalid_size"           UNPROCESSABLE_ENTITY   "Invalid size";
    InvalidFrom          "invalid_from"           UNPROCESSABLE_ENTITY   "Invalid start of the range";
    InvalidTo            "invalid_to"             UNPROCESSABLE_ENTITY   "Invalid end of the range";
    InvalidInterval      "invalid_interval"       UNPROCESSABLE_ENTITY   "Invalid interval";
    InvalidTimezone      "invalid_timezone"       UNPROCESSABLE_ENTITY   "Unknown time zone";
    InvalidClass         "invalid_class"          UNPROCESSABLE_ENTITY   "Unknown class";
    InvalidGroupBy       "invalid_group_by"       UNPROCESSABLE_ENTITY   "Clicks cannot be grouped by this";
    InvalidProducer      "invalid_producer"       UNPROCESSABLE_ENTITY   "Invalid producer";
    TooManyLinks         "too_many_links"         UNPROCESSABLE_ENTITY   "Too many links";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The body is not sent as JSON";
    BodyTooLarge         "body_too_large"         PAYLOAD_TOO_LARGE      "The body is too large";
    MissingKey           "missing_key"            UNAUTHORIZED           "A key is required";
    InvalidKey           "invalid_key"            UNAUTHORIZED           "Unknown key";
    ExpiredKey           "expired_key"            UNAUTHORIZED           "The key has expired";
    Forbidden            "forbidden"              FORBIDDEN              "The key does not permit this";
    WrongPassword        "wrong_password"         FORBIDDEN              "The password is wrong";
    NotFound             "not_found"              NOT_FOUND              "Not found";
    LinkNotFound         "link_not_found"         NOT_FOUND              "Link not found";
    KeyNotFound          "key_not_found"          NOT_FOUND              "Key not found";
    DomainNotFound       "domain_not_found"       NOT_FOUND              "Domain not found";
    TagNotFound          "tag_not_found"          NOT_FOUND              "Tag not found";
    HostNotFound         "host_not_found"         NOT_FOUND              "This host is not blocked";
    MethodNotAllowed     "method_not_allowed"     METHOD_NOT_ALLOWED     "Method not allowed";
    AliasTaken           "alias_taken"            CONFLICT               "The alias is taken";
    ExternalIdTaken      "external_id_taken"      CONFLICT               "The external id is taken";
    DomainTaken          "domain_taken"           CONFLICT               "The domain already exists";
    DomainInUse          "domain_in_use"          CONFLICT               "The domain has links";
    HostTaken            "host_taken"             CONFLICT               "The host is already blocked";
    PreconditionFailed   "precondition_failed"    PRECONDITION_FAILED    "The link has changed since";
    RateLimited          "rate_limited"           TOO_MANY_REQUESTS      "Rate limit exceeded";
    TooManyPasswords     "too_many_passwords"     TOO_MANY_REQUESTS      "Too many password attempts";
    TooManyExports       "too_many_exports"       TOO_MANY_REQUESTS      "The key has too many exports open";
    CodesExhausted       "codes_exhausted"        INSUFFICIENT_STORAGE   "All codes have been issued";
    CodeKeyMismatch      "code_key_mismatch"      INTERNAL_SERVER_ERROR  "The origin has the wrong code key";
    Contention           "contention"             SERVICE_UNAVAILABLE    "Others are changing the same links";
    Overloaded           "overloaded"             SERVICE_UNAVAILABLE    "The origin is overloaded";
    DatabaseUnavailable  "database_unavailable"   SERVICE_UNAVAILABLE    "The links database cannot be reached";
    AnalyticsUnavailable "analytics_unavailable"  SERVICE_UNAVAILABLE    "The analytics database cannot be reached";
    InternalError        "internal_error"         INTERNAL_SERVER_ERROR  "Internal error";
}

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

    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    pub(crate) fn into_trace(self) -> ProblemTrace {
        ProblemTrace { code: self.code, cause: self.cause }
    }

    fn caused_by(self, cause: impl ToString) -> Self {
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
        let transient = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS);
        if let Some(seconds) = self.retry_after_seconds.or(transient) {
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

pub(crate) fn domain_not_found() -> Problem {
    Problem::new(ProblemCode::DomainNotFound, "this shortener has no domain with this host")
}

pub(crate) fn tag_not_found() -> Problem {
    Problem::new(ProblemCode::TagNotFound, "no link has this tag")
}

pub(crate) fn host_not_found() -> Problem {
    Problem::new(ProblemCode::HostNotFound, "the block list has no entry for this host")
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

pub(crate) fn internal(cause: impl ToString) -> Problem {
    Problem::new(ProblemCode::InternalError, "the log has the cause under the request id in x-request-id")
        .caused_by(cause)
}

impl From<AccessDenied> for Problem {
    fn from(denied: AccessDenied) -> Self {
        match denied {
            AccessDenied::MissingKey => {
                Self::new(ProblemCode::MissingKey, "send Authorization: Bearer <key>")
            }
            AccessDenied::InvalidKey => Self::new(ProblemCode::InvalidKey, "this key is not known here"),
            AccessDenied::RevokedKey => Self::new(ProblemCode::InvalidKey, "this key was revoked"),
            AccessDenied::ExpiredKey => Self::new(
                ProblemCode::ExpiredKey,
                "this key has expired, or its grace period after a rotation is over",
            ),
            AccessDenied::Forbidden => {
                Self::new(ProblemCode::Forbidden, "ask an administrator for a key with a higher role")
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable { database: Database::Links, .. } => {
                Self::new(ProblemCode::DatabaseUnavailable, "try again in a few seconds").caused_by(error)
            }
            StoreError::Unavailable { database: Database::Analytics, .. } => Self::new(
                ProblemCode::AnalyticsUnavailable,
                "links work, but their clicks cannot be read; try again in a few seconds",
            )
            .caused_by(error),
            StoreError::Overloaded { .. } => {
                Self::new(ProblemCode::Overloaded, "try again in a few seconds").caused_by(error)
            }
            StoreError::Contended { .. } => {
                Self::new(ProblemCode::Contention, "try again in a few seconds").caused_by(error)
            }
            StoreError::Refused { .. } | StoreError::UniqueViolation { .. } | StoreError::Damaged(_) => {
                internal(error)
            }
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Store(error) => error.into(),
            CodeError::Exhausted { .. } => {
                let detail = "the operator can raise CODE_CEILING";
                Self::new(ProblemCode::CodesExhausted, detail).caused_by(error)
            }
            CodeError::KeyMismatch { .. } => {
                let detail = "the operator must restore the CODE_KEY that this database was used with";
                Self::new(ProblemCode::CodeKeyMismatch, detail).caused_by(error)
            }
            CodeError::Id(_) => internal(error),
        }
    }
}

/// Why a link was not stored.
pub(crate) fn link_conflict(conflict: Conflict, settings: &LinkSettings) -> Problem {
    let invalid_host = |matches: &dyn Fn(&str) -> bool, detail: String| {
        let is_invalid = |destination: &Destination| matches(&destination.comparable_host());
        let destinations = settings.destinations().into_iter().filter(|(_, url)| is_invalid(url));
        let errors = destinations.map(|(field, _)| FieldError { field, detail: detail.clone() }).collect();
        Problem::from_fields(ProblemCode::InvalidUrl, errors)
    };
    let invalid_field = |code, field: &str, detail: &str| {
        Problem::from_fields(code, vec![FieldError { field: field.to_owned(), detail: detail.to_owned() }])
    };
    match conflict {
        Conflict::UnknownDomain => invalid_field(
            ProblemCode::InvalidDomain,
            "domain",
            "must be a domain of this shortener; GET /api/v1/domains lists them",
        ),
        Conflict::OwnHost(host) => {
            invalid_host(&|other| other == host || without_www(other) == host, own_host_error(&host))
        }
        Conflict::BlockedHost(host) => {
            let detail = format!("must not point to {host}, which the operator has blocked");
            invalid_host(&|other| other == host || other.ends_with(&format!(".{host}")), detail)
        }
        Conflict::ExternalIdTaken => {
            invalid_field(ProblemCode::ExternalIdTaken, "external_id", "belongs to another link")
        }
        Conflict::NameTaken => {
            invalid_field(ProblemCode::AliasTaken, "alias", "belongs to another link of this domain")
        }
        Conflict::Resolved => internal("a link was rejected without a reason"),
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::new(ProblemCode::Overloaded, "too many passwords are being checked"),
            HashingError::Failed(_) => internal(error),
        }
    }
}

impl From<CreationError> for Problem {
    fn from(error: CreationError) -> Self {
        match error {
            CreationError::Codes(error) => error.into(),
            CreationError::Store(error) => error.into(),
            CreationError::EveryCodeTaken | CreationError::NoOutcome => internal(error),
        }
    }
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

    #[tokio::test]
    async fn each_error_becomes_its_problem() {
        let unavailable = |database| StoreError::Unavailable { database, cause: "refused".into() };
        for (problem, code) in [
            (Problem::from(unavailable(Database::Links)), ProblemCode::DatabaseUnavailable),
            (Problem::from(unavailable(Database::Analytics)), ProblemCode::AnalyticsUnavailable),
            (Problem::from(StoreError::Damaged("a row")), ProblemCode::InternalError),
            (Problem::from(StoreError::Overloaded { database: Database::Links }), ProblemCode::Overloaded),
            (Problem::from(CodeError::Exhausted { ceiling: 1 }), ProblemCode::CodesExhausted),
            (
                Problem::from(CodeError::KeyMismatch { expected: "a".into(), found: "b".into() }),
                ProblemCode::CodeKeyMismatch,
            ),
            (Problem::from(CreationError::EveryCodeTaken), ProblemCode::InternalError),
            (Problem::from(AccessDenied::MissingKey), ProblemCode::MissingKey),
            (Problem::from(AccessDenied::InvalidKey), ProblemCode::InvalidKey),
            (Problem::from(AccessDenied::RevokedKey), ProblemCode::InvalidKey),
            (Problem::from(AccessDenied::ExpiredKey), ProblemCode::ExpiredKey),
            (Problem::from(AccessDenied::Forbidden), ProblemCode::Forbidden),
        ] {
            assert_eq!(problem.code, code);
        }
    }
}
