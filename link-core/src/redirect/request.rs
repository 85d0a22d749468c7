//! The parts of a visitor's request that a redirect uses, and the route of its path before any lookup.

use std::net::IpAddr;

use super::qr_image::QrImage;
use super::{Answer, DomainRoute, PageContext};
use crate::clicks::batch::Purpose;
use crate::names::domain::Domain;
use crate::names::reserved::is_reserved;
use crate::record::domain::DomainDocument;
use crate::record::user_agent;
use crate::redirect::link_path::{LinkPath, link_path};
use crate::redirect::visit::Method;

/// The headers with which a client states that nobody follows the link right now. The first is the standard header; older browsers
/// sent the others, and messengers still do.
pub const PURPOSE_HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitorRequest<'a> {
    /// The text after the question mark.
    pub query: &'a str,
    pub country: Option<&'a str>,
    /// Within the country: `TX`.
    pub region_code: Option<&'a str>,
    pub city: Option<&'a str>,
    /// The number of the autonomous system.
    pub asn: Option<u32>,
    pub address: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
    /// The `Accept-Language` header.
    pub languages: Option<&'a str>,
    pub referrer: Option<&'a str>,
    /// The values of [`PURPOSE_HEADERS`]; an absent header is empty.
    pub purposes: [&'a str; PURPOSE_HEADERS.len()],
}

impl VisitorRequest<'_> {
    pub fn purpose(&self) -> Option<Purpose> {
        Purpose::of(self.purposes)
    }

    /// Whether the visitor may fetch a link preview, by what the edge can tell cheaply. The origin classifies those who may.
    #[inline]
    pub fn may_be_preview(&self) -> bool {
        user_agent::may_be_preview(self.user_agent.unwrap_or_default())
            || self.purpose() == Some(Purpose::Preview)
    }
}

/// What a path on a domain for links refers to.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkRoute<'a> {
    Link(LinkPath<'a>),
    Domain(DomainRoute),
    /// A path that no link can have, and no domain answers.
    NoLink,
}

impl<'a> LinkRoute<'a> {
    /// Parses a percent-encoded path that begins with a slash; `query` is the text after the question mark. For `nfc`, see [`link_path`].
    pub fn of(path: &'a str, query: &str, nfc: impl Fn(&str) -> String) -> Self {
        match path {
            "/" => Self::Domain(DomainRoute::Home),
            "/robots.txt" => Self::Domain(DomainRoute::Robots),
            _ => match DomainDocument::at_path(path) {
                Some(document) => Self::Domain(DomainRoute::File(document)),
                None => match QrImage::at(path, query, &nfc) {
                    Some(image) => Self::Domain(DomainRoute::Qr(image)),
                    None => link_path(path, nfc).map_or_else(|| Self::without_link(path), Self::Link),
                },
            },
        }
    }

    /// Programs ask for reserved paths, and must not be led elsewhere.
    fn without_link(path: &str) -> Self {
        match path.strip_prefix('/') {
            Some(rest) if !is_reserved(rest.split('/').next().unwrap_or_default()) => {
                Self::Domain(DomainRoute::Unknown(path.to_owned()))
            }
            _ => Self::NoLink,
        }
    }

    /// What to look up, or the response if no lookup is needed.
    pub fn target_or_answer(
        self,
        method: Option<Method>,
        context: PageContext<'_>,
    ) -> Result<RouteTarget<'a>, Answer> {
        match (self, method) {
            (Self::Link(path), Some(method)) => Ok(RouteTarget::Link(path, method)),
            (Self::Domain(route), Some(Method::Get | Method::Head)) => Ok(RouteTarget::Domain(route)),
            (Self::Link(_) | Self::Domain(_), _) => Err(Answer::method_not_allowed(context)),
            (Self::NoLink, _) => Err(Answer::not_found(context)),
        }
    }
}

/// What a request asks for, once its method is known.
#[derive(Debug, PartialEq, Eq)]
pub enum RouteTarget<'a> {
    Link(LinkPath<'a>, Method),
    Domain(DomainRoute),
}

/// The name under which a visit without a link is counted.
pub fn orphan_name(domain: &Domain, path: &str) -> String {
    format!("{}{path}", domain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_refers_to_a_link_the_domain_or_nothing() {
        for (path, expected) in [
            ("/", LinkRoute::Domain(DomainRoute::Home)),
            ("/robots.txt", LinkRoute::Domain(DomainRoute::Robots)),
            (
                "/.well-known/assetlinks.json",
                LinkRoute::Domain(DomainRoute::File(DomainDocument::AssetLinks)),
            ),
            ("/.well-known/shortline-domain", LinkRoute::NoLink),
            ("/.well-known/security.txt", LinkRoute::NoLink),
            ("", LinkRoute::NoLink),
            ("/dashboard", LinkRoute::NoLink),
            ("/internal/v1/links/a/00Aa9Zz", LinkRoute::NoLink),
            ("/rest/v3", LinkRoute::NoLink),
            ("//00Aa9Zz", LinkRoute::Domain(DomainRoute::Unknown("//00Aa9Zz".to_owned()))),
            ("/@name", LinkRoute::Domain(DomainRoute::Unknown("/@name".to_owned()))),
        ] {
            assert_eq!(LinkRoute::of(path, "", str::to_owned), expected, "{path}");
        }
        for path in
            ["/00Aa9Zz", "/00Aa9Zz+", "/summer/sale", "/00Aa9Z%7A", "/gr%C3%BCn", "/support", "/00Aa9Zz."]
        {
            assert!(matches!(LinkRoute::of(path, "", str::to_owned), LinkRoute::Link(_)), "{path}");
        }
    }

    #[test]
    fn path_that_no_link_can_have_needs_no_lookup() {
        let status = |path, method| {
            LinkRoute::of(path, "", str::to_owned)
                .target_or_answer(method, PageContext::default())
                .map_err(|response| response.status)
        };
        assert!(status("/00Aa9Zz", Some(Method::Post)).is_ok());
        assert_eq!(status("/00Aa9Zz", None).err(), Some(405));
        assert_eq!(status("/", Some(Method::Head)), Ok(RouteTarget::Domain(DomainRoute::Home)));
        assert_eq!(status("/", Some(Method::Post)).err(), Some(405));
        assert_eq!(status("/rest/v3", Some(Method::Get)).err(), Some(404));
    }
}
