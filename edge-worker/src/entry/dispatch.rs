//! Where a request goes: it is answered here, or is for a link, the API or the readiness check.

use link_core::names::domain::Domain;
use link_core::redirect::visit::Method;
use link_core::redirect::{Answer, DomainRoute, LinkRoute, RouteTarget};

use super::link_request::{DomainRequest, LinkRequest};
use crate::isolate::Isolate;
use crate::requests::request_info::RequestInfo;
use crate::requests::route::{Route, route};
use crate::responses::{self, health, problem};
use edge_runtime::bindings::runtime;
use edge_runtime::request_target::RequestTarget;

#[allow(clippy::large_enum_variant, reason = "most requests are for links, and boxing them would allocate")]
pub enum Dispatched<'a> {
    Answered(Answer),
    /// To the same address over https: an answer that hardly repeats, so it is not kept.
    Redirected(Answer),
    Link(LinkRequest<'a>),
    Domain(DomainRequest<'a>),
    Api,
    Readiness,
}

pub fn dispatch<'a>(isolate: &'a Isolate, info: &'a RequestInfo<'a>) -> Dispatched<'a> {
    if !matches!(info.method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
        return Dispatched::Answered(problem::unknown_method());
    }
    let target = RequestTarget::of(info.url);
    let Some(domain) = Domain::from_host(target.host, &isolate.config.default_domain) else {
        return Dispatched::Answered(Answer::not_found(info.page_context()));
    };
    let method = Method::of(info.method);
    let reads = method.is_some_and(Method::reads);
    let is_plain_http = isolate.config.require_https && !info.is_https();
    let is_dashboard_host = isolate.config.dashboard_host.as_ref().is_some_and(|host| *host == *domain);
    match route(target.path, target.query, isolate.config.compatible_apis, runtime::nfc) {
        Route::Api if is_plain_http => Dispatched::Answered(problem::https_required()),
        Route::Api if *domain != isolate.config.default_domain && !is_dashboard_host => {
            // Other domains serve links only.
            Dispatched::Answered(Answer::not_found(info.page_context()))
        }
        Route::Api if info.method == "OPTIONS" => Dispatched::Answered(responses::preflight()),
        Route::Api => Dispatched::Api,
        Route::Liveness | Route::Readiness if !reads => {
            Dispatched::Answered(Answer::method_not_allowed(info.page_context()))
        }
        Route::Liveness => Dispatched::Answered(health::alive()),
        Route::Readiness => Dispatched::Readiness,
        Route::Visitor(LinkRoute::Link(_)) if is_plain_http && !reads => {
            Dispatched::Answered(Answer::form_over_http(info.page_context()))
        }
        // Crawlers ask for robots.txt of each scheme.
        Route::Visitor(
            LinkRoute::Link(_)
            | LinkRoute::Domain(
                DomainRoute::Home | DomainRoute::File(_) | DomainRoute::Qr(_) | DomainRoute::Unknown(_),
            ),
        ) if is_plain_http => Dispatched::Redirected(Answer::to_https(target.https_url())),
        // The dashboard's files are answered before this Worker runs.
        Route::Visitor(
            LinkRoute::Link(_)
            | LinkRoute::Domain(DomainRoute::File(_) | DomainRoute::Qr(_) | DomainRoute::Unknown(_)),
        ) if is_dashboard_host => Dispatched::Answered(Answer::not_found(info.page_context())),
        Route::Visitor(LinkRoute::Domain(DomainRoute::Home)) if is_dashboard_host && reads => {
            Dispatched::Answered(responses::to_dashboard())
        }
        Route::Visitor(route) => match route.target_or_answer(method, info.page_context()) {
            Ok(RouteTarget::Domain(route)) => Dispatched::Domain(DomainRequest { domain, route }),
            Ok(RouteTarget::Link(path, method)) => {
                let visitor = info.visitor_request(target.query);
                Dispatched::Link(LinkRequest {
                    domain,
                    path,
                    target,
                    method,
                    visitor,
                    is_https: info.is_https(),
                })
            }
            Err(answer) => Dispatched::Answered(answer),
        },
    }
}

/// HSTS (RFC 6797): browsers ignore it over plain http.
pub fn https_only_header(isolate: &Isolate, info: &RequestInfo<'_>) -> Option<(&'static str, &'static str)> {
    let value = isolate.config.hsts.filter(|_| info.is_https())?;
    Some(("strict-transport-security", value))
}

