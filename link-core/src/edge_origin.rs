//! Paths and headers between edge and origin. Does not decide whom either of them trusts.

use crate::code::Code;
use crate::domain::Domain;

/// Proof that a call comes from the edge. Without it internal routes answer 404 and forwarded facts are ignored.
pub const EDGE_SECRET: &str = "x-shortline-edge-secret";
/// The client's own `Authorization`: the standard header carries the edge's SigV4 signature.
pub const CLIENT_AUTHORIZATION: &str = "x-shortline-authorization";
/// Ties together the log lines of edge and origin, and the click.
pub const REQUEST_ID: &str = "x-request-id";
/// How a redirect was served; see [`crate::click_batch::CacheTier`].
pub const CACHE: &str = "x-shortline-cache";

/// axum's pattern of [`resolve_path`].
pub const RESOLVE_ROUTE: &str = "/internal/v1/links/{domain}/{code}";

/// Answers a [`crate::record::Resolution`].
pub fn resolve_path(domain: &Domain, code: &Code) -> String {
    // Both are letters, digits, dots and hyphens: nothing to encode.
    format!("/internal/v1/links/{domain}/{code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_fits_the_route() {
        let path = resolve_path(&"go.example.com".parse().unwrap(), &"00Aa9Zz".parse().unwrap());
        assert_eq!(path, RESOLVE_ROUTE.replace("{domain}", "go.example.com").replace("{code}", "00Aa9Zz"));
    }
}
