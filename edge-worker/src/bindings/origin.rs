//! Calls to the origin: lookups behind [`Origin`], the client's API requests, readiness.

use std::time::Duration;

use link_core::edge_origin::{
    CHANGES_ROUTE, CLIENT_AUTHORIZATION, CONFIRM_ROUTE, EDGE_SECRET, KEY_ROUTE, REQUEST_ID, codes_query,
    gate_path, resolve_all_path, resolve_path, unlock_path,
};
use link_core::names::domain::Domain;
use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::{LinkId, Resolution, Revision};
use link_core::redirect::gate::{GateAnswer, GateRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Headers, Method};

use super::fetch::{self, Body, OutgoingCall, Reply};
use super::runtime::RuntimeClock;
use crate::isolate::Isolate;
use crate::lookup::{LinkKey, Origin, OriginError};
use crate::origins::answers::{self, PasswordCheck, password_check};
use crate::origins::{CallKind, Failover, Received};
use crate::publishing::ChangeLog;
use crate::requests::limits::FORWARDED_HEADERS;
use crate::timing::timeouts::{API, GATE, KEY_CHECK, READINESS, RESOLVE, UNLOCK};

const SERVICE: &str = "lambda";

pub struct SignedOrigin<'a> {
    pub isolate: &'a Isolate,
    pub request_id: &'a str,
}

/// An API request to forward.
pub struct ApiRequest<'a> {
    pub method: Method,
    pub path: &'a str,
    /// As [`crate::origins::sigv4::canonical_query`] makes it.
    pub query: String,
    /// See [`forwarded_headers`].
    pub headers: Vec<(&'static str, String)>,
    pub body: js_sys::Uint8Array,
}

/// The client's headers to forward, under the names that the origin expects.
pub fn forwarded_headers(headers: &Headers) -> Vec<(&'static str, String)> {
    let sent = FORWARDED_HEADERS.into_iter();
    sent.filter_map(|(name, to)| Some((to, headers.get(name).ok().flatten()?))).collect()
}

impl Origin for SignedOrigin<'_> {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let answers = match names {
            [] => Ok(Vec::new()),
            [key] => self.resolve_one(key).await.map(|resolution| vec![resolution]),
            [first, ..] => self.resolve_all(&first.domain, names).await,
        };
        match answers {
            Ok(resolutions) => resolutions.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); names.len()],
        }
    }
}

impl ChangeLog for SignedOrigin<'_> {
    async fn unconfirmed(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, OriginError> {
        let after = after.map(|after| format!("after={}&", after.0)).unwrap_or_default();
        let query = format!("{after}limit={limit}");
        parse_json(&self.send(CallKind::Other, get(CHANGES_ROUTE, &query), API).await?)
    }

    async fn confirm(&self, confirmed: &ConfirmationList) -> Result<(), OriginError> {
        let body =
            serde_json::to_vec(confirmed).map_err(|error| OriginError::Unavailable(error.to_string()))?;
        let headers = vec![("content-type", "application/json")];
        let body = Body::Bytes(&body);
        let request = OutgoingCall { method: Method::Post, headers, body, ..get(CONFIRM_ROUTE, "") };
        let reply = self.send(CallKind::Other, request, API).await?;
        if reply.status < 300 { Ok(()) } else { Err(answers::unexpected(reply.status)) }
    }
}

/// A GET without a body; the origin is chosen later.
fn get<'a>(path: &'a str, query: &'a str) -> OutgoingCall<'a> {
    let (headers, service) = (Vec::new(), Some(SERVICE));
    OutgoingCall {
        method: Method::Get,
        base_url: "",
        path,
        query,
        headers,
        body: Body::EMPTY,
        service,
        streams: false,
    }
}

fn parse_json<T: DeserializeOwned>(reply: &Reply) -> Result<T, OriginError> {
    answers::parse_json(reply.status, &reply.body)
}

