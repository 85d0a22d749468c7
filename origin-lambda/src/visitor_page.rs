//! The pages that a visitor meets where the origin does not redirect: one small document, whole in itself, that shows
//! nothing of the request. Does not decide who gets which.

use std::sync::LazyLock;

use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::limits::RETRY_AFTER_SECONDS;

const STYLE: &str = include_str!("visitor_page.css");
pub(crate) const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VisitorPage {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
}

macro_rules! pages {
    ($($name:ident $status:ident $title:literal $text:literal;)+) => {
        impl VisitorPage {
            $(pub(crate) const $name: Self =
                Self { status: StatusCode::$status, title: $title, text: $text };)+

            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

pages! {
    NOT_FOUND   NOT_FOUND             "No such link"      "There is no such link. Check the address for a slip of the pen.";
    NOT_YET     NOT_FOUND             "Not active yet"    "This link is not active yet.";
    EXPIRED     GONE                  "Link expired"      "This link has expired.";
    EXHAUSTED   GONE                  "Link used up"      "This link has been used as often as it may be.";
    DISABLED    GONE                  "Link switched off" "This link has been switched off.";
    LOOP        GONE                  "Link goes nowhere" "This link leads back to itself.";
    METHOD      METHOD_NOT_ALLOWED    "Not like that"     "This link can only be followed with GET or HEAD.";
    REMOVED     GONE                  "Link removed"      "This link has been removed.";
    LOCKED      SERVICE_UNAVAILABLE   "Link protected"    "This link is protected by a password, which cannot be checked right now. Please try again later.";
    WITHHELD    OK                    "Limited link"      "This link can be opened a limited number of times. It shows where it leads when you follow it.";
    NOT_PREFETCHED FORBIDDEN          "Limited link"      "This link can be opened a limited number of times, so it is not loaded ahead.";
    UNAVAILABLE SERVICE_UNAVAILABLE   "Please try again"  "This link cannot be looked up right now. Please try again in a moment.";
    BROKEN      INTERNAL_SERVER_ERROR "Something is wrong" "This link cannot be followed. The fault is ours, and it has been noted.";
}

/// The style is allowed by its hash, and nothing else is allowed at all.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

impl VisitorPage {
    fn document(self) -> String {
        let Self { title, text, .. } = self;
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style>\
             <main><h1>{title}</h1><p>{text}</p></main></html>\n"
        )
    }
}

impl IntoResponse for VisitorPage {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_SECURITY_POLICY, POLICY.as_str()),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CACHE_CONTROL, "private, no-store"),
            (REFERRER_POLICY, "no-referrer"),
            (ROBOTS, "noindex"),
        ];
        let mut response = (self.status, headers, Html(self.document())).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_their_form() {
        let whole = VisitorPage::NOT_FOUND.document();
        let lines =
            VisitorPage::ALL.iter().map(|page| format!("{} {}: {}", page.status, page.title, page.text));
        insta::assert_snapshot!(format!("{}\n\n{whole}", lines.collect::<Vec<_>>().join("\n")));
    }

    #[test]
    fn a_page_loads_nothing() {
        for page in VisitorPage::ALL {
            let document = page.document();
            for outside in ["http", "src=", "href=", "url(", "script", "@import"] {
                assert!(!document.contains(outside), "{outside} in {document}");
            }
        }
    }
}
