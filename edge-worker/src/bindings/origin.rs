//! Calls to the API of record: the lookup behind [`Origin`], the client's API requests, and readiness. Tells an
//! answer of the origin's from anybody else's; does not decide what a visitor gets.

use std::time::Duration;

use link_core::domain::Domain;
use link_core::edge_origin::{
    CHANGES_ROUTE, CLIENT_AUTHORIZATION, CONFIRM_ROUTE, EDGE_SECRET, REQUEST_ID, codes_query,
    resolve_all_path, resolve_path, unlock_path,
};
use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::{Resolution, Revision};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Headers, Method};

use super::fetch::{Call, CallError, Reply, call};
use super::runtime::{now, random};
use crate::isolate::Isolate;
use crate::lookup::{Key, NoAnswer, Origin};
use crate::origins::{Call as Begun, Kind};
use crate::publishing::ChangeLog;
use crate::sigv4::canonical_query;
use crate::timeouts::{API, READINESS, RESOLVE, UNLOCK};

const SERVICE: &str = "lambda";
/// What of a client's request reaches the origin, besides its method, path, query, body and key.
const FORWARDED: [&str; 4] = ["content-type", "accept", "idempotency-key", "if-match"];

pub struct SignedOrigin<'a> {
    pub isolate: &'a Isolate,
    pub request_id: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    Right,
    Wrong,
    /// The link was tried too often: nothing was checked. Holds the seconds after which it may be tried again.
    NotNow(u32),
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
    async fn resolve(&self, names: &[Key]) -> Vec<Result<Resolution, NoAnswer>> {
        let answers = match names {
            [] => Ok(Vec::new()),
            [key] => self.resolve_one(key).await.map(|resolution| vec![resolution]),
            [first, ..] => self.resolve_all(&first.domain, names).await,
        };
        match answers {
            Ok(resolutions) => resolutions.into_iter().map(Ok).collect(),
            Err(silence) => vec![Err(silence); names.len()],
        }
    }
}

impl ChangeLog for SignedOrigin<'_> {
    async fn waiting(&self, after: Option<Revision>, limit: usize) -> Result<ChangeList, NoAnswer> {
        let after = after.map(|after| format!("after={}&", after.0)).unwrap_or_default();
        let query = format!("{after}limit={limit}");
        json_of(&self.send(Kind::Other, reading(CHANGES_ROUTE, &query), API).await?)
    }

    async fn confirm(&self, confirmed: &ConfirmationList) -> Result<(), NoAnswer> {
        let body = serde_json::to_vec(confirmed).map_err(|error| NoAnswer::Unavailable(error.to_string()))?;
        let headers = vec![("content-type", "application/json")];
        let request = Call { method: Method::Post, headers, body: &body, ..reading(CONFIRM_ROUTE, "") };
        let reply = self.send(Kind::Other, request, API).await?;
        if reply.status < 300 { Ok(()) } else { Err(refusal(&reply)) }
    }
}

/// A call for an origin that is not chosen yet.
fn reading<'a>(path: &'a str, query: &'a str) -> Call<'a> {
    let (headers, service) = (Vec::new(), Some(SERVICE));
    Call { method: Method::Get, base_url: "", path, query, headers, body: &[], service }
}

fn json_of<T: DeserializeOwned>(reply: &Reply) -> Result<T, NoAnswer> {
    if reply.status != 200 {
        return Err(refusal(reply));
    }
    serde_json::from_slice(&reply.body).map_err(|error| NoAnswer::Unavailable(error.to_string()))
}

fn refusal(reply: &Reply) -> NoAnswer {
    NoAnswer::Unavailable(format!("it answered {}", reply.status))
}

