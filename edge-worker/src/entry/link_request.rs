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

/// A request that a document of the domain answers: for the bare domain, one of its files, a QR code, or a path that no link can have.
pub struct DomainRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub route: DomainRoute,
}
