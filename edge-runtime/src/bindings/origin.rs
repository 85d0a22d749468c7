//! Calls to the origins, signed, with the edge's secret; lookups behind [`Origin`].

use std::cell::{Cell, RefCell};
use std::time::Duration;

use link_core::edge_origin::{EDGE_SECRET, REQUEST_ID, codes_query, resolve_all_path, resolve_path};
use link_core::names::domain::Domain;
use link_core::record::Resolution;
use link_core::trace_context::TRACEPARENT;
use serde::de::DeserializeOwned;
use worker::Method;

use super::fetch::{self, Body, FetchError, OutgoingCall, Reply};
use super::runtime::RuntimeClock;
use crate::config::OriginConfig;
use crate::lookup::{LinkKey, Origin, OriginError};
use crate::origins::{CallKind, Failover, Origins, Received, answers};
use crate::timing::timeouts::RESOLVE;
use crate::traces::{Attempt, AttemptEnd, RequestTrace};

const SERVICE: &str = "lambda";

pub struct SignedOrigin<'a> {
    pub config: &'a OriginConfig,
    pub origins: &'a RefCell<Origins>,
    pub request_id: &'a str,
    pub trace: Option<&'a RequestTrace>,
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

/// A GET without a body; the origin is chosen later.
pub fn get<'a>(path: &'a str, query: &'a str) -> OutgoingCall<'a> {
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

pub fn parse_json<T: DeserializeOwned>(reply: &Reply) -> Result<T, OriginError> {
    answers::parse_json(reply.status, &reply.body)
}

fn begin_attempt<'a>(
    trace: &'a RequestTrace,
    call: &OutgoingCall<'_>,
    url: &str,
    earlier: u32,
) -> Attempt<'a> {
    Attempt::begin(trace, call.method.as_ref(), call.path, url, earlier)
}

impl SignedOrigin<'_> {
    /// Sends a call to one origin, and to another one if that fails.
    pub async fn send(
        &self,
        kind: CallKind,
        mut call: OutgoingCall<'_>,
        timeout: Duration,
    ) -> Result<Reply, OriginError> {
        let Self { config, origins, request_id, trace } = self;
        call.headers.push((EDGE_SECRET, &config.edge_secret.0));
        call.headers.push((REQUEST_ID, request_id));
        let failover = Failover { origins, clock: &RuntimeClock, request_id };
        let attempts = Cell::new(0);
        let send = async |url: &str, at_most| {
            let attempt = trace.map(|trace| begin_attempt(trace, &call, url, attempts.get()));
            attempts.set(attempts.get() + 1);
            let mut call = OutgoingCall { base_url: url, ..call.clone() };
            let traceparent = attempt.as_ref().map(Attempt::traceparent);
            call.headers.extend(traceparent.as_ref().map(|text| (TRACEPARENT, text.as_str())));
            let received = fetch::call(&config.aws, &call, at_most).await.map(|reply| {
                let echo = reply.headers.get(REQUEST_ID).ok().flatten();
                let echoes_request_id = echo.as_deref() == Some(*request_id);
                Received { status: reply.status, echoes_request_id, reply }
            });
            if let Some(attempt) = attempt {
                attempt.end(match &received {
                    Ok(Received { status, echoes_request_id: true, .. }) => AttemptEnd::Answered(*status),
                    Ok(Received { status, .. }) => AttemptEnd::InFront(*status),
                    Err(FetchError::Timeout(_)) => AttemptEnd::Timeout,
                    Err(FetchError::Connection(_)) => AttemptEnd::Unconnected,
                });
            }
            received.map_err(|error| error.to_string())
        };
        let answer = failover.call(kind, call.method.as_ref(), timeout, send).await;
        if let (Some(trace), 0, Err(error)) = (trace, attempts.get(), &answer) {
            begin_attempt(trace, &call, "", 0).end(AttemptEnd::NotSent(error));
        }
        answer
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