impl SignedOrigin<'_> {
    pub async fn forward(&self, request: &ApiRequest) -> Result<Reply, NoAnswer> {
        let mut headers: Vec<(&str, String)> = Vec::new();
        for name in FORWARDED {
            headers.extend(request.headers.get(name).ok().flatten().map(|value| (name, value)));
        }
        let key = request.headers.get("authorization").ok().flatten();
        headers.extend(key.map(|key| (CLIENT_AUTHORIZATION, key)));
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let query = canonical_query(&request.query);
        let method = request.method.clone();
        let request = Call { method, headers, body: &request.body, ..reading(&request.path, &query) };
        self.send(Kind::Other, request, API).await
    }

    /// Whether it is the password that the link has now.
    pub async fn unlock(&self, key: &Key, password: &str) -> Result<PasswordCheck, NoAnswer> {
        #[derive(Serialize)]
        struct Tried<'a> {
            password: &'a str,
        }
        let body = serde_json::to_vec(&Tried { password });
        let body = body.map_err(|error| NoAnswer::Unavailable(error.to_string()))?;
        let path = unlock_path(&key.domain, &key.code);
        let headers = vec![("content-type", "application/json")];
        let request = Call { method: Method::Post, headers, body: &body, ..reading(&path, "") };
        let reply = self.send(Kind::Other, request, UNLOCK).await?;
        match reply.status {
            204 => Ok(PasswordCheck::Right),
            403 | 404 | 422 => Ok(PasswordCheck::Wrong),
            429 => {
                let seconds = reply.headers.get("retry-after").ok().flatten();
                let seconds = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
                Ok(PasswordCheck::NotNow(seconds))
            }
            _ => Err(refusal(&reply)),
        }
    }

    pub async fn is_ready(&self) -> bool {
        let reply = self.send(Kind::Other, reading("/readyz", ""), READINESS).await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    /// A call that only reads is tried at a second origin when the first cannot answer, or not in half the time. A write
    /// is not: nobody knows how far the first one got.
    async fn send(&self, kind: Kind, mut call: Call<'_>, timeout: Duration) -> Result<Reply, NoAnswer> {
        call.headers.push((EDGE_SECRET, &self.isolate.config.edge_secret.0));
        call.headers.push((REQUEST_ID, self.request_id));
        let may_repeat = matches!(call.method, Method::Get | Method::Head);
        let began = now();
        let first = self.isolate.origins.borrow_mut().begin(kind, began, None, random);
        let first = first.ok_or_else(|| NoAnswer::Unavailable("it is left alone for now".to_owned()))?;
        let share = if may_repeat && first.has_alternative { timeout / 2 } else { timeout };
        let answer = self.attempt(&first, &call, share).await;
        if !may_repeat || answer.as_ref().is_ok_and(|reply| reply.status < 500) {
            return answer;
        }
        let second = self.isolate.origins.borrow_mut().begin(kind, now(), Some(&first), random);
        let Some(second) = second else { return answer };
        let spent = Duration::from_millis(now().millis_since(began).unsigned_abs());
        self.attempt(&second, &call, timeout.saturating_sub(spent)).await
    }

    async fn resolve_one(&self, key: &Key) -> Result<Resolution, NoAnswer> {
        let path = resolve_path(&key.domain, &key.code);
        json_of(&self.send(Kind::Lookup, reading(&path, ""), RESOLVE).await?)
    }

    async fn resolve_all(&self, domain: &Domain, names: &[Key]) -> Result<Vec<Resolution>, NoAnswer> {
        let (path, query) = (resolve_all_path(domain), codes_query(names.iter().map(|name| &name.code)));
        let resolutions: Vec<_> = json_of(&self.send(Kind::Lookup, reading(&path, &query), RESOLVE).await?)?;
        if resolutions.len() == names.len() {
            return Ok(resolutions);
        }
        Err(NoAnswer::Unavailable(format!(
            "it told of {} names instead of {}",
            resolutions.len(),
            names.len()
        )))
    }

    async fn attempt(&self, begun: &Begun, request: &Call<'_>, timeout: Duration) -> Result<Reply, NoAnswer> {
        let request = Call { base_url: &begun.url, ..request.clone() };
        let answer = self.own_answer(call(&self.isolate.config, &request, timeout).await);
        // An origin that says what is wrong with it (its analytics database, say) is not out of reach.
        self.isolate.origins.borrow_mut().ended(begun, now(), answer.is_err(), random());
        let reason = match &answer {
            Ok(reply) if reply.status < 500 => return answer,
            Ok(reply) => format!("it answered {}", reply.status),
            Err(error) => error.to_string(),
        };
        tracing::warn!(request_id = self.request_id, origin = begun.url, reason, "origin cannot answer");
        answer
    }

    /// The origin repeats the request id. What does not is somebody else's answer: a refused signature, a throttled
    /// function, a proxy.
    fn own_answer(&self, reply: Result<Reply, CallError>) -> Result<Reply, NoAnswer> {
        let reply = reply.map_err(|error| NoAnswer::Unavailable(error.to_string()))?;
        let echo = reply.headers.get(REQUEST_ID).ok().flatten();
        if echo.as_deref() == Some(self.request_id) {
            return Ok(reply);
        }
        Err(NoAnswer::Unavailable(format!("something before it answered {}", reply.status)))
    }
}
