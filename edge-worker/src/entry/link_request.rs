//! A request for a link.

use std::borrow::Cow;

use link_core::names::domain::Domain;
use link_core::redirect::VisitorRequest;
use link_core::redirect::link_path::LinkPath;
use link_core::redirect::visit::Method;

use edge_runtime::request_target::RequestTarget;

pub struct LinkRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: RequestTarget<'a>,
    pub method: Method,
    pub visitor: VisitorRequest<'a>,
    pub is_https: bool,
}
