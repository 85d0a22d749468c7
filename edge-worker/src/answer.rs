//! What the Worker itself answers: status, headers and body of redirects, plain pages and problem documents. Pure.

use link_core::click_batch::CacheTier;
use link_core::decision::browser_cache_control;
use link_core::destination::Destination;
use link_core::edge_origin;
use link_core::record::RedirectStatus;
use serde_json::json;

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn redirect(status: RedirectStatus, location: &Destination) -> Self {
        Self {
            status: status.into(),
            headers: vec![
                ("location", location.to_string()),
                ("cache-control", browser_cache_control(status).to_owned()),
                // A search engine should know the destination, not the short link.
                ("x-robots-tag", "noindex".to_owned()),
            ],
            body: String::new(),
        }
    }

    pub fn not_found() -> Self {
        Self::page(404, "There is no such link. Check the address for a slip of the pen.\n")
    }

    pub fn gone() -> Self {
        Self::page(410, "This link has expired.\n")
    }

    pub fn method_not_allowed() -> Self {
        Self::page(405, "A link can only be followed: use GET or HEAD.\n").with("allow", "GET, HEAD")
    }

    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        Self::page(429, "Too many requests from your network. Please wait a moment.\n")
            .with("retry-after", &retry_after_seconds.to_string())
    }

    /// Neither a copy nor an origin: the one case in which a link that exists does not redirect.
    pub fn unavailable() -> Self {
        Self::page(503, "This link cannot be looked up at the moment. Please try again.\n")
            .with("retry-after", RETRY_AFTER_SECONDS)
    }

    /// RFC 9457.
    pub fn problem(status: u16, code: &str, title: &str, detail: &str) -> Self {
        let body = json!({
            "type": format!("urn:shortline:problem:{code}"), "title": title, "status": status, "code": code, "detail": detail,
        });
        let answer = Self { status, headers: Vec::new(), body: body.to_string() };
        answer.with("content-type", "application/problem+json").with("cache-control", "no-store")
    }

    pub fn origin_unavailable() -> Self {
        Self::problem(
            503,
            "origin_unavailable",
            "The API cannot be reached",
            "The edge got no answer from the origin. The request may or may not have been carried out.",
        )
        .with("retry-after", RETRY_AFTER_SECONDS)
    }

    pub fn body_too_large() -> Self {
        Self::problem(413, "body_too_large", "The body is too large", "A body may have at most 5 MB.")
    }

    /// The operator's mistake, so the details go to the log and not to the visitor.
    pub fn misconfigured() -> Self {
        Self::problem(
            500,
            "misconfigured",
            "The edge is not configured",
            "The operator finds the reason in the log.",
        )
    }

    pub fn alive() -> Self {
        Self::page(200, "ok\n")
    }

    pub fn readiness(origin: bool, queue: bool) -> Self {
        let word = |ready| if ready { "ok" } else { "unavailable" };
        let body = json!({ "checks": { "origin": word(origin), "queue": word(queue) } });
        let status = if origin && queue { 200 } else { 503 };
        let answer = Self { status, headers: Vec::new(), body: body.to_string() };
        answer.with("content-type", "application/json").with("cache-control", "no-store")
    }

    /// Tells how an answer was found.
    pub fn served_from(self, tier: CacheTier, millis: i64) -> Self {
        self.with(edge_origin::CACHE, tier.as_str())
            .with("server-timing", &format!("lookup;dur={millis};desc={}", tier.as_str()))
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn page(status: u16, body: &str) -> Self {
        let answer = Self { status, headers: Vec::new(), body: body.to_owned() };
        answer.with("content-type", "text/plain; charset=utf-8").with("cache-control", "private, no-store")
    }
}

const RETRY_AFTER_SECONDS: &str = "5";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(answer: &Answer) -> String {
        let headers: String =
            answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{}\n{headers}\n{}", answer.status, answer.body)
    }

    #[test]
    fn answers_keep_their_form() {
        let destination = String::from("https://example.com/").try_into().unwrap();
        let answers = [
            Answer::redirect(RedirectStatus::Found, &destination).served_from(CacheTier::Origin, 12),
            Answer::redirect(RedirectStatus::PermanentRedirect, &destination)
                .served_from(CacheTier::Memory, 0),
            Answer::not_found().served_from(CacheTier::Negative, 0),
            Answer::gone(),
            Answer::method_not_allowed(),
            Answer::too_many_requests(7),
            Answer::unavailable(),
            Answer::origin_unavailable(),
            Answer::body_too_large(),
            Answer::misconfigured(),
            Answer::alive(),
            Answer::readiness(true, true),
            Answer::readiness(true, false),
        ];
        insta::assert_snapshot!(answers.iter().map(shown).collect::<Vec<_>>().join("\n---\n"));
    }
}
