//! The id that ties a request to the edge's and the client's log.

use axum::http::HeaderMap;
use link_core::edge_origin::REQUEST_ID;
use uuid::Uuid;

/// The request id; travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The client's id if it is well-formed; anything else could forge log lines.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if is_well_formed(id) => id.to_owned(),
        _ => Uuid::new_v4().to_string(),
    }
}

fn is_well_formed(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(id: &str) -> String {
        request_id(&[(REQUEST_ID.parse().unwrap(), id.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn well_formed_id_is_kept() {
        for id in ["a", "8f0c3a2e-FF", &"x".repeat(64)] {
            assert_eq!(given(id), id);
        }
    }

    #[test]
    fn malformed_id_is_replaced() {
        for id in ["", " ", "a b", "a_b", "{}", "a\"", &"x".repeat(65)] {
            assert!(is_well_formed(&given(id)) && given(id) != id, "{id:?}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