pub fn secured(isolate: &Isolate, info: &RequestInfo<'_>, answer: Answer) -> Answer {
    match https_only_header(isolate, info) {
        Some((name, value)) => answer.with(name, value),
        None => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixtures::config_with;

    const LOCATION: &str = "https://go.example.com/a/b?c=d";

    fn asked(setting: (&'static str, &'static str), method: &str, url: &str) -> Option<Answer> {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let isolate = Isolate::new(config_with(setting.0, Some(setting.1)).unwrap(), producer);
        let info = RequestInfo::of([method, url, "", "", "", "", "", "", "", "", "", "", "", ""]);
        match dispatch(&isolate, &info) {
            Dispatched::Answered(answer) | Dispatched::Redirected(answer) => {
                Some(secured(&isolate, &info, answer))
            }
            Dispatched::Link(_) | Dispatched::Domain(_) | Dispatched::Api | Dispatched::Readiness => None,
        }
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        answer.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn plain_http_redirects_links_and_refuses_secrets() {
        let on = ("REQUIRE_HTTPS", "true");
        for method in ["GET", "HEAD"] {
            let answer = asked(on, method, "http://go.example.com/a/b?c=d").unwrap();
            assert_eq!((answer.status, header(&answer, "location")), (308, Some(LOCATION)), "{method}");
        }
        let status = |method, url| asked(on, method, url).map(|answer| answer.status);
        for path in ["", ".well-known/assetlinks.json", "0000001+qr.png"] {
            assert_eq!(asked(on, "GET", &format!("http://go.example.com/{path}")).unwrap().status, 308);
            assert_eq!(asked(on, "GET", &format!("https://go.example.com/{path}")), None);
        }
        assert_eq!(status("GET", "http://go.example.com/robots.txt"), None);
        assert_eq!(status("POST", "http://go.example.com/a"), Some(403));
        for method in ["GET", "POST", "DELETE"] {
            assert_eq!(status(method, "http://go.example.com/api/v1/links"), Some(403), "{method}");
            assert_eq!(status(method, "https://go.example.com/api/v1/links"), None, "{method}");
        }
        assert_eq!(status("GET", "http://go.example.com/healthz"), Some(200));
        for method in ["GET", "POST"] {
            assert_eq!(status(method, "https://go.example.com/a"), None);
            assert_eq!(asked(("REQUIRE_HTTPS", "false"), method, "http://go.example.com/a"), None);
        }
    }

    #[test]
    fn dashboard_host_has_the_api_and_no_links() {
        let host = ("DASHBOARD_HOST", "links.example.com");
        let status = |method: &str, url: &str| asked(host, method, url).map(|answer| answer.status);
        for domain in ["links.example.com", "LINKS.example.com:443", "go.example.com"] {
            assert_eq!(status("POST", &format!("https://{domain}/api/v1/sessions")), None, "{domain}");
        }
        assert_eq!(status("GET", "https://go.example.net/api/v1/links"), Some(404));
        for (method, path) in
            [("GET", "00Aa9Zz"), ("POST", "sale"), ("GET", "summer/sale"), ("GET", "dashboard")]
        {
            assert_eq!(status(method, &format!("https://links.example.com/{path}")), Some(404), "{path}");
        }
        let root = asked(host, "GET", "https://links.example.com/").unwrap();
        assert_eq!((root.status, header(&root, "location")), (302, Some("/dashboard/")));
        assert_eq!(status("GET", "https://links.example.com/healthz"), Some(200));
        assert_eq!(status("GET", "https://go.example.com/00Aa9Zz"), None);
        assert_eq!(status("GET", "http://links.example.com/api/v1/links"), Some(403));
    }

    #[test]
    fn hsts_is_sent_over_https_only() {
        let hsts = |seconds: &'static str, url: &str| {
            let answer = asked(("HSTS_SECONDS", seconds), "GET", url).unwrap();
            header(&answer, "strict-transport-security").map(str::to_owned)
        };
        let page = "https://go.example.com/internal";
        assert_eq!(hsts("31536000", page).as_deref(), Some("max-age=31536000"));
        assert_eq!(hsts("0", page).as_deref(), Some("max-age=0"));
        assert_eq!(hsts("", page), None);
        assert_eq!(hsts("31536000", "http://go.example.com/"), None);
    }
}
