//! `GET /{code}` without the edge: looks the link up, has `link-core` decide, and answers as the edge would. For every path
//! that is none of the API's.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION, REFERER, REFERRER_POLICY, USER_AGENT,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use classify::ClassifierInput;
use lambda_http::request::RequestContext;
use link_core::click_batch::{CacheTier, Purpose};
use link_core::click_input::ClickInput;
use link_core::decision::{self, Decision, GoneReason, Location, Withheld, browser_cache_control, decide};
use link_core::domain::Domain;
use link_core::edge_origin::CACHE;
use link_core::link_path::{Known, Match, Suffix, link_path};
use link_core::record::{LinkRecord, RedirectStatus, Resolution};
use link_core::visit::{Method, Visit, Visitor};
use unicode_normalization::UnicodeNormalization;

use crate::app::App;
use crate::problem::{self, Problem};
use crate::request_log::RequestId;
use crate::store::StoreError;
use crate::store::links::GatedVisit;
use crate::visitor_page::{ROBOTS, VisitorPage};

/// Whoever asks for something below these is a program, and gets a problem document.
const API_SEGMENTS: [&str; 4] = ["api", "internal", "healthz", "readyz"];
/// The standard's, and what browsers sent before it and messengers still send.
const PURPOSE_HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

pub(crate) async fn follow(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let first_segment = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    let method = Method::of(parts.method.as_str());
    let (Some(method), false) = (method, API_SEGMENTS.contains(&first_segment)) else {
        return problem::not_found().into_response();
    };
    let mut response = match answer(&app, &parts, method).await {
        Ok(response) => response,
        Err(error) => in_trouble(Problem::from(error)),
    };
    response.headers_mut().insert(HeaderName::from_static(CACHE), HeaderValue::from_static("origin"));
    response
}

async fn answer(app: &App, parts: &Parts, method: Method) -> Result<Response, StoreError> {
    let Some(domain) = domain(parts, app) else { return Ok(VisitorPage::NOT_FOUND.into_response()) };
    if parts.uri.path() == "/" {
        return Ok(nowhere(app));
    }
    let Some(path) = link_path(parts.uri.path(), |text| text.nfc().collect()) else {
        return Ok(VisitorPage::NOT_FOUND.into_response());
    };
    let names = path.candidates.iter().map(|candidate| candidate.slug.clone());
    let mut resolutions = app.resolver.resolve_all(&domain, names, app.clock.now()).await?;
    let known = |position: usize| match resolutions.get(position) {
        Some(Ok(resolution)) => Known::Resolved(resolution),
        Some(Err(_)) | None => Known::Unavailable,
    };
    Ok(match path.find_match(known) {
        Match::Link { position, suffix } => match resolutions.swap_remove(position)? {
            Resolution::Found { record } => decided(app, parts, method, &suffix, &record).await?,
            Resolution::Deleted { .. } | Resolution::NotFound => nowhere(app),
        },
        Match::Removed { .. } => VisitorPage::REMOVED.into_response(),
        Match::NotFound => {
            let name = format!("{}{}", domain.as_str(), parts.uri.path());
            app.shipping.record_orphan_visit(&name, app.clock.now()).await;
            nowhere(app)
        }
        Match::Unavailable | Match::Undecided { .. } => {
            let error = resolutions.into_iter().find_map(Result::err);
            return Err(error.unwrap_or(StoreError::Damaged("not one row for each name")));
        }
    })
}

/// For those who follow no link.
fn nowhere(app: &App) -> Response {
    match &app.redirects.fallback_url {
        Some(url) => {
            let headers = [(LOCATION, url.as_str()), (CACHE_CONTROL, "private, no-store")];
            (StatusCode::FOUND, headers).into_response()
        }
        None => VisitorPage::NOT_FOUND.into_response(),
    }
}

/// The host that the request names. One that stands for the edge's is the default domain.
fn domain<'a>(parts: &Parts, app: &'a App) -> Option<Cow<'a, Domain>> {
    // What a request names with its path outranks the header (RFC 9112, section 3.2.2).
    let host = parts.uri.authority().map(Authority::as_str);
    let host = host.or_else(|| header(&parts.headers, &HOST))?;
    let default = &app.site.default_domain;
    let domain = Domain::from_host(host, default)?;
    if app.redirects.failover_domain.as_ref() == Some(&*domain) {
        return Some(Cow::Borrowed(default));
    }
    Some(domain)
}

