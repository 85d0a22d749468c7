//! Routes: which path leads to which handler, who may use it, and the middleware of every request. The same under both runtimes.

mod api_headers;
mod cors;
mod edge_body;
mod edge_changes;
mod key_guard;
mod measurement;
mod request_log;
mod server_span;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, any, get, on};
use axum::{Extension, Router};
use link_core::compatible_apis::{CompatibleApis, YOURLS_PATH};
use link_core::edge_origin::{
    CHANGES_ROUTE, CONFIRM_ROUTE, GATE_ROUTE, KEY_ROUTE, RESOLVE_ALL_ROUTE, RESOLVE_ROUTE, UNLOCK_ROUTE,
};
use link_core::webhooks::{LEASE_ROUTE, OUTCOMES_ROUTE};

use crate::app::App;
use crate::auth::Right;
use crate::controllers::documentation::{self, ApiDescription};
use crate::controllers::{
    audit, blocked_hosts, campaign_presets, click_accounting, clicks, domains, health, imports, internal,
    keys, links, log_levels, orphan_visits, redirect, sessions, shares, shlink, statistics, tags, webhooks,
    yourls,
};
use crate::http::pages;
use crate::http::problem::{self, Problem};
use crate::limits;
use key_guard::KeyRequirement;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Below [`link_core::compatible_apis::SHLINK_PREFIX`]. The pattern keeps codes out of logs and spans.
const SHLINK_ROUTE: &str = "/rest/{*path}";

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Anyone,
    /// A request with the edge's secret; for others the path does not exist.
    Edge,
    /// A key whose role and bounds include the right.
    Keys(Right),
}

/// A method of a path, its handler, and who may use it.
#[derive(Debug)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
    takes_query: bool,
    handler: MethodRouter<Arc<App>>,
}

