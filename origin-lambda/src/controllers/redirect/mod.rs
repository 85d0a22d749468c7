//! `GET /{code}` without the edge: looks the link up and answers as the edge would. Takes every path that is not the API's.

pub(crate) mod password_check;
pub(crate) mod qr_document;
mod visitor;

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::clicks::batch::CacheTier;
use link_core::edge_origin::CACHE;
use link_core::names::domain::Domain;
use link_core::record::domain::DomainSettings;
use link_core::record::{LinkRecord, Resolution};
use link_core::redirect::link_path::{Known, LinkPath, Match};
use link_core::redirect::visit::Method;
use link_core::redirect::{
    Answer, DomainRoute, HomeLinks, LinkRoute, LinkVisit, Lock, MAX_FORM_BYTES, PageContext, RouteTarget,
    accepts_pages, orphan_name, password_of,
};
use tracing::error;
use unicode_normalization::UnicodeNormalization;

use crate::app::App;
use crate::http::problem::{self, Problem};
use crate::http::request_id::RequestId;
use crate::limits::{FORM_TIMEOUT, PASSWORD_RETRY_INTERVAL};
use crate::links::letter_case::fold;
use crate::redirect::gate::GateQuestion;
use crate::store::StoreError;
use crate::store::links::GatedVisit;
use password_check::{PasswordCheck, check_password};
use qr_document::{domain_settings, qr_document};
use visitor::VisitorTexts;

/// Programs ask for these, and get a problem document.
const API_SEGMENTS: [&str; 4] = ["api", "internal", "healthz", "readyz"];

pub(crate) async fn follow(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let first_segment = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    if API_SEGMENTS.contains(&first_segment) {
        return problem::not_found().into_response();
    }
    let mut response = match answer(&app, &parts, body).await {
        Ok(response) => http_response(response),
        Err(problem) => failure(problem, plain_context(&parts)),
    };
    response.headers_mut().insert(HeaderName::from_static(CACHE), HeaderValue::from_static("origin"));
    response
}

async fn answer(app: &App, parts: &Parts, body: Body) -> Result<Answer, Problem> {
    let plain = plain_context(parts);
    let (Some(domain), Some(texts)) = (domain(parts, app), VisitorTexts::new(parts)) else {
        return Ok(Answer::not_found(plain));
    };
    if app.site.has_no_links(&domain) {
        return Ok(Answer::not_found(plain));
    }
    let route = LinkRoute::of(texts.path(), texts.query(), |text| text.nfc().collect());
    let (path, method) = match route.target_or_answer(Method::of(parts.method.as_str()), plain) {
        Ok(RouteTarget::Link(path, method)) => (path, method),
        Ok(RouteTarget::Domain(route)) => return domain_answer(app, &domain, route, plain).await,
        Err(response) => return Ok(response),
    };
    let (path, mut resolutions) = resolve(app, &domain, path).await?;
    let (position, suffix) = match find_match(&path, &resolutions) {
        Match::Link { position, suffix } => (position, suffix),
        Match::Removed { .. } => {
            let settings = settings(app, &domain).await?;
            return Ok(Answer::removed(PageContext { domain: Some(&settings), ..plain }));
        }
        Match::NotFound => {
            let name = orphan_name(&domain, texts.path());
            app.shipping.record_orphan_visit(&name, app.clock.now()).await;
            let settings = settings(app, &domain).await?;
            let context = PageContext { domain: Some(&settings), ..plain };
            return Ok(Answer::no_link(texts.path(), &domain, app.redirects.fallback_url.as_ref(), context));
        }
        Match::Unavailable | Match::Undecided { .. } => {
            let error = resolutions.into_iter().find_map(Result::err);
            return Err(error.unwrap_or(StoreError::Damaged("not one row for each name")).into());
        }
    };
    let Resolution::Found { record } = resolutions.swap_remove(position)? else {
        return Err(StoreError::Damaged("a match without a record").into());
    };
    let name_end = path.candidates.get(position).map_or(0, |candidate| candidate.end);
    let name = texts.path().get(..name_end).unwrap_or_default();
    // What a link with a password answers is a page, or becomes one.
    let known = if record.password.is_some() { Some(settings(app, &domain).await?) } else { None };
    let context = PageContext { domain: known.as_ref(), ..plain };
    let lock = match unlock(app, (&record, name), method, (parts, body), context).await {
        Ok(lock) => lock,
        Err(refusal) => return Ok(refusal),
    };
    let request = texts.request(parts);
    let visit = LinkVisit {
        record: &record,
        suffix: &suffix,
        request: &request,
        settings: known.as_ref(),
        split_key: &app.redirects.split_key,
        method: lock.method(method),
        unlocked: lock.is_open(),
        gate: None,
        now: app.clock.now(),
    };
    let response = respond(app, parts, visit, &domain).await?;
    let accept = visitor::header(&parts.headers, &ACCEPT).unwrap_or_default();
    Ok(lock.finish(response, accepts_pages(accept), context))
}

