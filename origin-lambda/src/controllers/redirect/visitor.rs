//! What the origin reads of a visitor's request. Trusts no header about who the visitor is.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT_LANGUAGE, HOST, REFERER, USER_AGENT};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method};
use classify::ClassifierInput;
use lambda_http::request::RequestContext;
use link_core::redirect::{PURPOSE_HEADERS, VisitorRequest};
use url::Url;

/// The texts of a request, in the form in which the edge's runtime hands them over: path and query as the WHATWG parser
/// serialises them, headers as UTF-8 with invalid bytes replaced.
pub(super) struct VisitorTexts<'a> {
    url: Url,
    user_agent: Option<Cow<'a, str>>,
    languages: Option<Cow<'a, str>>,
    referrer: Option<Cow<'a, str>>,
    purposes: [Cow<'a, str>; PURPOSE_HEADERS.len()],
}

impl<'a> VisitorTexts<'a> {
    /// `None` where the target is not a path.
    pub(super) fn new(parts: &'a Parts) -> Option<Self> {
        let target = parts.uri.path_and_query()?;
        let text =
            |name: &str| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Some(Self {
            url: Url::parse(&format!("http://localhost{target}")).ok()?,
            user_agent: text(USER_AGENT.as_str()),
            languages: text(ACCEPT_LANGUAGE.as_str()),
            referrer: text(REFERER.as_str()),
            purposes: PURPOSE_HEADERS.map(|name| text(name).unwrap_or_default()),
        })
    }

    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    pub(super) fn query(&self) -> &str {
        self.url.query().unwrap_or_default()
    }

    /// Country, region, city and autonomous system are known to the edge only.
    pub(super) fn request(&self, parts: &Parts) -> VisitorRequest<'_> {
        VisitorRequest {
            query: self.query(),
            country: None,
            region_code: None,
            city: None,
            asn: None,
            address: address(parts),
            user_agent: self.user_agent.as_deref(),
            languages: self.languages.as_deref(),
            referrer: self.referrer.as_deref(),
            purposes: self.purposes.each_ref().map(AsRef::as_ref),
        }
    }
}

pub(super) fn classifier_input<'a>(parts: &Parts, request: &VisitorRequest<'a>) -> ClassifierInput<'a> {
    ClassifierInput {
        head: parts.method == Method::HEAD,
        purpose: request.purpose(),
        user_agent: request.user_agent,
        asn: request.asn,
    }
}

/// What a request names with its path outranks the header (RFC 9112, section 3.2.2).
pub(super) fn host(parts: &Parts) -> Option<&str> {
    parts.uri.authority().map(Authority::as_str).or_else(|| header(&parts.headers, &HOST))
}

/// An API Gateway takes https only; a plain server is behind whatever its operator put there, and speaks http itself.
pub(super) fn is_https(parts: &Parts) -> bool {
    matches!(parts.extensions.get(), Some(RequestContext::ApiGatewayV2(_)))
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// By the platform, or else by the connection: anyone may have written a header.
fn address(parts: &Parts) -> Option<IpAddr> {
    if let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get() {
        return context.http.source_ip.as_deref()?.parse().ok();
    }
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}
