//! Names on a domain that ignores case. The domain's settings are read only where they may make a name another one.

use link_core::record::domain::DomainSettings;
use link_core::redirect::link_path::LinkPath;
use link_core::time::UnixMillis;
use worker::Context;

use super::domain_visit;
use super::link_request::LinkRequest;
use super::visitor_lookup::VisitorLookup;
use crate::isolate::Isolate;
use edge_runtime::bindings::runtime::fold;
use edge_runtime::lookup::OriginError;
use edge_runtime::lookup::candidates::{PathOutcome, ResolvedPath};

/// Where the names of a path are looked up.
pub(super) enum NamesOfPath<'a> {
    AsRequested,
    Folded(LinkPath<'a>),
}

impl<'a> NamesOfPath<'a> {
    /// `None` if memory does not know whether the domain ignores case.
    pub(super) fn from_memory(isolate: &Isolate, request: &LinkRequest<'a>, now: UnixMillis) -> Option<Self> {
        if !request.path.depends_on_case(&fold) {
            return Some(Self::AsRequested);
        }
        let settings = domain_visit::settings_from_memory(isolate, &request.domain, now)?;
        Some(Self::under(&request.path, &settings))
    }

    pub(super) async fn look_up(
        lookup: &VisitorLookup,
        request: &LinkRequest<'a>,
        context: &Context,
    ) -> Self {
        if !request.path.depends_on_case(&fold) {
            return Self::AsRequested;
        }
        let settings = domain_visit::look_up_settings(lookup, &request.domain, context).await;
        Self::under(&request.path, &settings)
    }

    fn under(path: &LinkPath<'a>, settings: &DomainSettings) -> Self {
        path_under(path, settings).map_or(Self::AsRequested, Self::Folded)
    }

    pub(super) fn path<'p>(&'p self, request: &'p LinkRequest<'a>) -> &'p LinkPath<'a> {
        match self {
            Self::AsRequested => &request.path,
            Self::Folded(path) => path,
        }
    }
}

/// The path whose names are to be looked up under these settings, if they are others.
pub(super) fn path_under<'a>(path: &LinkPath<'a>, settings: &DomainSettings) -> Option<LinkPath<'a>> {
    settings.ignore_case.then(|| path.ignoring_case(&fold)).flatten()
}

/// Whether a name that looks like a generated code was not found, and may still be an alias in another case.
pub(super) fn may_be_alias(path: &LinkPath<'_>, resolved: Result<&ResolvedPath<'_>, &OriginError>) -> bool {
    let is_found = resolved.is_ok_and(|resolved| matches!(resolved.outcome, PathOutcome::Link { .. }));
    !is_found && !path.depends_on_case(&fold) && path.ignoring_case(&fold).is_some()
}