type Resolutions = Vec<Result<Resolution, StoreError>>;

/// What each candidate is, without regard to case where the domain ignores it. As at the edge, a name that looks like a generated code is
/// tried as it is first.
async fn resolve<'a>(
    app: &App,
    domain: &Domain,
    path: LinkPath<'a>,
) -> Result<(LinkPath<'a>, Resolutions), StoreError> {
    let mut tried = Vec::new();
    if !path.depends_on_case(&fold) {
        tried = resolve_names(app, domain, &path).await?;
        if matches!(find_match(&path, &tried), Match::Link { .. }) {
            return Ok((path, tried));
        }
    }
    let Some(folded) = path.ignoring_case(&fold) else { return Ok((path, tried)) };
    if settings(app, domain).await?.ignore_case {
        let resolutions = resolve_names(app, domain, &folded).await?;
        return Ok((folded, resolutions));
    }
    if tried.is_empty() {
        tried = resolve_names(app, domain, &path).await?;
    }
    Ok((path, tried))
}

async fn resolve_names(app: &App, domain: &Domain, path: &LinkPath<'_>) -> Result<Resolutions, StoreError> {
    let names = path.candidates.iter().map(|candidate| candidate.slug.clone());
    app.resolver.resolve_all(domain, names, app.clock.now()).await
}

fn find_match<'a>(path: &LinkPath<'a>, resolutions: &Resolutions) -> Match<'a> {
    path.find_match(|position| match resolutions.get(position) {
        Some(Ok(resolution)) => Known::Resolved(resolution),
        Some(Err(_)) | None => Known::Unavailable,
    })
}

/// For pages of a domain that was not looked up.
fn plain_context(parts: &Parts) -> PageContext<'static> {
    let languages = parts.headers.get(ACCEPT_LANGUAGE);
    let languages = languages.map(|value| String::from_utf8_lossy(value.as_bytes()));
    PageContext::of(languages.as_deref(), None)
}

async fn settings(app: &App, domain: &Domain) -> Result<DomainSettings, StoreError> {
    Ok(domain_settings(app, domain).await?.0)
}

async fn domain_answer(
    app: &App,
    domain: &Domain,
    route: DomainRoute,
    plain: PageContext<'_>,
) -> Result<Answer, Problem> {
    let resolution = match &route {
        DomainRoute::Qr(image) => qr_document(app, domain, image).await?,
        // As at the edge: where the settings cannot be read, the path is not found.
        DomainRoute::Unknown(_) => app
            .resolver
            .resolve(domain, &route.document(), app.clock.now())
            .await
            .unwrap_or(Resolution::NotFound),
        route => app.resolver.resolve(domain, &route.document(), app.clock.now()).await?,
    };
    let links = HomeLinks {
        fallback: app.redirects.fallback_url.as_ref(),
        default_domain: &app.site.default_domain,
        dashboard_host: app.site.dashboard_host.as_ref(),
    };
    Ok(Answer::of_domain(&route, domain, &resolution, &links, plain))
}

/// The host that the request names. The failover domain stands for the default one.
fn domain<'a>(parts: &Parts, app: &'a App) -> Option<Cow<'a, Domain>> {
    let default = &app.site.default_domain;
    let domain = Domain::from_host(visitor::host(parts)?, default)?;
    let is_failover = app.redirects.failover_domain.as_ref() == Some(&*domain);
    Some(if is_failover { Cow::Borrowed(default) } else { domain })
}

