//! The internal paths and headers between edge and origin.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::names::domain::Domain;
use crate::names::slug::Slug;
use crate::record::LinkId;

/// Proves that a request comes from the edge. Without it, internal routes answer 404 and forwarded request info is ignored.
pub const EDGE_SECRET: &str = "x-shortline-edge-secret";
/// The client's own `Authorization`, because the standard header carries the edge's SigV4 signature.
pub const CLIENT_AUTHORIZATION: &str = "x-shortline-authorization";
/// The client's own `Cookie`, which counts for the API only: a session of the dashboard. Lambda takes the standard header apart.
pub const CLIENT_COOKIE: &str = "x-shortline-cookie";
/// The host that the client asked for, without a port: `Host` is the function URL's.
pub const CLIENT_HOST: &str = "x-shortline-host";
/// Identifies a request in the logs of edge and origin, and in its click.
pub const REQUEST_ID: &str = "x-request-id";
/// How a redirect was served; see [`crate::clicks::batch::CacheTier`].
pub const CACHE: &str = "x-shortline-cache";

/// The number of bytes of the body that the client gets, in the origin's response to a write that changed links. The rest of the body
/// is a [`crate::publication::ChangeList`] for the edge. A 200 with zero bytes for the client becomes a 204.
pub const CLIENT_BYTES: &str = "x-shortline-client-bytes";

/// In a request of the edge: it sends the batches of a [`crate::publication::ChangeList`]. An edge of an earlier release would drop them.
/// In the origin's answer: the list has some.
pub const BATCHES: &str = "x-shortline-batches";

/// axum's pattern of [`resolve_path`]. The code is one encoded segment, because an alias may contain slashes.
pub const RESOLVE_ROUTE: &str = "/internal/v1/links/{domain}/{code}";
/// axum's pattern of [`resolve_all_path`]: `GET ?codes={code},{code}` answers a [`crate::record::Resolution`] for each code, in the
/// same order. No code contains a comma.
pub const RESOLVE_ALL_ROUTE: &str = "/internal/v1/links/{domain}";
/// `POST {"password": …}` answers 204 or 403.
pub const UNLOCK_ROUTE: &str = "/internal/v1/links/{domain}/{code}/unlock";
/// axum's pattern of [`gate_path`]: `POST` of a [`crate::redirect::gate::GateRequest`] answers a [`crate::redirect::gate::GateAnswer`].
pub const GATE_ROUTE: &str = "/internal/v1/gates/{link}";
/// `GET ?after={revision}&limit={n}` answers a [`crate::publication::ChangeList`].
pub const CHANGES_ROUTE: &str = "/internal/v1/changes";
/// `POST` takes a [`crate::publication::ConfirmationList`].
pub const CONFIRM_ROUTE: &str = "/internal/v1/changes/confirm";

/// `GET` with the client's key answers 204 if the key may write, and otherwise the problem for the client. The edge asks before it
/// reads a large body.
pub const KEY_ROUTE: &str = "/internal/v1/key";

/// Everything except the unreserved characters of RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `GET` answers a [`crate::record::Resolution`].
pub fn resolve_path(domain: &Domain, code: &Slug) -> String {
    // A domain consists of letters, digits, dots and hyphens, which need no encoding.
    format!("/internal/v1/links/{domain}/{}", utf8_percent_encode(code.as_str(), ENCODED))
}

pub fn resolve_all_path(domain: &Domain) -> String {
    format!("/internal/v1/links/{domain}")
}

/// The query of [`RESOLVE_ALL_ROUTE`], encoded.
pub fn codes_query<'a>(codes: impl IntoIterator<Item = &'a Slug>) -> String {
    let codes: Vec<_> =
        codes.into_iter().map(|code| utf8_percent_encode(code.as_str(), ENCODED).to_string()).collect();
    format!("codes={}", codes.join("%2C"))
}

pub fn unlock_path(domain: &Domain, code: &Slug) -> String {
    format!("{}/unlock", resolve_path(domain, code))
}

/// Contains the link's id and not its name, so that the origin answers for exactly the link that the edge has cached.
pub fn gate_path(link: LinkId) -> String {
    format!("/internal/v1/gates/{link}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_their_routes() {
        let (domain, code) = ("go.example.com".parse().unwrap(), "a-b/ü.~_".parse().unwrap());
        let filled =
            |route: &str| route.replace("{domain}", "go.example.com").replace("{code}", "a-b%2F%C3%BC.~_");
        assert_eq!(resolve_path(&domain, &code), filled(RESOLVE_ROUTE));
        assert_eq!(unlock_path(&domain, &code), filled(UNLOCK_ROUTE));
        let link = "0198c0de-0000-7000-8000-000000000001";
        assert_eq!(gate_path(link.parse().unwrap()), GATE_ROUTE.replace("{link}", link));
        assert_eq!(resolve_all_path(&domain), filled(RESOLVE_ALL_ROUTE));
        assert_eq!(codes_query([&code, &"a".parse().unwrap()]), "codes=a-b%2F%C3%BC.~_%2Ca");
    }
}
