//! Appends the changes that the edge must publish, or the batches that it must send, to the answer of a write, after the client's part.
//! Only the edge gets them.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use link_core::edge_origin::{BATCHES, CLIENT_BYTES};
use link_core::publication::{Change, ChangeList};
use link_core::webhooks::DUE;

use crate::app::App;
use crate::http::edge_changes::{EdgeBatches, EdgeChanges};
use crate::http::problem;
use crate::limits::MAX_EDGE_CHANGES_BYTES;

pub(crate) async fn append(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Other shorteners' APIs have calls that write by GET.
    let is_compatible = app.compatible_apis.served.serve(path);
    let is_read = *request.method() == Method::GET || *request.method() == Method::HEAD;
    let is_edge = (!is_read || is_compatible) && app.access.is_edge(request.headers());
    let is_clients = is_compatible || path.starts_with("/api/");
    let mut response = next.run(request).await;
    let changes = response.extensions_mut().remove::<EdgeChanges>();
    let batches = response.extensions_mut().remove::<EdgeBatches>();
    if !is_edge {
        return response;
    }
    if is_clients && (!is_read || changes.is_some()) {
        tell_of_webhooks(&app, &mut response).await;
    }
    match (changes, batches) {
        (Some(EdgeChanges(changes)), _) => {
            with_edge_changes(response, limited_to(changes, MAX_EDGE_CHANGES_BYTES)).await
        }
        (None, Some(EdgeBatches(batches))) if !batches.is_empty() => {
            let list = ChangeList { batches, ..ChangeList::default() };
            let mut response = with_edge_changes(response, list).await;
            response.headers_mut().insert(BATCHES, HeaderValue::from_static("1"));
            response
        }
        (None, _) => response,
    }
}

/// A client's write may have written messages for webhooks. The edge's schedule finds those of other writes, and all if this is not
/// known.
async fn tell_of_webhooks(app: &App, response: &mut Response) {
    if app.signing_key.is_none() || !response.status().is_success() {
        return;
    }
    if app.webhook_presence.has_endpoints(&app.links, app.clock.now()).await.unwrap_or(false) {
        response.headers_mut().insert(DUE, HeaderValue::from_static("due"));
    }
}

async fn with_edge_changes(response: Response, list: ChangeList) -> Response {
    let (mut head, body) = response.into_parts();
    // Complete already: handlers that write answer from memory.
    let Ok(client) = to_bytes(body, usize::MAX).await else {
        return problem::internal("cannot read the answer to a write").into_response();
    };
    let Ok(list) = serde_json::to_vec(&list) else {
        return problem::internal("cannot write changes as JSON").into_response();
    };
    set_lengths(&mut head.headers, client.len());
    if head.status == StatusCode::NO_CONTENT {
        // A 204 has no body on the wire. The edge restores the status.
        head.status = StatusCode::OK;
    }
    Response::from_parts(head, Body::from([client.as_ref(), &list].concat()))
}

fn set_lengths(headers: &mut HeaderMap, client_bytes: usize) {
    headers.remove(CONTENT_LENGTH);
    headers.insert(CLIENT_BYTES, HeaderValue::from(client_bytes));
}

/// As many changes as fit; the edge fetches the others.
fn limited_to(changes: Vec<Change>, max_bytes: usize) -> ChangeList {
    let mut list = ChangeList::default();
    let mut bytes = 0;
    for change in changes {
        bytes += serde_json::to_vec(&change).map_or(max_bytes, |json| json.len());
        if bytes > max_bytes {
            list.more = true;
            break;
        }
        list.changes.push(change);
    }
    list
}
