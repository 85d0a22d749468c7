//! The Worker's entry: takes a request apart, asks the pure modules and sends their answer. `entry.js` calls `fast_path`
//! first; what needs I/O comes to `fetch`.

mod admission;
mod api;
mod click;
mod fast_path;
mod readiness;
mod resolved_visit;
mod slow_path;
mod upload;

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::future::join;
use link_core::cors;
use link_core::domain::Domain;
use link_core::visit::Method;
use worker::{
    Context, Env, Request, Response, ResponseBuilder, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::answer::Answer;
use crate::bindings::{console, runtime, visitor_keys};
use crate::isolate::Isolate;
use crate::request_info::RequestInfo;
use crate::route::{RequestTarget, Route, route};
use resolved_visit::LinkRequest;

thread_local! {
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let isolate = match isolate(&env) {
        Ok(isolate) => isolate,
        Err(error) => {
            tracing::error!(%error, "misconfigured");
            return respond(Answer::misconfigured());
        }
    };
    let fields = runtime::request_fields(&request);
    let info = RequestInfo::of(fields.each_ref().map(String::as_str));
    let request_id = isolate.next_request_id();
    let answer = match dispatch(&isolate, &info) {
        Dispatched::Answered(answer) | Dispatched::Redirected(answer) => answer,
        Dispatched::Link(link_request) => {
            slow_path::answer(&isolate, link_request, request, &env, &context, request_id).await?
        }
        Dispatched::Api(target) => {
            let forwarded =
                api::forward(&isolate, &target, &info, request, &env, &context, request_id).await?;
            match forwarded {
                api::Forwarded::Own(answer) => answer,
                api::Forwarded::Origins(mut response) => {
                    for (name, value) in
                        cors::EVERY_ANSWER.into_iter().chain(https_only_header(&isolate, &info))
                    {
                        response.headers_mut().set(name, value)?;
                    }
                    return Ok(response);
                }
            }
        }
        Dispatched::Readiness => match admission::admit(&isolate, &info, runtime::now()) {
            Ok(()) => readiness::readiness(&isolate, &request_id, &context).await,
            Err(refusal) => refusal,
        },
    };
    respond(secured(&isolate, &info, answer))
}

enum Dispatched<'a> {
    Answered(Answer),
    /// To the same address over https: an answer that hardly repeats, so it is not kept.
    Redirected(Answer),
    Link(LinkRequest<'a>),
    Api(RequestTarget<'a>),
    Readiness,
}

fn dispatch<'a>(isolate: &'a Isolate, info: &'a RequestInfo<'a>) -> Dispatched<'a> {
    if !matches!(info.method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
        return Dispatched::Answered(Answer::unknown_method());
    }
    let target = RequestTarget::of(info.url);
    let Some(domain) = Domain::from_host(target.host, &isolate.config.default_domain) else {
        return Dispatched::Answered(Answer::not_found());
    };
    let method = Method::of(info.method);
    let reads = method.is_some_and(Method::reads);
    let is_plain_http = isolate.config.require_https && !info.is_https();
    match route(target.path, runtime::nfc) {
        Route::Link(_) if is_plain_http && !reads => Dispatched::Answered(Answer::form_over_http()),
        Route::Link(_) | Route::Root if is_plain_http => {
            Dispatched::Redirected(Answer::to_https(target.https_url()))
        }
        Route::Api if is_plain_http => Dispatched::Answered(Answer::https_required()),
        Route::Link(path) => match method {
            Some(method) => Dispatched::Link(LinkRequest { domain, path, target, method, info }),
            None => Dispatched::Answered(Answer::method_not_allowed()),
        },
        Route::Api if info.method == "OPTIONS" && *domain == isolate.config.default_domain => {
            Dispatched::Answered(Answer::preflight())
        }
        // Other domains serve links only.
        Route::Api if *domain == isolate.config.default_domain => Dispatched::Api(target),
        Route::Liveness | Route::Readiness if !reads => Dispatched::Answered(Answer::method_not_allowed()),
        Route::Liveness => Dispatched::Answered(Answer::alive()),
        Route::Readiness => Dispatched::Readiness,
        Route::Robots => Dispatched::Answered(Answer::robots()),
        Route::Root => Dispatched::Answered(resolved_visit::fallback_or_not_found(isolate)),
        Route::Api | Route::Nothing => Dispatched::Answered(Answer::not_found()),
    }
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => {
            // Concurrently, so that a failure of one does not delay the other.
            join(visitor_keys::prepare(&env, runtime::now()), api::publish_backlog(&isolate, &env)).await;
        }
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// Created by the first request: variables and randomness are not available at global scope.
fn isolate(env: &Env) -> std::result::Result<Rc<Isolate>, crate::config::ConfigError> {
    if let Some(isolate) = current_isolate() {
        return Ok(isolate);
    }
    console::install();
    runtime::stay_down_after_a_trap();
    let isolate = Isolate::new(runtime::config(env)?, runtime::random_producer());
    Ok(ISOLATE.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(isolate)))))
}

fn current_isolate() -> Option<Rc<Isolate>> {
    ISOLATE.with(|cell| cell.get().map(Rc::clone))
}

/// HSTS (RFC 6797): browsers ignore it over plain http.
fn https_only_header(isolate: &Isolate, info: &RequestInfo<'_>) -> Option<(&'static str, &'static str)> {
    let value = isolate.config.hsts.filter(|_| info.is_https())?;
    Some(("strict-transport-security", value))
}

fn secured(isolate: &Isolate, info: &RequestInfo<'_>, answer: Answer) -> Answer {
    match https_only_header(isolate, info) {
        Some((name, value)) => answer.with(name, value),
        None => answer,
    }
}

fn respond(answer: Answer) -> Result<Response> {
    let mut response = ResponseBuilder::new().with_status(answer.status);
    for (name, value) in &answer.headers {
        response = response.with_header(name, value)?;
    }
    Ok(if answer.body.is_empty() { response.empty() } else { response.fixed(answer.body.into_bytes()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixtures::config_with;

    const LOCATION: &str = "https://go.example.com/a/b?c=d";

    fn asked(setting: (&'static str, &'static str), method: &str, url: &str) -> Option<Answer> {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let isolate = Isolate::new(config_with(setting.0, Some(setting.1)).unwrap(), producer);
        let info = RequestInfo::of([method, url, "", "", "", "", "", "", "", "", "", ""]);
        match dispatch(&isolate, &info) {
            Dispatched::Answered(answer) | Dispatched::Redirected(answer) => {
                Some(secured(&isolate, &info, answer))
            }
            Dispatched::Link(_) | Dispatched::Api(_) | Dispatched::Readiness => None,
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
        assert_eq!(status("GET", "http://go.example.com/"), Some(308));
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
    fn hsts_is_sent_over_https_only() {
        let hsts = |seconds: &'static str, url: &str| {
            let answer = asked(("HSTS_SECONDS", seconds), "GET", url).unwrap();
            header(&answer, "strict-transport-security").map(str::to_owned)
        };
        assert_eq!(hsts("31536000", "https://go.example.com/").as_deref(), Some("max-age=31536000"));
        assert_eq!(hsts("0", "https://go.example.com/").as_deref(), Some("max-age=0"));
        assert_eq!(hsts("", "https://go.example.com/"), None);
        assert_eq!(hsts("31536000", "http://go.example.com/"), None);
    }
}