/// Asks the gate where it decides, and ships the click.
async fn respond(
    app: &App,
    parts: &Parts,
    mut visit: LinkVisit<'_>,
    domain: &Domain,
) -> Result<Answer, StoreError> {
    let plain = PageContext { domain: visit.settings, ..plain_context(parts) };
    if visit.asks_gate() {
        // Nobody repeats this call, so the visit needs no token.
        let question = GateQuestion {
            visit: GatedVisit { link: visit.record.id, token: None },
            own_preview: visit.record.preview.is_some(),
            uncounted: !visit.record.gated,
        };
        match app.gate.ask(question, visitor::classifier_input(parts, visit.request)).await {
            Ok(answer) => visit.gate = Some(answer),
            Err(error) => {
                error!(%error, "the gate of a link could not be asked");
                return Ok(Answer::gate_unavailable(plain));
            }
        }
    }
    let request_id = parts.extensions.get::<RequestId>().map_or("", |RequestId(id)| id.as_str());
    // The key of the day by which visitors are hashed is the edge's.
    let hash = |_, _: &str| None;
    let (response, click) = match visit.respond(CacheTier::Origin, request_id, hash) {
        Some(answered) => answered,
        None => {
            let settings = settings(app, domain).await?;
            let visit = LinkVisit { settings: Some(&settings), ..visit };
            let answered = visit.respond(CacheTier::Origin, request_id, hash);
            answered.unwrap_or_else(|| (Answer::internal_error(plain), None))
        }
    };
    if let Some(mut click) = click {
        click.trace = telemetry::traces::sampled_context();
        app.shipping.record(&click, visit.now).await;
    }
    Ok(response)
}

/// `Err` holds the response to a password that is wrong, or cannot be checked now.
async fn unlock(
    app: &App,
    (record, name): (&LinkRecord, &str),
    method: Method,
    (parts, body): (&Parts, Body),
    context: PageContext<'_>,
) -> Result<Lock, Answer> {
    let cookies = visitor::header(&parts.headers, &COOKIE).unwrap_or_default();
    let unlock_cookies = &app.redirects.unlock_cookies;
    if let Some(lock) = unlock_cookies.lock(record, cookies, method, app.clock.now()) {
        return Ok(lock);
    }
    // A form that is too long, too slow or cut off holds no password.
    let form = tokio::time::timeout(FORM_TIMEOUT, axum::body::to_bytes(body, MAX_FORM_BYTES)).await;
    let form = form.ok().and_then(Result::ok).unwrap_or_default();
    let Some(password) = password_of(&form) else { return Err(Answer::password_wrong(context)) };
    match check_password(app, &record.domain, &record.code, &password).await {
        Ok(PasswordCheck::Right) => {
            let cookie = unlock_cookies.cookie(record, name, visitor::is_https(parts), app.clock.now());
            cookie.map(|cookie| Lock::JustOpened { cookie }).ok_or_else(|| Answer::password_wrong(context))
        }
        Ok(PasswordCheck::Wrong | PasswordCheck::NoPassword) => Err(Answer::password_wrong(context)),
        Ok(PasswordCheck::TooMany) => {
            let seconds = u32::try_from(PASSWORD_RETRY_INTERVAL.as_secs()).unwrap_or(1);
            Err(Answer::too_many_passwords(seconds, context))
        }
        Err(problem) => {
            error!(code = ?problem.code(), "a password could not be checked");
            Err(Answer::unavailable(context))
        }
    }
}

/// The cause is logged like that of any other problem.
fn failure(problem: Problem, context: PageContext<'_>) -> Response {
    let mut response = http_response(match problem.status() {
        StatusCode::SERVICE_UNAVAILABLE => Answer::unavailable(context),
        _ => Answer::internal_error(context),
    });
    response.extensions_mut().insert(problem.into_trace());
    response
}

fn http_response(response: Answer) -> Response {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers.clone();
    let mut http = Response::new(Body::from(response.into_bytes()));
    *http.status_mut() = status;
    for (name, value) in headers {
        // A location is printable ASCII, and so is everything else.
        if let Ok(value) = HeaderValue::from_str(&value) {
            http.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    http
}
