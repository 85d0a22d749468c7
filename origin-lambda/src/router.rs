//! Which path leads to which handler, who may take it, and what every request passes on its way. The same under both
//! runtimes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, any, on};
use link_core::edge_origin::{
    CHANGES_ROUTE, CONFIRM_ROUTE, GATE_ROUTE, KEY_ROUTE, RESOLVE_ALL_ROUTE, RESOLVE_ROUTE, UNLOCK_ROUTE,
};

use crate::app::App;
use crate::auth::{Entry, Role};
use crate::controllers::{
    blocked_hosts, clicks, documentation, domains, health, internal, keys, links, orphans, pipeline,
    redirect, stats, tags,
};
use crate::problem::Problem;
use crate::{
    announcement, api_headers, auth, cors, edge_body, limits, pages, problem, request_log, request_metrics,
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Anyone,
    /// Whoever has the edge's secret; for others the path does not exist.
    Edge,
    /// A key with this role or a higher one.
    Keys(Role),
}

/// A method of a path, and who may use it.
#[derive(Debug)]
pub struct Row {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
    takes_query: bool,
    handler: MethodRouter<Arc<App>>,
}

/// The one table of routes and of who may take them.
pub fn table() -> Vec<Row> {
    use Audience::{Anyone, Edge, Keys};
    use Role::{Admin, Editor, Reader};
    vec![
        row(GET, "/api/v1/links", Keys(Reader), links::list::list).with_query(),
        row(POST, "/api/v1/links", Keys(Editor), links::create::create),
        row(POST, "/api/v1/links/bulk", Keys(Editor), links::bulk::create),
        row(GET, "/api/v1/links/{id}", Keys(Reader), links::read::read),
        row(PATCH, "/api/v1/links/{id}", Keys(Editor), links::change::change),
        row(DELETE, "/api/v1/links/{id}", Keys(Editor), links::delete::delete),
        row(GET, "/api/v1/links/{id}/qr", Keys(Reader), links::qr::qr).with_query(),
        row(GET, "/api/v1/links/{id}/stats", Keys(Reader), links::stats::stats).with_query(),
        row(GET, "/api/v1/links/{id}/clicks", Keys(Reader), clicks::list::list).with_query(),
        row(DELETE, "/api/v1/links/{id}/clicks", Keys(Admin), clicks::erase::of_link),
        row(DELETE, "/api/v1/visitors/{hash}", Keys(Admin), clicks::erase::of_visitor),
        row(GET, "/api/v1/stats", Keys(Reader), stats::stats).with_query(),
        row(GET, "/api/v1/orphans", Keys(Reader), orphans::list).with_query(),
        row(DELETE, "/api/v1/orphans", Keys(Admin), orphans::delete).with_query(),
        row(GET, "/api/v1/pipeline", Keys(Reader), pipeline::pipeline).with_query(),
        row(GET, "/api/v1/keys", Keys(Admin), keys::list::list).with_query(),
        row(POST, "/api/v1/keys", Keys(Admin), keys::create::create),
        row(GET, "/api/v1/keys/{id}", Keys(Admin), keys::read::read),
        row(DELETE, "/api/v1/keys/{id}", Keys(Admin), keys::revoke::revoke),
        row(POST, "/api/v1/keys/{id}/rotate", Keys(Admin), keys::rotate::rotate),
        row(GET, "/api/v1/domains", Keys(Reader), domains::list::list).with_query(),
        row(POST, "/api/v1/domains", Keys(Admin), domains::create::create),
        row(GET, "/api/v1/domains/{host}", Keys(Reader), domains::read::read),
        row(DELETE, "/api/v1/domains/{host}", Keys(Admin), domains::remove::remove),
        row(GET, "/api/v1/blocked-hosts", Keys(Admin), blocked_hosts::list::list).with_query(),
        row(POST, "/api/v1/blocked-hosts", Keys(Admin), blocked_hosts::create::create),
        row(DELETE, "/api/v1/blocked-hosts/{host}", Keys(Admin), blocked_hosts::remove::remove),
        row(GET, "/api/v1/tags", Keys(Reader), tags::list::list).with_query(),
        row(PATCH, "/api/v1/tags/{name}", Keys(Editor), tags::rename::rename),
        row(DELETE, "/api/v1/tags/{name}", Keys(Editor), tags::remove::remove),
        row(GET, "/api/v1/openapi.json", Anyone, documentation::document),
        row(GET, "/api/docs", Anyone, documentation::page),
        row(GET, RESOLVE_ROUTE, Edge, internal::resolve::resolve),
        row(GET, KEY_ROUTE, Edge, internal::key::may_write),
        row(GET, RESOLVE_ALL_ROUTE, Edge, internal::resolve::resolve_all),
        row(GET, CHANGES_ROUTE, Edge, internal::changes::pull),
        row(POST, CONFIRM_ROUTE, Edge, internal::changes::confirm),
        row(POST, UNLOCK_ROUTE, Edge, internal::unlock::unlock),
        row(POST, GATE_ROUTE, Edge, internal::leave::leave),
        row(GET, "/healthz", Anyone, health::live::live),
        row(GET, "/readyz", Anyone, health::ready::ready),
    ]
}

fn row<H, T>(method: Method, path: &'static str, audience: Audience, handler: H) -> Row
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    // Each of the methods above is one that a filter knows.
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    Row { method, path, audience, takes_query: false, handler: on(filter, handler) }
}

impl Row {
    /// Its handler judges the query string; of any other row's, nothing is known.
    fn with_query(self) -> Self {
        Self { takes_query: true, ..self }
    }
}

pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    let redirects_only = app.redirects.failover_domain.is_some();
    let rows = if redirects_only { Vec::new() } else { table() };
    for Row { path, audience, takes_query, handler, .. } in rows {
        let handler = match audience {
            Audience::Anyone => handler,
            // `any` below: axum would name the methods of the path in `Allow`, to whoever tries another, and that after the
            // middleware that hides the path.
            Audience::Edge => any(method_not_allowed).merge(handler),
            Audience::Keys(role) => {
                let handler =
                    if takes_query { handler } else { handler.route_layer(from_fn(pages::refuse_query)) };
                handler.route_layer(from_fn_with_state(Entry { app: app.clone(), role }, auth::require_key))
            }
        };
        router = router.route(path, handler);
    }
    let router = router
        .fallback(redirect::follow)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(limits::MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), announcement::announce))
        .layer(from_fn_with_state(app.clone(), edge_body::read_whole))
        .layer(from_fn_with_state(app.clone(), auth::hide_internal_routes))
        .layer(from_fn(api_headers::protect));
    // A failover has no API.
    let router = if redirects_only { router } else { router.layer(from_fn(cors::open)) };
    router
        .layer(from_fn_with_state(app.clone(), request_metrics::measure))
        .layer(from_fn(request_log::log))
        .with_state(app)
}

async fn method_not_allowed() -> Problem {
    problem::method_not_allowed()
}
