//! Shlink's errors: problem documents with types of its own. A problem that it does not know keeps its code in the type.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use crate::http::problem::{self, Problem, ProblemCode, ProblemTrace};
use crate::store::StoreError;

pub(super) type Outcome = Result<Response, ShlinkError>;

#[derive(Debug)]
pub(super) struct ShlinkError {
    status: StatusCode,
    code: String,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
    trace: Option<Box<ProblemTrace>>,
    retry_after: Option<u32>,
}

/// The names of our fields in Shlink's bodies.
const ELEMENTS: [(&str, &str); 10] = [
    ("url", "longUrl"),
    ("alias", "customSlug"),
    ("starts_at", "validSince"),
    ("expires_at", "validUntil"),
    ("max_clicks", "maxVisits"),
    ("forward_query", "forwardQuery"),
    ("rules", "redirectRules"),
    ("home_url", "baseUrlRedirect"),
    ("not_found_url", "regular404Redirect"),
    ("name", "newName"),
];

impl ShlinkError {
    fn new(status: StatusCode, code: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.to_owned(), detail.into());
        Self { status, code, title, detail, more: Map::new(), trace: None, retry_after: None }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not Found", "Requested endpoint does not exist.")
    }

    pub(super) fn missing_authentication() -> Self {
        let detail =
            "Expected one of the following authentication headers, [\"X-Api-Key\"], but none were provided";
        Self::new(StatusCode::UNAUTHORIZED, "missing-authentication", "Invalid authorization", detail)
            .with("expectedHeaders", json!(["X-Api-Key"]))
    }

    fn invalid_api_key() -> Self {
        let detail = "Provided API key does not exist or is invalid.";
        Self::new(StatusCode::UNAUTHORIZED, "invalid-api-key", "Invalid API key", detail)
    }

    pub(super) fn mercure_not_configured() -> Self {
        let detail = "This Shlink instance is not integrated with a mercure hub.";
        let title = "Mercure integration not configured";
        Self::new(StatusCode::NOT_IMPLEMENTED, "mercure-not-configured", title, detail)
    }

    /// Also for what Shlink has and we do not.
    pub(super) fn invalid_data(elements: &[&str]) -> Self {
        let detail = "Provided data is not valid";
        Self::new(StatusCode::BAD_REQUEST, "invalid-data", "Invalid data", detail)
            .with("invalidElements", json!(elements))
    }

    /// With what is wrong.
    pub(super) fn explained(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    pub(super) fn short_url_not_found(code: &str, domain: Option<&str>) -> Self {
        let suffix = domain.map(|domain| format!(" for domain \"{domain}\"")).unwrap_or_default();
        let detail = format!("No URL found with short code \"{code}\"{suffix}");
        let error = Self::new(StatusCode::NOT_FOUND, "short-url-not-found", "Short URL not found", detail);
        error.with("shortCode", code).with_domain(domain)
    }

    pub(super) fn non_unique_slug(slug: &str, domain: Option<&str>) -> Self {
        let suffix = domain.map(|domain| format!(" for domain \"{domain}\"")).unwrap_or_default();
        let detail = format!("Provided slug \"{slug}\" is already in use{suffix}.");
        let error = Self::new(StatusCode::BAD_REQUEST, "non-unique-slug", "Invalid custom slug", detail);
        error.with("customSlug", slug).with_domain(domain)
    }

    fn with_domain(self, domain: Option<&str>) -> Self {
        match domain {
            Some(domain) => self.with("domain", domain),
            None => self,
        }
    }

    pub(super) fn tag_not_found(tag: &str) -> Self {
        let detail = format!("Tag with name \"{tag}\" could not be found");
        Self::new(StatusCode::NOT_FOUND, "tag-not-found", "Tag not found", detail).with("tag", tag)
    }

    pub(super) fn tag_conflict(old: &str, new: &str) -> Self {
        let detail = format!("You cannot rename tag {old} to {new}, because it already exists");
        Self::new(StatusCode::CONFLICT, "tag-conflict", "Tag conflict", detail)
            .with("oldName", old)
            .with("newName", new)
    }

    pub(super) fn domain_not_found(authority: &str) -> Self {
        let detail = format!("Domain with authority \"{authority}\" could not be found");
        Self::new(StatusCode::NOT_FOUND, "domain-not-found", "Domain not found", detail)
            .with("authority", authority)
    }

    /// What is said to a key that may not make this call.
    pub(super) fn refused(problem: Problem, endpoint: &Endpoint) -> Self {
        let doing = match endpoint {
            Endpoint::RenameTag => "rename",
            Endpoint::DeleteTags => "delete",
            _ => return problem.into(),
        };
        if problem.status() != StatusCode::FORBIDDEN {
            return problem.into();
        }
        let detail = format!("You are not allowed to {doing} tags");
        let title = "Forbidden tag operation";
        Self::new(StatusCode::FORBIDDEN, "forbidden-tag-operation", title, detail).traced(problem)
    }

    fn traced(self, problem: Problem) -> Self {
        Self { retry_after: problem.retry_seconds(), trace: Some(Box::new(problem.into_trace())), ..self }
    }
}

impl From<Problem> for ShlinkError {
    fn from(problem: Problem) -> Self {
        let status = problem.status();
        let error = match problem.code() {
            ProblemCode::MissingKey => Self::missing_authentication(),
            ProblemCode::InvalidKey | ProblemCode::ExpiredKey => Self::invalid_api_key(),
            _ if status == StatusCode::UNPROCESSABLE_ENTITY => {
                let elements: Vec<_> = problem.fields().map(element).collect();
                Self::invalid_data(&elements).explained(problem.message())
            }
            code => Self::new(status, &code.as_str().replace('_', "-"), code.title(), problem.message()),
        };
        error.traced(problem)
    }
}

impl From<StoreError> for ShlinkError {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

/// Of `rules[0].url`, say.
fn element(field: &str) -> &str {
    let ours = field.split(['.', '[']).next().unwrap_or(field);
    ELEMENTS.iter().find(|(name, _)| *name == ours).map_or(ours, |(_, element)| element)
}

impl IntoResponse for ShlinkError {
    fn into_response(self) -> Response {
        let document = json!({
            "type": format!("https://shlink.io/api/error/{}", self.code),
            "title": self.title,
            "detail": self.detail,
            "status": self.status.as_u16(),
        });
        let mut document = match document {
            Value::Object(document) => document,
            _ => Map::new(),
        };
        document.extend(self.more);
        let mut response = (self.status, Value::Object(document).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(trace) = self.trace {
            response.extensions_mut().insert(*trace);
        }
        response
    }
}
