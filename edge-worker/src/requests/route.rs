//! Routes a path to a part of the Worker. Rejects paths that no link can have, without I/O.

use link_core::compatible_apis::CompatibleApis;
use link_core::redirect::LinkRoute;

#[derive(Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// Passed to the API's Worker unchanged.
    Api,
    Liveness,
    Readiness,
    Visitor(LinkRoute<'a>),
}

/// `path` begins with a slash and is percent-encoded, as the WHATWG parser leaves it. For `nfc` see
/// [`link_core::redirect::link_path::link_path`].
pub fn route<'a>(
    path: &'a str,
    query: &str,
    compatible_apis: CompatibleApis,
    nfc: impl Fn(&str) -> String,
) -> Route<'a> {
    match path {
        "/healthz" => Route::Liveness,
        "/readyz" => Route::Readiness,
        _ if path.starts_with("/api/") || compatible_apis.serve(path) => Route::Api,
        _ => Route::Visitor(LinkRoute::of(path, query, nfc)),
    }
}

#[cfg(test)]
mod tests {
    use link_core::redirect::DomainRoute;

    use super::*;

    fn plain_route(path: &str) -> Route<'_> {
        route(path, "", CompatibleApis::default(), str::to_owned)
    }

    #[test]
    fn path_is_routed_to_one_part() {
        for (path, expected) in [
            ("/api/v1/links", Route::Api),
            ("/api/", Route::Api),
            ("/healthz", Route::Liveness),
            ("/readyz", Route::Readiness),
            ("/", Route::Visitor(LinkRoute::Domain(DomainRoute::Home))),
        ] {
            assert_eq!(plain_route(path), expected, "{path}");
        }
        for path in [
            "/HEALTHZ",
            "/readyz/",
            "/api",
            "/API/v1",
            "/internal/v1/links/a/00Aa9Zz",
            "/yourls-api.php",
            "/rest/v3/short-urls",
        ] {
            assert_eq!(plain_route(path), Route::Visitor(LinkRoute::NoLink), "{path}");
        }
        let apis = CompatibleApis { yourls: true, shlink: true };
        for path in ["/yourls-api.php", "/rest/v3/short-urls"] {
            assert_eq!(route(path, "", apis, str::to_owned), Route::Api, "{path}");
        }
        assert!(matches!(plain_route("/00Aa9Zz"), Route::Visitor(LinkRoute::Link(_))));
    }
}
