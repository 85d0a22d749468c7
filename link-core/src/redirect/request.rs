//! The parts of a visitor's request that a redirect uses, and the route of its path before any lookup.

use std::net::IpAddr;

use super::Answer;
use crate::clicks::batch::Purpose;
use crate::names::destination::Destination;
use crate::names::domain::Domain;
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
}

/// What a path on a domain for links refers to.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkRoute<'a> {
    Link(LinkPath<'a>),
    /// The domain itself: the path is `/`.
    Root,
    Robots,
    /// A path that no link can have.
    NoLink,
}

impl<'a> LinkRoute<'a> {
    /// Parses a percent-encoded path that begins with a slash. For `nfc`, see [`link_path`].
    pub fn of(path: &'a str, nfc: impl Fn(&str) -> String) -> Self {
        match path {
            "/" => Self::Root,
            "/robots.txt" => Self::Robots,
            _ => link_path(path, nfc).map_or(Self::NoLink, Self::Link),
        }
    }

    /// The path and method to follow a link, or the response if no lookup is needed.
    pub fn path_or_answer(
        self,
        method: Option<Method>,
        fallback: Option<&Destination>,
    ) -> Result<(LinkPath<'a>, Method), Answer> {
        match (self, method) {
            (Self::Link(path), Some(method)) => Ok((path, method)),
            (Self::Link(_), None) => Err(Answer::method_not_allowed()),
            (Self::Root, _) => Err(Answer::no_link(fallback)),
            (Self::Robots, _) => Err(Answer::robots()),
            (Self::NoLink, _) => Err(Answer::not_found()),
        }
    }
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
            ("/", LinkRoute::Root),
            ("/robots.txt", LinkRoute::Robots),
            ("", LinkRoute::NoLink),
            ("/dashboard", LinkRoute::NoLink),
            ("/internal/v1/links/a/00Aa9Zz", LinkRoute::NoLink),
            ("//00Aa9Zz", LinkRoute::NoLink),
        ] {
            assert_eq!(LinkRoute::of(path, str::to_owned), expected, "{path}");
        }
        for path in
            ["/00Aa9Zz", "/00Aa9Zz+", "/summer/sale", "/00Aa9Z%7A", "/gr%C3%BCn", "/support", "/00Aa9Zz."]
        {
            assert!(matches!(LinkRoute::of(path, str::to_owned), LinkRoute::Link(_)), "{path}");
        }
    }

    #[test]
    fn only_a_link_with_a_known_method_needs_a_lookup() {
        let status = |path, method| {
            LinkRoute::of(path, str::to_owned)
                .path_or_answer(method, None)
                .map_err(|response| response.status)
        };
        assert!(status("/00Aa9Zz", Some(Method::Post)).is_ok());
        assert_eq!(status("/00Aa9Zz", None), Err(405));
        assert_eq!(status("/", Some(Method::Get)), Err(404));
        assert_eq!(status("/robots.txt", Some(Method::Get)), Err(200));
        assert_eq!(status("/rest/v3", Some(Method::Get)), Err(404));
    }
}
