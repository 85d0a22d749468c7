//! Answers that only the edge gives. Those of a redirect are in `link_core::redirect`.

pub mod answer_numbers;
pub mod entry_answer;
pub mod health;
pub mod problem;

use std::borrow::Cow;

use link_core::cors;
use link_core::redirect::{Answer, PageContext};

use edge_runtime::lookup::OriginError;

/// No copy, and no origin that answers: the only case in which an existing link does not redirect.
pub fn lookup_failed(error: &OriginError, context: PageContext<'_>) -> Answer {
    match error {
        OriginError::LimitReached | OriginError::Throttled => Answer::busy(context),
        OriginError::Unavailable(_) | OriginError::Refused(_) | OriginError::Skipped => {
            Answer::unavailable(context)
        }
    }
}

/// The start of the dashboard's own host.
pub fn to_dashboard() -> Answer {
    let answer = Answer { status: 302, headers: Vec::new(), body: String::new() };
    answer.with("location", "/dashboard/").with("cache-control", "no-store")
}

/// A CORS preflight for the API: any page may call it, so the origin is not asked.
pub fn preflight() -> Answer {
    let headers = cors::EVERY_ANSWER.into_iter().chain(cors::PREFLIGHT);
    let headers = headers.map(|(name, value)| (name, Cow::Borrowed(value))).collect();
    let answer = Answer { status: 204, headers, body: String::new() };
    answer.with("cache-control", "no-store").with("x-content-type-options", "nosniff")
}
