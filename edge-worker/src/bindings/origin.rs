//! Calls to the API of record: the lookup behind [`Origin`], the client's API requests, and readiness. Tells an
//! answer of the origin's from anybody else's; does not decide what a visitor gets.

use std::time::Duration;

use link_core::edge_origin::{CLIENT_AUTHORIZATION, EDGE_SECRET, REQUEST_ID, resolve_path};
use link_core::record::Resolution;
use worker::{Headers, Method};

use super::fetch::{Call, CallError, Reply, call};
use super::runtime::{now, random};
use crate::isolate::Isolate;
use crate::lookup::{Key, Origin, OriginUnavailable};
use crate::sigv4::canonical_query;
use crate::timeouts::{API, READINESS, RESOLVE};

const SERVICE: &str = "lambda";
/// What of a client's request reaches the origin, besides its method, path, query, body and key.
const FORWARDED: [&str; 4] = ["content-type", "accept", "idempotency-key", "if-match"];

pub struct SignedOrigin<'a> {
    pub isolate: &'a Isolate,
    pub request_id: &'a str,
}

/// An API request on its way through the edge.
pub struct ApiRequest {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Origin for SignedOrigin<'_> {
    async fn resolve(&self, key: &Key) -> Result<Resolution, OriginUnavailable> {
        let path = resolve_path(&key.domain, &key.code);
        let reply = self.send(&Method::Get, &path, "", Vec::new(), &[], RESOLVE).await?;
        if reply.status != 200 {
            return Err(OriginUnavailable(format!("it answered {}", reply.status)));
        }
        serde_json::from_slice(&reply.body).map_err(|error| OriginUnavailable(error.to_string()))
    }
}

impl SignedOrigin<'_> {
    pub async fn forward(&self, request: &ApiRequest) -> Result<Reply, OriginUnavailable> {
        let mut headers: Vec<(&str, String)> = Vec::new();
        for name in FORWARDED {
            headers.extend(request.headers.get(name).ok().flatten().map(|value| (name, value)));
        }
        let key = request.headers.get("authorization").ok().flatten();
        headers.extend(key.map(|key| (CLIENT_AUTHORIZATION, key)));
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let query = canonical_query(&request.query);
        self.send(&request.method, &request.path, &query, headers, &request.body, API).await
    }

    pub async fn is_ready(&self) -> bool {
        let reply = self.send(&Method::Get, "/readyz", "", Vec::new(), &[], READINESS).await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    /// A call that only reads is tried at a second origin when the first cannot answer. A write is not: nobody knows
    /// how far the first one got.
    async fn send(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        mut headers: Vec<(&str, &str)>,
        body: &[u8],
        timeout: Duration,
    ) -> Result<Reply, OriginUnavailable> {
        headers.push((EDGE_SECRET, &self.isolate.config.edge_secret.0));
        headers.push((REQUEST_ID, self.request_id));
        let attempts = if matches!(method, Method::Get | Method::Head) { 2 } else { 1 };
        let mut failed = None;
        let mut outcome = Err(OriginUnavailable("there is none".to_owned()));
        for _ in 0..attempts {
            let begun = self.isolate.origins.borrow_mut().begin(now(), failed.as_ref(), random);
            let Some(begun) = begun else { break };
            let request = Call {
                method: method.clone(),
                base_url: &begun.url,
                path,
                query,
                headers: headers.clone(),
                body,
                service: SERVICE,
            };
            let reply = call(&self.isolate.config, &request, timeout).await;
            let answer = self.own_answer(reply);
            let cannot_answer = answer.as_ref().map_or(true, |reply| reply.status >= 500);
            // An origin that says what is wrong with it (its analytics database, say) is not out of reach.
            self.isolate.origins.borrow_mut().ended(&begun, now(), answer.is_err());
            if cannot_answer {
                let reason = match &answer {
                    Ok(reply) => format!("it answered {}", reply.status),
                    Err(error) => error.to_string(),
                };
                tracing::warn!(
                    request_id = self.request_id,
                    origin = begun.url,
                    reason,
                    "origin cannot answer"
                );
            }
            outcome = answer;
            if !cannot_answer {
                break;
            }
            failed = Some(begun);
        }
        outcome
    }

    /// The origin repeats the request id. What does not is somebody else's answer: a refused signature, a throttled
    /// function, a proxy.
    fn own_answer(&self, reply: Result<Reply, CallError>) -> Result<Reply, OriginUnavailable> {
        let reply = reply.map_err(|error| OriginUnavailable(error.to_string()))?;
        let echo = reply.headers.get(REQUEST_ID).ok().flatten();
        if echo.as_deref() == Some(self.request_id) {
            return Ok(reply);
        }
        Err(OriginUnavailable(format!("something before it answered {}", reply.status)))
    }
}
