//! The problem documents of API calls that the edge refuses, or that get no answer from the origin.

use edge_runtime::lookup::OriginError;
use edge_runtime::problem::problem;
use link_core::redirect::{Answer, RETRY_AFTER_SECONDS};

use crate::requests::limits::{BodyLimit, MAX_HEADER_BYTES, MAX_TARGET_BYTES};

/// After a short overload.
const SOON_SECONDS: &str = "1";

pub fn key_missing() -> Answer {
    problem(401, "missing_key", "A key is required", "Send the header Authorization: Bearer <key>.")
        .with("www-authenticate", "Bearer")
}

pub fn key_invalid() -> Answer {
    problem(401, "invalid_key", "The key is not valid", "Check the key, or create a new one.")
        .with("www-authenticate", "Bearer")
}

pub fn target_too_long() -> Answer {
    let detail = format!("Path and query may have at most {MAX_TARGET_BYTES} bytes, percent-encoded.");
    problem(414, "uri_too_long", "The address is too long", &detail)
}

pub fn headers_too_large() -> Answer {
    let detail = format!(
        "Authorization, Content-Type, Accept, Idempotency-Key and If-Match may have at most {MAX_HEADER_BYTES} bytes together."
    );
    problem(431, "headers_too_large", "The headers are too large", &detail)
}

pub fn body_too_large(limit: BodyLimit) -> Answer {
    let bytes = limit.bytes();
    let detail = match limit {
        BodyLimit::Usual => format!("The body of this call may have at most {bytes} bytes."),
        BodyLimit::Bulk => {
            format!(
                "The body of this call may have at most {bytes} bytes, fewer if many characters need escaping."
            )
        }
    };
    problem(413, "body_too_large", "The body is too large", &detail)
}

pub fn body_too_slow() -> Answer {
    let detail = "The body did not arrive in time. Nothing was changed.";
    problem(408, "body_timeout", "The body took too long", detail)
}

pub fn no_memory_for_body() -> Answer {
    let detail = "Too many large bodies are being received. Nothing was changed; try again in a moment.";
    problem(503, "overloaded", "The edge is overloaded", detail).with("retry-after", SOON_SECONDS)
}

/// The origin has written the visits of an import, and the queue did not take all of them.
pub fn visits_not_sent() -> Answer {
    let detail =
        "The queue did not take all of the visits. Send the same call again: each visit counts once.";
    problem(503, "visits_not_sent", "The visits were not sent", detail).with("retry-after", SOON_SECONDS)
}

/// The body was cut off, or its chunks are malformed.
pub fn body_unreadable() -> Answer {
    let detail = "The body was cut off, or its framing is malformed.";
    problem(400, "body_unreadable", "The body cannot be read", detail)
}

/// An API call that the origin did not answer.
pub fn not_answered(error: &OriginError, limit: BodyLimit) -> Answer {
    match error {
        OriginError::Throttled | OriginError::LimitReached => origin_busy(),
        OriginError::Refused(413) => body_too_large(limit),
        OriginError::Refused(414) => target_too_long(),
        OriginError::Refused(431) => headers_too_large(),
        OriginError::Refused(status) => {
            let detail = format!(
                "A proxy in front of the origin refused the call ({status}). Nothing was changed; the \
                 operator can find the reason in the log."
            );
            problem(503, "origin_refused", "The API cannot be reached", &detail)
                .with("retry-after", RETRY_AFTER_SECONDS)
        }
        OriginError::Unavailable(_) | OriginError::Skipped => origin_unavailable(),
    }
}

fn origin_busy() -> Answer {
    let detail = "The origin takes no more calls right now. Nothing was changed; try again in a moment.";
    problem(503, "origin_busy", "The API is busy", detail).with("retry-after", SOON_SECONDS)
}

fn origin_unavailable() -> Answer {
    problem(
        503,
        "origin_unavailable",
        "The API cannot be reached",
        "The origin did not answer. The request may or may not have been carried out.",
    )
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
        let not_answered = |error| super::not_answered(&error, BodyLimit::Bulk);
        let answers = [
            key_missing(),
            key_invalid(),
            target_too_long(),
            headers_too_large(),
            body_too_large(BodyLimit::Usual),
            body_too_slow(),
            no_memory_for_body(),
            body_unreadable(),
            not_answered(OriginError::Throttled),
            not_answered(OriginError::Refused(413)),
            not_answered(OriginError::Refused(403)),
            not_answered(OriginError::Unavailable("timeout".to_owned())),
        ];
        insta::assert_snapshot!(answers.iter().map(shown).collect::<Vec<_>>().join("\n---\n"));
    }
}
