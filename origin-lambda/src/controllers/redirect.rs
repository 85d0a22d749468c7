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
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use lambda_http::request::RequestContext;
use link_core::click_batch::{CacheTier, Click, MAX_AGENT_BYTES, MAX_LANGUAGE_BYTES, Purpose, bounded};
use link_core::decision::{self, Decision, GoneReason, Location, browser_cache_control, decide};
use link_core::domain::Domain;
use link_core::edge_origin::CACHE;
use link_core::link_path::{Candidate, LinkPath, link_path};
use link_core::record::{LinkRecord, RedirectStatus, Resolution};
use link_core::referrer;
use link_core::time::UnixMillis;
use link_core::visit::{Visit, Visitor};
use unicode_normalization::UnicodeNormalization;

use crate::app::App;
use crate::problem::{self, Problem};
use crate::request_log::RequestId;
use crate::store::StoreError;
use crate::visitor_page::{ROBOTS, VisitorPage};

/// Whoever asks for something below these is a program, and gets a problem document.
const API_SEGMENTS: [&str; 4] = ["api", "internal", "healthz", "readyz"];
/// The standard's, and what browsers sent before it and messengers still send.
const PURPOSE_HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

pub(crate) async fn follow(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let first_segment = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
    let followable = parts.method == Method::GET || parts.method == Method::HEAD;
    if !followable || API_SEGMENTS.contains(&first_segment) {
        return problem::not_found().into_response();
    }
    let mut response = match answer(&app, &parts).await {
        Ok(response) => response,
        Err(error) => in_trouble(Problem::from(error)),
    };
    response.headers_mut().insert(HeaderName::from_static(CACHE), HeaderValue::from_static("origin"));
    response
}

async fn answer(app: &App, parts: &Parts) -> Result<Response, StoreError> {
    let domain = domain(parts, app);
    let path = link_path(parts.uri.path(), |text| text.nfc().collect());
    let (Some(domain), Some(path)) = (domain, path) else {
        return Ok(VisitorPage::NOT_FOUND.into_response());
    };
    let (resolution, rest) = meant(app, &domain, &path.candidates).await?;
    Ok(match resolution {
        Resolution::Deleted { .. } if rest.is_empty() => VisitorPage::REMOVED.into_response(),
        // What goes on beyond a name never was one.
        Resolution::NotFound | Resolution::Deleted { .. } => VisitorPage::NOT_FOUND.into_response(),
        Resolution::Found { record } => decided(app, parts, &path, rest, &record).await,
    })
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

/// The link that is meant, with what the path holds beyond its name: the exact name, else the longest one that forwards
/// paths. Where there is none, what became of the exact name.
async fn meant<'a>(
    app: &App,
    domain: &Domain,
    candidates: &[Candidate<'a>],
) -> Result<(Resolution, &'a str), StoreError> {
    let mut exact = None;
    for candidate in candidates {
        let resolution = app.resolver.resolve(domain, &candidate.slug).await?;
        if matches!(&resolution, Resolution::Found { record } if record.is_meant_with(candidate.rest)) {
            return Ok((resolution, candidate.rest));
        }
        exact.get_or_insert((resolution, candidate.rest));
    }
    Ok(exact.unwrap_or((Resolution::NotFound, "")))
}

async fn decided(app: &App, parts: &Parts, path: &LinkPath<'_>, rest: &str, record: &LinkRecord) -> Response {
    let (headers, now) = (&parts.headers, app.clock.now());
    let visit = Visit {
        rest,
        // The preview shows nothing that came with the request but the path.
        query: if path.preview { "" } else { parts.uri.query().unwrap_or_default() },
        preview: path.preview,
        unlocked: false,
        // Only the edge knows it, and does not ask here.
        country: None,
        agent: header(headers, &USER_AGENT),
        languages: header(headers, &ACCEPT_LANGUAGE),
        visitor: address(parts).map(|address| Visitor { key: &app.redirects.split_key, address }),
    };
    match decide(record, &visit, now) {
        Decision::Redirect { status, location } => {
            app.shipping.record(&click(record, &visit, status, parts, now), now).await;
            redirect(status, &location)
        }
        Decision::Preview { location } => preview(&location),
        Decision::Password => VisitorPage::LOCKED.into_response(),
        Decision::NotYet => VisitorPage::NOT_YET.into_response(),
        Decision::Gone(GoneReason::Expired) => VisitorPage::EXPIRED.into_response(),
        Decision::Gone(GoneReason::Exhausted) => VisitorPage::EXHAUSTED.into_response(),
        Decision::Gone(GoneReason::Disabled) => VisitorPage::DISABLED.into_response(),
        Decision::Gone(GoneReason::Loop) => VisitorPage::LOOP.into_response(),
        Decision::NotFound => VisitorPage::NOT_FOUND.into_response(),
    }
}

fn click(
    record: &LinkRecord,
    visit: &Visit<'_>,
    status: RedirectStatus,
    parts: &Parts,
    now: UnixMillis,
) -> Click {
    let request = parts.extensions.get::<RequestId>().map(|RequestId(id)| id.clone());
    let purposes = PURPOSE_HEADERS.iter().filter_map(|name| parts.headers.get(*name)?.to_str().ok());
    Click {
        time: now,
        link: record.id,
        status,
        tier: CacheTier::Origin,
        head: parts.method == Method::HEAD,
        request: request.unwrap_or_default(),
        country: None,
        agent: visit.agent.and_then(|agent| bounded(agent, MAX_AGENT_BYTES)),
        referrer: header(&parts.headers, &REFERER).and_then(referrer::without_secrets),
        domain: Some(record.domain.to_string()),
        purpose: Purpose::of(purposes),
        network: None,
        language: visit.preferred_language().and_then(|language| bounded(language, MAX_LANGUAGE_BYTES)),
        destination: None,
        // The day's key is the edge's.
        visitor: None,
    }
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
