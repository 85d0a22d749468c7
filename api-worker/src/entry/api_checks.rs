//! Checks an API request before its body is read, and answers where it is refused.

use crate::requests::limits::{MAX_HEADER_BYTES, MAX_TARGET_BYTES};
use crate::responses::problem;
use link_core::api_key::{bearer, may_be_key};
use link_core::redirect::Answer;

/// Refuses a target or headers that are too long. `query` is already encoded.
pub fn check_lengths<'a>(
    path: &str,
    query: &str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Answer> {
    if path.len() + 1 + query.len() > MAX_TARGET_BYTES {
        return Err(problem::target_too_long());
    }
    let header_bytes: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    if header_bytes > MAX_HEADER_BYTES {
        return Err(problem::headers_too_large());
    }
    Ok(())
}

const SIGN_IN: &str = "/api/v1/sessions";

/// Refuses a missing or malformed key before the body is read. In a session there is none, and a sign-in has it in the body.
/// Other shorteners' APIs have it elsewhere, and errors of their own.
pub fn check_key(path: &str, authorization: Option<&str>, in_session: bool) -> Result<(), Answer> {
    let is_ours = path.starts_with("/api/");
    if !is_ours || authorization.is_none() && (in_session || path == SIGN_IN) {
        return Ok(());
    }
    match authorization.and_then(|header| bearer(header.as_bytes())) {
        None => Err(problem::key_missing()),
        Some(key) if !may_be_key(key) => Err(problem::key_invalid()),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_runtime::origins::sigv4::canonical_query;

    const LINKS: &str = "/api/v1/links";

    fn status(outcome: Result<(), Answer>) -> Option<u16> {
        outcome.err().map(|answer| answer.status)
    }

    #[test]
    fn targets_are_bounded_by_encoded_length() {
        let check = |query: &str| check_lengths("/api/v1/links", &canonical_query(query), std::iter::empty());
        assert_eq!(status(check(&format!("q={}", "!".repeat(2_725)))), None);
        assert_eq!(status(check(&format!("q={}", "!".repeat(2_726)))), Some(414));
        assert_eq!(status(check(&format!("q={}", "a".repeat(8_176)))), None);
        assert_eq!(status(check(&format!("q={}", "a".repeat(8_177)))), Some(414));
        let path = format!("/api/{}", "a".repeat(MAX_TARGET_BYTES));
        assert_eq!(status(check_lengths(&path, "", std::iter::empty())), Some(414));
    }

    #[test]
    fn forwarded_headers_are_bounded_together() {
        let long = "x".repeat(MAX_HEADER_BYTES / 2);
        let headers = [("accept", long.as_str()), ("if-match", long.as_str())];
        assert_eq!(status(check_lengths("/", "", headers.into_iter().take(1))), None);
        assert_eq!(status(check_lengths("/", "", headers.into_iter())), Some(431));
    }

    #[test]
    fn malformed_key_is_refused() {
        for (authorization, refused) in [
            (None, Some(401)),
            (Some("Basic dXNlcjpwYXNz"), Some(401)),
            (Some("Bearer short"), Some(401)),
            (Some("Bearer schlüssel-mit-umlaut"), Some(401)),
            (Some("Bearer slk_made-up-but-possible"), None),
            (Some("bearer an-operators-own-key"), None),
        ] {
            assert_eq!(status(check_key(LINKS, authorization, false)), refused, "{authorization:?}");
        }
    }

    #[test]
    fn session_and_sign_in_need_no_key() {
        assert_eq!(status(check_key(LINKS, None, true)), None);
        assert_eq!(status(check_key(SIGN_IN, None, false)), None);
        for path in ["/rest/v3/short-urls", "/yourls-api.php"] {
            assert_eq!(status(check_key(path, None, false)), None, "{path}");
        }
        for (path, in_session) in [(LINKS, true), (SIGN_IN, false)] {
            assert_eq!(status(check_key(path, Some("Bearer short"), in_session)), Some(401), "{path}");
        }
    }
}
