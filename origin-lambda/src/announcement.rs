//! Tells the edge, behind the client's part of an answer, which changes it has to publish. To nobody else.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use link_core::edge_origin::CLIENT_BYTES;
use link_core::publication::{Change, ChangeList};

use crate::app::App;
use crate::limits::MAX_ANNOUNCED_BYTES;
use crate::problem;

/// What a write has changed; travels in the answer's extensions, which are never sent.
#[derive(Debug, Clone)]
pub(crate) struct Changes(pub(crate) Vec<Change>);

pub(crate) async fn announce(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let may_write = *request.method() != Method::GET && *request.method() != Method::HEAD;
    let is_edge = may_write && app.access.is_edge(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Changes>() {
        Some(Changes(changes)) if is_edge => announced(response, changes).await,
        _ => response,
    }
}

async fn announced(response: Response, changes: Vec<Change>) -> Response {
    let (mut head, body) = response.into_parts();
    // Whole already: handlers that write answer from memory.
    let Ok(client) = to_bytes(body, usize::MAX).await else {
        return problem::internal("the answer to a write broke off").into_response();
    };
    let Ok(list) = serde_json::to_vec(&within(changes, MAX_ANNOUNCED_BYTES)) else {
        return problem::internal("changes that are no JSON").into_response();
    };
    set_lengths(&mut head.headers, client.len());
    if head.status == StatusCode::NO_CONTENT {
        // Which has no body on the wire. The edge makes it a 204 again.
        head.status = StatusCode::OK;
    }
    Response::from_parts(head, Body::from([client.as_ref(), &list].concat()))
}

fn set_lengths(headers: &mut HeaderMap, client_bytes: usize) {
    headers.remove(CONTENT_LENGTH);
    headers.insert(CLIENT_BYTES, HeaderValue::from(client_bytes));
}

/// As many of the changes as fit; the edge fetches the others.
fn within(changes: Vec<Change>, max_bytes: usize) -> ChangeList {
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
