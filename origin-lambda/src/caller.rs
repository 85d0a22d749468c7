//! Finds out who calls: looks up the key or the session of a request. Nothing is cached, so that a revoked key and an ended session
//! stop with the next request. [`crate::router`] decides which route requires which role.

use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use link_core::edge_origin::CLIENT_HOST;
use link_core::session::{FETCH_SITE, PAGE_HEADER};
use link_core::time::UnixMillis;

use crate::app::App;
use crate::auth::session::SessionHash;
use crate::auth::{AccessDenied, Credential, KeyBounds, Principal, Right};
use crate::http::problem::{self, Problem};
use crate::store::keys::StoredKey;
use crate::store::sessions::Session;

#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// `None` for the bootstrap key, which has no limits.
    pub(crate) key: Option<StoredKey>,
    /// `None` if the request itself carries the key.
    pub(crate) session: Option<Session>,
}

impl Caller {
    pub(crate) fn bounds(&self) -> KeyBounds {
        self.key.as_ref().map_or_else(KeyBounds::default, |key| key.bounds.clone())
    }

    /// Whether the caller's role and bounds include the right.
    pub(crate) fn check_right(&self, right: Right) -> Result<(), AccessDenied> {
        if self.principal.role() < right.role() {
            return Err(AccessDenied::Forbidden);
        }
        let is_allowed = self.key.as_ref().is_none_or(|key| key.bounds.allow(right));
        if is_allowed { Ok(()) } else { Err(AccessDenied::OutOfBounds) }
    }
}

/// Runs a call if the caller's key is below its limit and has the right. `refuse` shows what was wrong. The response tells the limits
/// of the key.
pub(crate) async fn run_call(
    app: &App,
    caller: &Caller,
    right: Right,
    refuse: impl FnOnce(Problem) -> Response,
    call: impl Future<Output = Response>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let mut counted = None;
    if let Some(key) = &caller.key {
        counted = Some((key, app.rate_limits.count_request(&app.links, key, now).await?));
    }
    let mut response = if counted.is_some_and(|(_, quota)| !quota.fits()) {
        refuse(problem::rate_limited())
    } else if let Err(denied) = caller.check_right(right) {
        refuse(denied.into())
    } else {
        call.await
    };
    if let Some((key, quota)) = counted {
        app.rate_limits.quotas(quota, key, now).insert_headers(response.headers_mut());
    }
    Ok(response)
}

/// The parts of a request that tell who sent it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestSource<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
}

pub(crate) async fn identify(app: &App, source: RequestSource<'_>) -> Result<Caller, Problem> {
    let now = app.clock.now();
    match app.access.credential(source.headers)? {
        Credential::Session(token) => {
            // For a page on another host, this one has no sessions.
            check_host(app, source).map_err(|_| AccessDenied::MissingKey)?;
            check_sender(source)?;
            in_session(app, token, now).await
        }
        credential => with_key(app, credential, now).await,
    }
}

/// The holder of a key.
pub(crate) async fn with_key(app: &App, credential: Credential, now: UnixMillis) -> Result<Caller, Problem> {
    let Credential::Key(hash) = credential else {
        return Ok(Caller { principal: Principal::Bootstrap, key: None, session: None });
    };
    of_stored_key(app.links.stored_key(hash).await?, now)
}

/// The holder of a key that was found, if it was.
pub(crate) fn of_stored_key(key: Option<StoredKey>, now: UnixMillis) -> Result<Caller, Problem> {
    let key = key.ok_or(AccessDenied::InvalidKey)?;
    key.check_valid(now)?;
    let StoredKey { id, role, links_per_minute, .. } = &key;
    let (id, role, links_per_minute) = (*id, *role, *links_per_minute);
    Ok(Caller { principal: Principal::Key { id, role, links_per_minute }, key: Some(key), session: None })
}

/// A session is worth what its key is worth now.
async fn in_session(app: &App, token: SessionHash, now: UnixMillis) -> Result<Caller, Problem> {
    let (session, key) = app.links.session(token, now).await?.ok_or(AccessDenied::EndedSession)?;
    let credential = if session.principal.is_nil() {
        if key != app.access.admin_key_mark() {
            return Err(AccessDenied::EndedSession.into());
        }
        Credential::Bootstrap
    } else {
        Credential::Key(key)
    };
    let ended = |problem: Problem| {
        if problem.status().is_server_error() { problem } else { AccessDenied::EndedSession.into() }
    };
    let caller = with_key(app, credential, now).await.map_err(ended)?;
    Ok(Caller { session: Some(session), ..caller })
}

/// Sessions are made and accepted on the dashboard's host only, so that no link shares an origin with one.
pub(crate) fn check_host(app: &App, source: RequestSource<'_>) -> Result<(), AccessDenied> {
    let host = client_host(app, source);
    if host.is_some_and(|host| app.site.has_dashboard(&host)) { Ok(()) } else { Err(AccessDenied::WrongHost) }
}

/// Refuses what another page may have made the browser send: the cookie alone does not prove that the person wanted it.
pub(crate) fn check_sender(
    RequestSource { method, headers, .. }: RequestSource<'_>,
) -> Result<(), AccessDenied> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    // Browsers older than 2023 do not send it.
    let same_origin = headers.get(FETCH_SITE).is_none_or(|site| site == "same-origin");
    if same_origin && headers.contains_key(PAGE_HEADER) { Ok(()) } else { Err(AccessDenied::CrossSite) }
}

fn client_host(app: &App, RequestSource { uri, headers, .. }: RequestSource<'_>) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok()?.parse::<Authority>().ok();
    let authority = if app.access.is_edge(headers) {
        header(CLIENT_HOST)
    } else {
        uri.authority().cloned().or_else(|| header(HOST.as_str()))
    };
    Some(authority?.host().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(method: Method, headers: &[(&'static str, &'static str)]) -> Result<(), AccessDenied> {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check_sender(RequestSource { method: &method, uri: &Uri::default(), headers: &headers })
    }

    #[test]
    fn only_the_dashboards_page_may_change_anything() {
        let page = (PAGE_HEADER, "1");
        for method in [Method::POST, Method::PATCH, Method::DELETE, Method::PUT] {
            assert_eq!(outcome(method.clone(), &[page]), Ok(()));
            assert_eq!(outcome(method.clone(), &[page, (FETCH_SITE, "same-origin")]), Ok(()));
            assert_eq!(outcome(method.clone(), &[]), Err(AccessDenied::CrossSite));
            assert_eq!(outcome(method.clone(), &[(FETCH_SITE, "same-origin")]), Err(AccessDenied::CrossSite));
            for site in ["cross-site", "same-site", "none", ""] {
                let sent = outcome(method.clone(), &[page, (FETCH_SITE, site)]);
                assert_eq!(sent, Err(AccessDenied::CrossSite), "{method} {site}");
            }
        }
    }

    #[test]
    fn reading_needs_no_header() {
        assert_eq!(outcome(Method::GET, &[]), Ok(()));
        assert_eq!(outcome(Method::HEAD, &[(FETCH_SITE, "none")]), Ok(()));
    }
}