async fn decided(
    app: &App,
    parts: &Parts,
    method: Method,
    suffix: &Suffix<'_>,
    record: &LinkRecord,
) -> Result<Response, StoreError> {
    let (headers, now) = (&parts.headers, app.clock.now());
    // The preview shows nothing that came with the request but the path.
    let sent = parts.uri.query().unwrap_or_default();
    let query = if suffix.preview { Cow::Borrowed("") } else { suffix.query(sent) };
    let mut visit = Visit {
        method,
        rest: suffix.rest,
        query: &query,
        preview: suffix.preview,
        unlocked: false,
        gate: None,
        // Only the edge knows it, and does not ask here.
        country: None,
        user_agent: header(headers, &USER_AGENT),
        languages: header(headers, &ACCEPT_LANGUAGE),
        visitor: address(parts).map(|address| Visitor { key: &app.redirects.split_key, address }),
    };
    let mut decision = decide(record, &visit, now);
    if decision == Decision::AskGate {
        // Nobody repeats this call, so the visit needs no token.
        let gated = GatedVisit { link: record.id, token: None };
        visit.gate = Some(app.gate.ask(gated, visitor(parts)).await?);
        decision = decide(record, &visit, now);
    }
    Ok(match decision {
        Decision::Redirect { status, location } => {
            let click = ClickInput {
                record,
                visit: &visit,
                status,
                tier: CacheTier::Origin,
                now,
                request_id: parts
                    .extensions
                    .get::<RequestId>()
                    .map(|RequestId(id)| id.clone())
                    .unwrap_or_default(),
                referrer: header(headers, &REFERER),
                purpose: purpose(parts),
                asn: None,
                // The day's key is the edge's.
                visitor: None,
            };
            app.shipping.record(&click.click(), now).await;
            redirect(status, &location)
        }
        Decision::Preview { location } => preview(&location),
        Decision::Password => VisitorPage::LOCKED.into_response(),
        // The gate has been asked, so nothing is left to ask for.
        Decision::AskGate => VisitorPage::UNAVAILABLE.into_response(),
        Decision::Withheld(Withheld::Preview | Withheld::Machine) => VisitorPage::WITHHELD.into_response(),
        Decision::Withheld(Withheld::Prefetch) => VisitorPage::NOT_PREFETCHED.into_response(),
        Decision::NotYet => VisitorPage::NOT_YET.into_response(),
        Decision::Gone(GoneReason::Expired) => VisitorPage::EXPIRED.into_response(),
        Decision::Gone(GoneReason::Exhausted) => VisitorPage::EXHAUSTED.into_response(),
        Decision::Gone(GoneReason::Disabled) => VisitorPage::DISABLED.into_response(),
        Decision::Gone(GoneReason::Loop) => VisitorPage::LOOP.into_response(),
        Decision::NotFound => VisitorPage::NOT_FOUND.into_response(),
        Decision::MethodNotAllowed => VisitorPage::METHOD.into_response(),
    })
}

fn visitor(parts: &Parts) -> ClassifierInput<'_> {
    let user_agent = header(&parts.headers, &USER_AGENT);
    ClassifierInput {
        head: parts.method == axum::http::Method::HEAD,
        purpose: purpose(parts),
        user_agent,
        asn: None,
    }
}

fn purpose(parts: &Parts) -> Option<Purpose> {
    Purpose::of(PURPOSE_HEADERS.iter().filter_map(|name| parts.headers.get(*name)?.to_str().ok()))
}

/// Who holds the other end: the platform says so, or the connection. What a header says, anyone may have written.
fn address(parts: &Parts) -> Option<IpAddr> {
    if let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get() {
        return context.http.source_ip.as_deref()?.parse().ok();
    }
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

fn redirect(status: RedirectStatus, location: &Location<'_>) -> Response {
    let headers = [
        (LOCATION, location.as_str()),
        (CACHE_CONTROL, browser_cache_control(status)),
        (REFERRER_POLICY, decision::REFERRER_POLICY),
        // A search engine should know the destination, not the short link.
        (ROBOTS, "noindex"),
    ];
    let status = StatusCode::from_u16(status.into()).unwrap_or(StatusCode::FOUND);
    (status, headers).into_response()
}

/// Where the link leads, for those who want to know before they go.
fn preview(location: &Location<'_>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "private, no-store"),
        (ROBOTS, "noindex"),
    ];
    (headers, format!("This link leads to:\n{}\n", location.as_str())).into_response()
}

/// The cause goes to the log as that of any other problem.
fn in_trouble(problem: Problem) -> Response {
    let page = match problem.status() {
        StatusCode::SERVICE_UNAVAILABLE => VisitorPage::UNAVAILABLE,
        _ => VisitorPage::BROKEN,
    };
    let mut response = page.into_response();
    response.extensions_mut().insert(problem.into_trace());
    response
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
