//! Routes a path to a part of the Worker. Rejects paths that no link can have, without I/O.

use link_core::redirect::LinkRoute;

/// The parts of a request's URL. The runtime serialises it as the WHATWG parser does (scheme, authority, a path that is
/// never empty), so splitting is enough. A URL parser would bring the tables for international host names into the bundle:
/// 279 KB gzip with them, 197 KB without, when measured.
#[derive(Debug, PartialEq, Eq)]
pub struct RequestTarget<'a> {
    /// With the port, if any.
    pub host: &'a str,
    pub path: &'a str,
    /// Without the question mark.
    pub query: &'a str,
}

impl<'a> RequestTarget<'a> {
    pub fn of(url: &'a str) -> Self {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        Self { host, path, query }
    }

    /// The same address over https, on its usual port.
    pub fn https_url(&self) -> String {
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let host =
            self.host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(self.host, |(host, _)| host);
        let separator = if self.query.is_empty() { "" } else { "?" };
        format!("https://{host}{}{separator}{}", self.path, self.query)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// Forwarded to the origin unchanged.
    Api,
    Liveness,
    Readiness,
    Visitor(LinkRoute<'a>),
}

/// `path` begins with a slash and is percent-encoded, as the WHATWG parser leaves it. For `nfc` see
/// [`link_core::redirect::link_path::link_path`].
pub fn route(path: &str, nfc: impl Fn(&str) -> String) -> Route<'_> {
    match path {
        "/healthz" => Route::Liveness,
        "/readyz" => Route::Readiness,
        _ if path.starts_with("/api/") => Route::Api,
        _ => Route::Visitor(LinkRoute::of(path, nfc)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_split_into_host_path_and_query() {
        for (url, host, path, query) in [
            ("https://go.example.com/", "go.example.com", "/", ""),
            ("http://127.0.0.1:8787/00Aa9Zz?a=b&c", "127.0.0.1:8787", "/00Aa9Zz", "a=b&c"),
            ("https://[::1]:1/a/b?x=/?#/f", "[::1]:1", "/a/b", "x=/?"),
            ("https://go.example.com/%2F//a@b:c#?", "go.example.com", "/%2F//a@b:c", ""),
            ("https://go.example.com", "go.example.com", "/", ""),
            ("", "", "/", ""),
        ] {
            assert_eq!(RequestTarget::of(url), RequestTarget { host, path, query }, "{url}");
        }
    }

    #[test]
    fn https_url_keeps_host_path_and_query() {
        for (url, https) in [
            ("http://go.example.com/a?b=c", "https://go.example.com/a?b=c"),
            ("http://go.example.com:8080/", "https://go.example.com/"),
            ("http://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
            ("http://[2001:db8::1]:8080/a+", "https://[2001:db8::1]/a+"),
        ] {
            assert_eq!(RequestTarget::of(url).https_url(), https);
        }
    }

    #[test]
    fn path_is_routed_to_one_part() {
        for (path, expected) in [
            ("/api/v1/links", Route::Api),
            ("/api/", Route::Api),
            ("/healthz", Route::Liveness),
            ("/readyz", Route::Readiness),
            ("/", Route::Visitor(LinkRoute::Root)),
        ] {
            assert_eq!(route(path, str::to_owned), expected, "{path}");
        }
        for path in ["/HEALTHZ", "/readyz/", "/api", "/API/v1", "/internal/v1/links/a/00Aa9Zz"] {
            assert_eq!(route(path, str::to_owned), Route::Visitor(LinkRoute::NoLink), "{path}");
        }
        assert!(matches!(route("/00Aa9Zz", str::to_owned), Route::Visitor(LinkRoute::Link(_))));
    }
}
