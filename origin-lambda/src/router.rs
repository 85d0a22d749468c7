//! Which path leads to which handler, who may take it, and what every request passes on its way. The same under both
//! runtimes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, delete, get, patch, post};
use link_core::edge_origin::{CHANGES_ROUTE, CONFIRM_ROUTE, RESOLVE_ROUTE, UNLOCK_ROUTE};

use crate::app::App;
use crate::auth::{Entry, Role};
use crate::controllers::{clicks, health, internal, links, orphans, pipeline, stats};
use crate::problem::Problem;
use crate::{announcement, auth, limits, problem, request_log};

/// Whom a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Anyone,
    /// Whoever has the edge's secret; for others the path does not exist.
    Edge,
    /// A key with this role or a higher one.
    Keys(Role),
}

type Route = (&'static str, Audience, MethodRouter<Arc<App>>);

/// The one table of routes and of who may take them.
fn routes() -> Vec<Route> {
    use Audience::{Anyone, Edge, Keys};
    use Role::{Admin, Editor, Reader};
    vec![
        ("/api/v1/links", Keys(Editor), post(links::create::create)),
        ("/api/v1/links/bulk", Keys(Editor), post(links::bulk::create)),
        ("/api/v1/links/{id}", Keys(Reader), get(links::read::read)),
        ("/api/v1/links/{id}", Keys(Editor), patch(links::change::change)),
        ("/api/v1/links/{id}", Keys(Editor), delete(links::delete::delete)),
        ("/api/v1/links/{id}/stats", Keys(Reader), get(links::stats::stats)),
        ("/api/v1/links/{id}/clicks", Keys(Reader), get(clicks::list::list)),
        ("/api/v1/links/{id}/clicks", Keys(Admin), delete(clicks::erase::of_link)),
        ("/api/v1/visitors/{hash}", Keys(Admin), delete(clicks::erase::of_visitor)),
        ("/api/v1/stats", Keys(Reader), get(stats::stats)),
        ("/api/v1/orphans", Keys(Reader), get(orphans::list)),
        ("/api/v1/pipeline", Keys(Reader), get(pipeline::pipeline)),
        (RESOLVE_ROUTE, Edge, get(internal::resolve::resolve)),
        (CHANGES_ROUTE, Edge, get(internal::changes::pull)),
        (CONFIRM_ROUTE, Edge, post(internal::changes::confirm)),
        (UNLOCK_ROUTE, Edge, post(internal::unlock::unlock)),
        ("/healthz", Anyone, get(health::live::live)),
        ("/readyz", Anyone, get(health::ready::ready)),
    ]
}

pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for (path, audience, handler) in routes() {
        let handler = match audience {
            Audience::Anyone => handler,
            // `any` below: axum would name the methods of the path in `Allow`, to whoever tries another, and that after the
            // middleware that hides the path.
            Audience::Edge => any(method_not_allowed).merge(handler),
            Audience::Keys(role) => {
                handler.route_layer(from_fn_with_state(Entry { app: app.clone(), role }, auth::require_key))
            }
        };
        router = router.route(path, handler);
    }
    router
        .fallback(async || -> Problem { problem::not_found() })
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(limits::MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), announcement::announce))
        .layer(from_fn_with_state(app.clone(), auth::hide_internal_routes))
        .layer(from_fn(request_log::log))
        .with_state(app)
}

async fn method_not_allowed() -> Problem {
    problem::method_not_allowed()
}