impl SignedOrigin<'_> {
    pub async fn forward(&self, request: &ApiRequest<'_>) -> Result<Reply, OriginError> {
        let ApiRequest { method, path, query, headers, body } = request;
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (method, body) = (method.clone(), Body::Array(body));
        self.send(
            CallKind::Other,
            OutgoingCall { method, headers, body, streams: true, ..get(path, query) },
            API,
        )
        .await
    }

    /// 204 where the client's key may write; else the answer for the client.
    pub async fn check_key(&self, headers: &[(&'static str, String)]) -> Result<Reply, OriginError> {
        let key = headers.iter().filter(|(name, _)| *name == CLIENT_AUTHORIZATION);
        let headers = key.map(|(name, value)| (*name, value.as_str())).collect();
        self.send(CallKind::Other, OutgoingCall { headers, ..get(KEY_ROUTE, "") }, KEY_CHECK).await
    }

    /// Checks a password against the link's current one.
    pub async fn unlock(&self, key: &LinkKey, password: &str) -> Result<PasswordCheck, OriginError> {
        #[derive(Serialize)]
        struct PasswordAttempt<'a> {
            password: &'a str,
        }
        let body = serde_json::to_vec(&PasswordAttempt { password });
        let body = body.map_err(|error| OriginError::Unavailable(error.to_string()))?;
        let path = unlock_path(&key.domain, &key.code);
        let headers = vec![("content-type", "application/json")];
        let request =
            OutgoingCall { method: Method::Post, headers, body: Body::Bytes(&body), ..get(&path, "") };
        let reply = self.send(CallKind::Other, request, UNLOCK).await?;
        let retry_after = reply.headers.get("retry-after").ok().flatten();
        password_check(reply.status, retry_after.as_deref())
    }

    /// Asks the gate whether the visit is redirected. Without an answer, a click may have been counted.
    pub async fn ask_gate(&self, link: LinkId, visit: &GateRequest) -> Result<GateAnswer, OriginError> {
        let body = serde_json::to_vec(visit).map_err(|error| OriginError::Unavailable(error.to_string()))?;
        let path = gate_path(link);
        let headers = vec![("content-type", "application/json")];
        let request =
            OutgoingCall { method: Method::Post, headers, body: Body::Bytes(&body), ..get(&path, "") };
        parse_json(&self.send(CallKind::Gate, request, GATE).await?)
    }

    pub async fn is_ready(&self) -> bool {
        let reply = self.send(CallKind::Other, get("/readyz", ""), READINESS).await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    async fn send(
        &self,
        kind: CallKind,
        mut call: OutgoingCall<'_>,
        timeout: Duration,
    ) -> Result<Reply, OriginError> {
        let Self { isolate, request_id } = self;
        call.headers.push((EDGE_SECRET, &isolate.config.edge_secret.0));
        call.headers.push((REQUEST_ID, request_id));
        let failover = Failover { origins: &isolate.origins, clock: &RuntimeClock, request_id };
        let send = async |url: &str, at_most| {
            let call = OutgoingCall { base_url: url, ..call.clone() };
            let reply =
                fetch::call(&isolate.config, &call, at_most).await.map_err(|error| error.to_string())?;
            let echo = reply.headers.get(REQUEST_ID).ok().flatten();
            let echoes_request_id = echo.as_deref() == Some(*request_id);
            Ok(Received { status: reply.status, echoes_request_id, reply })
        };
        failover.call(kind, call.method.as_ref(), timeout, send).await
    }

    async fn resolve_one(&self, key: &LinkKey) -> Result<Resolution, OriginError> {
        let path = resolve_path(&key.domain, &key.code);
        parse_json(&self.send(CallKind::Lookup, get(&path, ""), RESOLVE).await?)
    }

    async fn resolve_all(&self, domain: &Domain, names: &[LinkKey]) -> Result<Vec<Resolution>, OriginError> {
        let (path, query) = (resolve_all_path(domain), codes_query(names.iter().map(|name| &name.code)));
        let resolutions: Vec<_> =
            parse_json(&self.send(CallKind::Lookup, get(&path, &query), RESOLVE).await?)?;
        answers::checked(resolutions, names.len())
    }
}