/// All routes and who may use them.
pub fn routes() -> Vec<Route> {
    use Audience::{Anyone, Edge, Keys};
    use Right::{Administer, Change, Create, Delete, OwnKey, Read, Statistics};
    vec![
        route(GET, "/api/v1/links", Keys(Read), links::list::list).with_query(),
        route(POST, "/api/v1/links", Keys(Create), links::create::create),
        route(POST, "/api/v1/links/bulk", Keys(Create), links::bulk::create),
        route(PATCH, "/api/v1/links/bulk", Keys(Change), links::bulk_change::change),
        route(DELETE, "/api/v1/links/bulk", Keys(Delete), links::bulk_change::delete),
        route(PUT, "/api/v1/links/external/{external_id}", Keys(Change), links::upsert::upsert),
        route(GET, "/api/v1/links/{id}", Keys(Read), links::read::read),
        route(PATCH, "/api/v1/links/{id}", Keys(Change), links::change::change),
        route(DELETE, "/api/v1/links/{id}", Keys(Delete), links::delete::delete),
        route(POST, "/api/v1/links/{id}/restore", Keys(Change), links::restore::restore),
        route(GET, "/api/v1/links/{id}/history", Keys(Read), links::history::history).with_query(),
        route(GET, "/api/v1/links/{id}/qr", Keys(Read), links::qr::qr).with_query(),
        route(GET, "/api/v1/links/{id}/stats", Keys(Statistics), links::stats::stats).with_query(),
        route(POST, "/api/v1/links/{id}/shares", Keys(Change), shares::of_link::create),
        route(GET, "/api/v1/links/{id}/shares", Keys(Change), shares::of_link::list).with_query(),
        route(DELETE, "/api/v1/links/{id}/shares/{share}", Keys(Change), shares::of_link::delete),
        route(GET, "/api/v1/links/{id}/clicks", Keys(Statistics), clicks::list::list).with_query(),
        route(DELETE, "/api/v1/links/{id}/clicks", Keys(Administer), clicks::erase::erase_link),
        route(GET, "/api/v1/clicks", Keys(Statistics), clicks::follow::follow).with_query(),
        route(GET, "/api/v1/visitors/{hash}", Keys(Administer), clicks::visitor::read).with_query(),
        route(DELETE, "/api/v1/visitors/{hash}", Keys(Administer), clicks::erase::erase_visitor),
        route(GET, "/api/v1/stats", Keys(Statistics), statistics::read::stats).with_query(),
        route(GET, "/api/v1/orphans", Keys(Statistics), orphan_visits::list).with_query(),
        route(DELETE, "/api/v1/orphans", Keys(Administer), orphan_visits::delete).with_query(),
        route(GET, "/api/v1/pipeline", Keys(Statistics), click_accounting::read).with_query(),
        route(GET, "/api/v1/keys", Keys(Administer), keys::list::list).with_query(),
        route(POST, "/api/v1/keys", Keys(Administer), keys::create::create),
        route(GET, "/api/v1/keys/current", Keys(OwnKey), keys::current::current),
        route(GET, "/api/v1/keys/{id}", Keys(Administer), keys::read::read),
        route(DELETE, "/api/v1/keys/{id}", Keys(Administer), keys::revoke::revoke),
        route(POST, "/api/v1/keys/{id}/rotate", Keys(Administer), keys::rotate::rotate),
        route(GET, "/api/v1/keys/{id}/yourls-secret", Keys(Administer), keys::yourls_secret::read),
        route(POST, "/api/v1/sessions", Anyone, sessions::create::create),
        route(GET, "/api/v1/sessions", Keys(OwnKey), sessions::list::list).with_query(),
        route(DELETE, "/api/v1/sessions", Keys(OwnKey), sessions::sign_out::everywhere),
        route(GET, "/api/v1/sessions/current", Keys(OwnKey), sessions::current::current),
        route(DELETE, "/api/v1/sessions/current", Keys(OwnKey), sessions::sign_out::here),
        route(DELETE, "/api/v1/sessions/{id}", Keys(OwnKey), sessions::sign_out::one),
        route(GET, "/api/v1/campaign-presets", Keys(OwnKey), campaign_presets::list).with_query(),
        route(POST, "/api/v1/campaign-presets", Keys(OwnKey), campaign_presets::save),
        route(DELETE, "/api/v1/campaign-presets/{id}", Keys(OwnKey), campaign_presets::remove),
        route(GET, "/api/v1/domains", Keys(Read), domains::list::list).with_query(),
        route(POST, "/api/v1/domains", Keys(Administer), domains::create::create),
        route(GET, "/api/v1/domains/{host}", Keys(Read), domains::read::read),
        route(PATCH, "/api/v1/domains/{host}", Keys(Administer), domains::change::change),
        route(DELETE, "/api/v1/domains/{host}", Keys(Administer), domains::remove::remove),
        route(GET, "/api/v1/blocked-hosts", Keys(Administer), blocked_hosts::list::list).with_query(),
        route(POST, "/api/v1/blocked-hosts", Keys(Administer), blocked_hosts::create::create),
        route(DELETE, "/api/v1/blocked-hosts/{host}", Keys(Administer), blocked_hosts::remove::remove),
        route(GET, "/api/v1/imports", Keys(Create), imports::list::list).with_query(),
        route(POST, "/api/v1/imports", Keys(Create), imports::open::open),
        route(GET, "/api/v1/imports/{id}", Keys(Create), imports::read::read),
        route(POST, "/api/v1/imports/{id}/rows", Keys(Create), imports::rows::write),
        route(POST, "/api/v1/imports/{id}/visits", Keys(Create), imports::visits::write),
        route(POST, "/api/v1/imports/{id}/days", Keys(Create), imports::days::write),
        route(POST, "/api/v1/imports/{id}/finish", Keys(Create), imports::finish::finish),
        route(GET, "/api/v1/imports/{id}/failures", Keys(Create), imports::failures::list).with_query(),
        route(GET, "/api/v1/audit", Keys(Administer), audit::list).with_query(),
        route(GET, "/api/v1/log-levels", Keys(Administer), log_levels::list),
        route(PUT, "/api/v1/log-levels/{module}", Keys(Administer), log_levels::raise),
        route(DELETE, "/api/v1/log-levels/{module}", Keys(Administer), log_levels::remove),
        route(GET, "/api/v1/tags", Keys(Read), tags::list::list).with_query(),
        route(PATCH, "/api/v1/tags/{name}", Keys(Change), tags::rename::rename),
        route(DELETE, "/api/v1/tags/{name}", Keys(Change), tags::remove::remove),
        route(POST, "/api/v1/tags/{name}/shares", Keys(Change), shares::of_tag::create),
        route(GET, "/api/v1/tags/{name}/shares", Keys(Change), shares::of_tag::list).with_query(),
        route(DELETE, "/api/v1/tags/{name}/shares/{share}", Keys(Change), shares::of_tag::delete),
        route(GET, "/api/v1/shared/{token}", Anyone, shares::shared::read),
        route(GET, "/api/v1/webhooks", Keys(Administer), webhooks::list::list).with_query(),
        route(POST, "/api/v1/webhooks", Keys(Administer), webhooks::create::create),
        route(GET, "/api/v1/webhooks/{id}", Keys(Administer), webhooks::read::read),
        route(PATCH, "/api/v1/webhooks/{id}", Keys(Administer), webhooks::change::change),
        route(DELETE, "/api/v1/webhooks/{id}", Keys(Administer), webhooks::delete::delete),
        route(POST, "/api/v1/webhooks/{id}/rotate", Keys(Administer), webhooks::rotate::rotate),
        route(POST, "/api/v1/webhooks/{id}/test", Keys(Administer), webhooks::test::test),
        route(GET, "/api/v1/webhooks/{id}/deliveries", Keys(Administer), webhooks::deliveries::list)
            .with_query(),
        route(
            POST,
            "/api/v1/webhooks/{id}/deliveries/replay",
            Keys(Administer),
            webhooks::deliveries::replay,
        ),
        route(GET, "/api/v1/openapi.json", Anyone, documentation::document),
        route(GET, "/api/docs", Anyone, documentation::page),
        route(GET, RESOLVE_ROUTE, Edge, internal::resolve::resolve),
        route(GET, KEY_ROUTE, Edge, internal::key::may_write),
        route(GET, RESOLVE_ALL_ROUTE, Edge, internal::resolve::resolve_all),
        route(GET, CHANGES_ROUTE, Edge, internal::changes::pull),
        route(POST, CONFIRM_ROUTE, Edge, internal::changes::confirm),
        route(POST, UNLOCK_ROUTE, Edge, internal::unlock::unlock),
        route(POST, GATE_ROUTE, Edge, internal::gate::ask),
        route(POST, LEASE_ROUTE, Edge, internal::webhooks::lease),
        route(POST, OUTCOMES_ROUTE, Edge, internal::webhooks::report),
        route(GET, "/healthz", Anyone, health::live::live),
        route(GET, "/readyz", Anyone, health::ready::ready),
    ]
}

