//! What is answered with a document: a domain's bare address, `robots.txt`, its files, and pictures of QR codes; and the settings of a
//! domain for pages.

use std::rc::Rc;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::Resolution;
use link_core::record::domain::{DomainDocument, DomainSettings};
use link_core::redirect::{Answer, DomainRoute, HomeLinks};
use link_core::time::UnixMillis;
use worker::{Context, Env};

use super::admission;
use super::link_request::DomainRequest;
use super::visitor_lookup::{VisitorLookup, VisitorOrigin, visitor_lookup};
use crate::bindings::tasks::{self, RequestTasks};
use crate::isolate::Isolate;
use crate::requests::request_info::RequestInfo;
use crate::responses;
use crate::visitors::enumeration_guard::LookupVisitor;
use edge_runtime::bindings::runtime;
use edge_runtime::lookup::{Found, LinkKey, OriginError, from_memory};
use edge_runtime::traces::RequestTrace;

/// Answers a request for the domain itself, with the nearest copy of its document.
pub(super) async fn answer(
    isolate: &Rc<Isolate>,
    info: &RequestInfo<'_>,
    request: &DomainRequest<'_>,
    (env, context): (&Env, &Context),
    request_id: &str,
    trace: Option<&Rc<RequestTrace>>,
) -> Answer {
    let began = runtime::now();
    if let Err(seconds) = admission::admit(isolate, info.address, began) {
        return Answer::too_many_requests(seconds, info.page_context());
    }
    let visitor = LookupVisitor::new(
        info.address,
        admission::is_allow_listed(isolate, info.address),
        admission::check_misses(isolate, info.address, began).is_err(),
    );
    let origin = VisitorOrigin::new(isolate, request_id, visitor, trace);
    let lookup = visitor_lookup(isolate, origin, env, trace);
    let found = look_up(&lookup, &request.domain, request.route.document(), context).await;
    admission::report(isolate, info.address, env, context);
    match found {
        Ok(found) => {
            let resolution = &found.copy.resolution;
            if matches!((&request.route, resolution), (DomainRoute::Qr(_), Resolution::NotFound)) {
                // The name of a link may be guessed by its picture too.
                admission::count_misses(isolate, info.address, 1, runtime::now());
            }
            of_domain(isolate, info, request, resolution).served_from(found.tier, 0)
        }
        Err(error) => {
            tracing::error!(request_id, %error, "a domain could not be looked up");
            match request.route {
                // An application that loses its association here opens no links for days.
                DomainRoute::File(_) | DomainRoute::Qr(_) => {
                    responses::lookup_failed(&error, info.page_context())
                }
                // The replica has every domain that has settings.
                DomainRoute::Home | DomainRoute::Robots | DomainRoute::Unknown(_) => {
                    of_domain(isolate, info, request, &Resolution::NotFound)
                }
            }
        }
    }
}

fn of_domain(
    isolate: &Isolate,
    info: &RequestInfo<'_>,
    request: &DomainRequest<'_>,
    resolution: &Resolution,
) -> Answer {
    let links = HomeLinks {
        fallback: isolate.config.fallback_url.as_ref(),
        default_domain: &isolate.config.default_domain,
        dashboard_host: isolate.config.dashboard_host.as_ref(),
    };
    Answer::of_domain(&request.route, &request.domain, resolution, &links, info.page_context())
}

/// `None` where memory has no fresh copy.
pub(super) fn settings_from_memory(
    isolate: &Isolate,
    domain: &Domain,
    now: UnixMillis,
) -> Option<DomainSettings> {
    let key = LinkKey { domain: domain.clone(), code: DomainDocument::Settings.slug() };
    let found = from_memory(&isolate.memory, &key, now)?;
    Some(settings_of(&found.copy.resolution))
}

/// For an answer that is no redirect of a link. Where they cannot be looked up, the visitor gets what a domain without settings shows.
pub(super) async fn look_up_settings(
    lookup: &VisitorLookup,
    domain: &Domain,
    context: &Context,
) -> DomainSettings {
    let found = look_up(lookup, domain, DomainDocument::Settings.slug(), context).await;
    found.map_or_else(|_| DomainSettings::default(), |found| settings_of(&found.copy.resolution))
}

async fn look_up(
    lookup: &VisitorLookup,
    domain: &Domain,
    name: Slug,
    context: &Context,
) -> Result<Found, OriginError> {
    lookup.look_up_document(domain, name, &tasks::shared_lookups(), &RequestTasks(context)).await
}

fn settings_of(resolution: &Resolution) -> DomainSettings {
    match resolution {
        Resolution::Document { document, .. } => DomainSettings::parse(document),
        Resolution::Found { .. } | Resolution::Deleted { .. } | Resolution::NotFound => {
            DomainSettings::default()
        }
    }
}
