//! The Worker's entry: takes a request apart, asks the pure modules, sends their answer. Decides nothing else. What needs no
//! I/O is answered in `at_once`, for `entry.js`; all else comes to `fetch`.

mod admission;
mod answering;
mod api;
mod at_once;
mod click;
mod follow;
mod readiness;
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
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::route::{Route, Target, route};
use answering::Visiting;

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
    let fields = runtime::facts(&request);
    let facts = Facts::of(fields.each_ref().map(String::as_str));
    let request_id = isolate.next_request_id();
    let answer = match asked_for(&isolate, &facts) {
        Asked::Answered(answer) | Asked::Redirected(answer) => answer,
        Asked::Link(visiting) => {
            follow::follow(&isolate, visiting, request, &env, &context, request_id).await?
        }
        Asked::Api(target) => {
            let outcome =
                api::forward(&isolate, &target, &facts, request, &env, &context, request_id).await?;
            match outcome {
                api::Outcome::Own(answer) => answer,
                api::Outcome::Origins(mut response) => {
                    for (name, value) in
                        cors::EVERY_ANSWER.into_iter().chain(https_only_header(&isolate, &facts))
                    {
                        response.headers_mut().set(name, value)?;
                    }
                    return Ok(response);
                }
            }
        }
        Asked::Readiness => match admission::admit(&isolate, &facts, runtime::now()) {
            Ok(()) => readiness::readiness(&isolate, &request_id, &context).await,
            Err(refusal) => refusal,
        },
    };
    respond(secured(&isolate, &facts, answer))
}

enum Asked<'a> {
    Answered(Answer),
    /// To the same address over https: an answer that will hardly be given again.
    Redirected(Answer),
    Link(Visiting<'a>),
    Api(Target<'a>),
    Readiness,
}

fn asked_for<'a>(isolate: &'a Isolate, facts: &'a Facts<'a>) -> Asked<'a> {
    if !matches!(facts.method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
        return Asked::Answered(Answer::uncommon_method());
    }
    let target = Target::of(facts.url);
    let Some(domain) = Domain::from_host(target.host, &isolate.config.default_domain) else {
        return Asked::Answered(Answer::not_found());
    };
    let method = Method::of(facts.method);
    let reads = method.is_some_and(Method::reads);
    let in_clear = isolate.config.require_https && !facts.is_https();
    match route(target.path, runtime::nfc) {
        Route::Link(_) if in_clear && !reads => Asked::Answered(Answer::form_over_http()),
        Route::Link(_) | Route::Root if in_clear => Asked::Redirected(Answer::to_https(target.https_url())),
        Route::Api if in_clear => Asked::Answered(Answer::https_required()),
        Route::Link(path) => match method {
            Some(method) => Asked::Link(Visiting { domain, path, target, method, facts }),
            None => Asked::Answered(Answer::method_not_allowed()),
        },
        Route::Api if facts.method == "OPTIONS" && *domain == isolate.config.default_domain => {
            Asked::Answered(Answer::preflight())
        }
        // Other domains are for links alone.
        Route::Api if *domain == isolate.config.default_domain => Asked::Api(target),
        Route::Liveness | Route::Readiness if !reads => Asked::Answered(Answer::method_not_allowed()),
        Route::Liveness => Asked::Answered(Answer::alive()),
        Route::Readiness => Asked::Readiness,
        Route::Robots => Asked::Answered(Answer::robots()),
        Route::Root => Asked::Answered(answering::nowhere(isolate)),
        Route::Api | Route::Nothing => Asked::Answered(Answer::not_found()),
    }
}

#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match isolate(&env) {
        Ok(isolate) => {
            // Side by side: neither waits for the other's trouble.
            join(visitor_keys::prepare(&env, runtime::now()), api::publish_waiting(&isolate, &env)).await;
        }
        Err(error) => tracing::error!(%error, "misconfigured"),
    }
}

/// Made by an isolate's first request: nothing may be read or drawn before.
fn isolate(env: &Env) -> std::result::Result<Rc<Isolate>, crate::config::ConfigError> {
    if let Some(isolate) = isolate_so_far() {
        return Ok(isolate);
    }
    console::install();
    runtime::stay_down_after_a_trap();
    let isolate = Isolate::new(runtime::config(env)?, runtime::random_producer());
    Ok(ISOLATE.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(isolate)))))
}

fn isolate_so_far() -> Option<Rc<Isolate>> {
    ISOLATE.with(|cell| cell.get().map(Rc::clone))
}

/// HSTS (RFC 6797): it counts over https only.
fn https_only_header(isolate: &Isolate, facts: &Facts<'_>) -> Option<(&'static str, &'static str)> {
    let value = isolate.config.hsts.filter(|_| facts.is_https())?;
    Some(("strict-transport-security", value))
}

fn secured(isolate: &Isolate, facts: &Facts<'_>, answer: Answer) -> Answer {
    match https_only_header(isolate, facts) {
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
        let facts = Facts::of([method, url, "", "", "", "", "", "", "", "", "", ""]);
        match asked_for(&isolate, &facts) {
            Asked::Answered(answer) | Asked::Redirected(answer) => Some(secured(&isolate, &facts, answer)),
            Asked::Link(_) | Asked::Api(_) | Asked::Readiness => None,
        }
    }

    fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        answer.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn over_plain_http_links_lead_to_https_and_secrets_are_refused() {
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
    fn https_alone_is_told_over_https_alone() {
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