fn route<H, T>(method: Method, path: &'static str, audience: Audience, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    // All methods above have a filter.
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    Route { method, path, audience, takes_query: false, handler: on(filter, handler) }
}

impl Route {
    /// The handler reads the query string; other routes reject any query.
    fn with_query(self) -> Self {
        Self { takes_query: true, ..self }
    }
}

/// `description` is handed in, since it is written from these routes.
pub fn router(app: Arc<App>, description: ApiDescription) -> Router {
    let mut router = Router::new();
    let redirects_only = app.redirects.failover_domain.is_some();
    let routes = if redirects_only { Vec::new() } else { routes() };
    for Route { path, audience, takes_query, handler, .. } in routes {
        let handler = match audience {
            Audience::Anyone => handler,
            // Without `any`, axum would list the path's methods in `Allow` for other methods, after the middleware that hides the
            // path.
            Audience::Edge => any(method_not_allowed).merge(handler),
            Audience::Keys(right) => {
                let handler =
                    if takes_query { handler } else { handler.route_layer(from_fn(pages::reject_query)) };
                handler.route_layer(from_fn_with_state(
                    KeyRequirement { app: app.clone(), right },
                    key_guard::require_key,
                ))
            }
        };
        router = router.route(path, handler);
    }
    if !redirects_only {
        router = with_compatible_apis(router, app.compatible_apis.served);
    }
    let router = router
        .fallback(redirect::follow)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Extension(description))
        .layer(DefaultBodyLimit::max(limits::MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), edge_changes::append))
        .layer(from_fn_with_state(app.clone(), edge_body::buffer))
        .layer(from_fn_with_state(app.clone(), key_guard::hide_internal_routes));
    // A fail-over instance has no API.
    let router = if redirects_only {
        router
    } else {
        router.layer(from_fn_with_state(app.clone(), cors::add_headers))
    };
    router
        .layer(from_fn_with_state(app.clone(), api_headers::add))
        .layer(from_fn_with_state(app.clone(), measurement::measure))
        .layer(from_fn_with_state(app.clone(), request_log::log))
        .with_state(app)
}

/// Each finds out itself who calls and what that needs: the right depends on more than method and path.
fn with_compatible_apis(router: Router<Arc<App>>, served: CompatibleApis) -> Router<Arc<App>> {
    let mut router = router;
    if served.yourls {
        router = router.route(YOURLS_PATH, get(yourls::call).post(yourls::call));
    }
    if served.shlink {
        router = router.route(SHLINK_ROUTE, any(shlink::call));
    }
    router
}

async fn method_not_allowed() -> Problem {
    problem::method_not_allowed()
}
