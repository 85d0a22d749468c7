//! A request for a link, and one for the domain itself.

use std::borrow::Cow;

use link_core::names::domain::Domain;
use link_core::redirect::link_path::LinkPath;
use link_core::redirect::visit::Method;
use link_core::redirect::{DomainRoute, VisitorRequest};

use edge_runtime::request_target::RequestTarget;

pub struct LinkRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: RequestTarget<'a>,
    pub method: Method,
    pub visitor: VisitorRequest<'a>,
    pub is_https: bool,
}

/// A request for the bare domain, its `robots.txt`, one of its files, or a link's QR code.
pub struct DomainRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub route: DomainRoute,
}
