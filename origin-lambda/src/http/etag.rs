//! ETags, and `If-Match` (RFC 9110, section 13.1.1): a change applies only to the revision that its client has read.

use axum::http::HeaderMap;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use link_core::record::Revision;

use crate::http::problem::{Problem, ProblemCode};

/// A strong ETag: a revision identifies exactly one version of one link.
pub(crate) fn etag(revision: Revision) -> String {
    format!("\"{}\"", revision.0)
}

/// Whether `If-None-Match` names the entity tag: the client has this answer. Weak comparison (RFC 9110, section 13.1.2).
pub(crate) fn matches_none(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let texts = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

#[derive(Debug)]
pub(crate) enum Precondition {
    None,
    /// Any of these entity tags; `*` matches every revision.
    OneOf(Vec<String>),
}

impl Precondition {
    /// A malformed entity tag matches nothing: the change is rejected, which loses nothing.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let values: Vec<_> = headers.get_all(IF_MATCH).iter().collect();
        if values.is_empty() {
            return Self::None;
        }
        let texts = values.iter().filter_map(|value| value.to_str().ok());
        // Our entity tags contain no comma.
        Self::OneOf(texts.flat_map(|text| text.split(',')).map(|tag| tag.trim().to_owned()).collect())
    }

    pub(crate) fn check(&self, revision: Revision) -> Result<(), Problem> {
        let current = etag(revision);
        match self {
            // A weak tag never matches here.
            Self::OneOf(tags) if !tags.iter().any(|tag| tag == "*" || *tag == current) => Err(Problem::new(
                ProblemCode::PreconditionFailed,
                "the link has changed since; read it again and send its new ETag as If-Match",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], passes: bool) {
        let headers = values.iter().map(|value| (IF_MATCH, value.parse().unwrap())).collect();
        assert_eq!(Precondition::from_headers(&headers).check(Revision(42)).is_ok(), passes, "{values:?}");
    }

    #[test]
    fn known_answer_is_recognised() {
        for (values, is_known) in [
            (&[][..], false),
            (&["W/\"a\""], true),
            (&["\"a\""], true),
            (&["\"b\", W/\"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
        ] {
            let headers = values.iter().map(|value| (IF_NONE_MATCH, value.parse().unwrap())).collect();
            assert_eq!(matches_none(&headers, "W/\"a\""), is_known, "{values:?}");
        }
    }

    #[test]
    fn matching_revision_passes() {
        check(&[], true);
        check(&["\"42\""], true);
        check(&["*"], true);
        check(&["\"41\", \"42\""], true);
        check(&["\"41\"", "\"42\""], true);
    }

    #[test]
    fn anything_else_fails() {
        for value in ["\"41\"", "42", "W/\"42\"", "", "\"\"", "\"42", "nonsense"] {
            check(&[value], false);
        }
    }
}
