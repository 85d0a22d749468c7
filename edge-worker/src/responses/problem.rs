//! The problem documents of API calls that this Worker refuses, or cannot pass on.

use edge_runtime::problem::problem;
use link_core::redirect::{Answer, RETRY_AFTER_SECONDS};

pub fn unknown_method() -> Answer {
    problem(
        405,
        "method_not_allowed",
        "Method not allowed",
        "Links accept GET and HEAD. See /api/docs for the API's methods.",
    )
    .with("allow", "GET, HEAD")
}

/// The limit of the caller's network, not of a key.
pub fn too_many_calls(retry_after_seconds: u32) -> Answer {
    let detail = "Your network sent too many requests. Try again after the time in Retry-After.";
    problem(429, "rate_limited", "Too many requests", detail)
        .with("retry-after", retry_after_seconds.to_string())
}

pub fn https_required() -> Answer {
    let detail =
        "Use https. A key or password sent over plain http may have been read on the way: replace it.";
    problem(403, "https_required", "The API is served over https only", detail)
}

/// The API's Worker is missing or failed.
pub fn api_unavailable() -> Answer {
    let detail = "The API did not answer. The request may or may not have been carried out.";
    problem(503, "api_unavailable", "The API cannot be reached", detail)
        .with("retry-after", RETRY_AFTER_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(answer: &Answer) -> String {
        let headers: String =
            answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{}\n{headers}\n{}", answer.status, answer.body)
    }

    #[test]
    fn problems_keep_their_form() {
        let answers = [
            unknown_method(),
            too_many_calls(7),
            https_required(),
            api_unavailable(),
            edge_runtime::problem::misconfigured(),
        ];
        insta::assert_snapshot!(answers.iter().map(shown).collect::<Vec<_>>().join("\n---\n"));
    }
}
