//! Calls to the origin for an API client, and for publication.

use edge_runtime::bindings::fetch::{Body, OutgoingCall, Reply};
use edge_runtime::bindings::origin::{SignedOrigin, get, parse_json};
use edge_runtime::lookup::OriginError;
use edge_runtime::origins::{CallKind, answers};
use edge_runtime::timing::timeouts::{API, KEY_CHECK};
use link_core::compatible_apis::SHLINK_KEY;
use link_core::edge_origin::{
    BATCHES, CHANGES_ROUTE, CLIENT_AUTHORIZATION, CLIENT_COOKIE, CLIENT_HOST, CONFIRM_ROUTE, KEY_ROUTE,
};
use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::Revision;
use link_core::session;
use link_core::webhooks::{DeliveryList, LEASE_ROUTE, OUTCOMES_ROUTE, OutcomeList};
use serde::Serialize;
use worker::{Headers, Method};

use crate::publishing::ChangeLog;
use crate::requests::limits::FORWARDED_HEADERS;
use crate::webhooks::Outbox;

/// An API request to forward.
pub struct ApiRequest<'a> {
    pub method: Method,
    pub path: &'a str,
    /// As [`edge_runtime::origins::sigv4::canonical_query`] makes it.
    pub query: String,
    /// See [`forwarded_headers`].
    pub headers: Vec<(&'static str, String)>,
    pub body: js_sys::Uint8Array,
}

/// What of a client's request tells the origin who calls.
const IDENTITY: [&str; 4] = [CLIENT_AUTHORIZATION, SHLINK_KEY, CLIENT_COOKIE, CLIENT_HOST];

/// The client's headers to forward, under the names that the origin expects.
pub fn forwarded_headers(headers: &Headers, host: &str) -> Vec<(&'static str, String)> {
    let get = |name: &str| headers.get(name).ok().flatten();
    let mut forwarded: Vec<_> =
        FORWARDED_HEADERS.into_iter().filter_map(|(name, to)| Some((to, get(name)?))).collect();
    // A page's other cookies are nobody's business, and may be long.
    if let Some(token) = get("cookie").as_deref().and_then(session::token) {
        forwarded.push((CLIENT_COOKIE, format!("{}={token}", session::COOKIE)));
    }
    forwarded.push((CLIENT_HOST, host.to_owned()));
    forwarded
}

impl ChangeLog for SignedOrigin<'_> {
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError> {
        let after = after.map(|after| format!("after={}&", after.0)).unwrap_or_default();
        let query = format!("{after}limit={limit}");
        parse_json(&self.send(CallKind::Other, get(CHANGES_ROUTE, &query), API).await?)
    }

    async fn confirm(&self, confirmed: &ConfirmationList) -> Result<(), OriginError> {
        post(self, CONFIRM_ROUTE, confirmed).await
    }
}

impl Outbox for SignedOrigin<'_> {
    async fn lease(&self) -> Result<DeliveryList, OriginError> {
        let request = OutgoingCall { method: Method::Post, ..get(LEASE_ROUTE, "") };
        parse_json(&self.send(CallKind::Other, request, API).await?)
    }

    async fn report(&self, outcomes: &OutcomeList) -> Result<(), OriginError> {
        post(self, OUTCOMES_ROUTE, outcomes).await
    }
}

async fn post(origin: &SignedOrigin<'_>, path: &str, value: &impl Serialize) -> Result<(), OriginError> {
    let body = serde_json::to_vec(value).map_err(|error| OriginError::Unavailable(error.to_string()))?;
    let headers = vec![("content-type", "application/json")];
    let body = Body::Bytes(&body);
    let request = OutgoingCall { method: Method::Post, headers, body, ..get(path, "") };
    let reply = origin.send(CallKind::Other, request, API).await?;
    if reply.status < 300 { Ok(()) } else { Err(answers::unexpected(reply.status)) }
}

pub async fn forward(origin: &SignedOrigin<'_>, request: &ApiRequest<'_>) -> Result<Reply, OriginError> {
    let ApiRequest { method, path, query, headers, body } = request;
    let own = [(BATCHES, "1")];
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).chain(own).collect();
    let (method, body) = (method.clone(), Body::Array(body));
    origin
        .send(CallKind::Other, OutgoingCall { method, headers, body, streams: true, ..get(path, query) }, API)
        .await
}

/// 204 where the client's key may write; else the answer for the client.
pub async fn check_key(
    origin: &SignedOrigin<'_>,
    headers: &[(&'static str, String)],
) -> Result<Reply, OriginError> {
    let identity = headers.iter().filter(|(name, _)| IDENTITY.contains(name));
    let headers = identity.map(|(name, value)| (*name, value.as_str())).collect();
    origin.send(CallKind::Other, OutgoingCall { headers, ..get(KEY_ROUTE, "") }, KEY_CHECK).await
}
