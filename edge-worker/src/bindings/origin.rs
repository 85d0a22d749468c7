//! Calls to the API of record: the lookup behind [`Origin`], the client's API requests, and readiness. Tells an
//! answer of the origin's from anybody else's; does not decide what a visitor gets.

use std::time::Duration;

use link_core::domain::Domain;
use link_core::edge_origin::{
    CHANGES_ROUTE, CLIENT_AUTHORIZATION, CONFIRM_ROUTE, EDGE_SECRET, KEY_ROUTE, REQUEST_ID, codes_query,
    gate_path, resolve_all_path, resolve_path, unlock_path,
};
use link_core::gate::{GateAnswer, GateRequest};
use link_core::publication::{ChangeList, ConfirmationList};
use link_core::record::{LinkId, Resolution, Revision};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Headers, Method};

use super::fetch::{Body, Call, CallError, Reply, call};
use super::runtime::{now, random};
use crate::isolate::Isolate;
use crate::lookup::{Key, NoAnswer, Origin};
use crate::origins::{Call as Begun, Kind, NotAsked, Outcome};
use crate::publishing::ChangeLog;
use crate::timeouts::{API, KEY_CHECK, LEAVE, READINESS, RESOLVE, UNLOCK};

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
pub struct ApiRequest<'a> {
    pub method: Method,
    pub path: &'a str,
    /// As [`crate::sigv4::canonical_query`] makes it.
    pub query: String,
    /// See [`forwarded_headers`].
    pub headers: Vec<(&'static str, String)>,
    pub body: js_sys::Uint8Array,
}

/// What of a client's headers goes on to the origin, under the names that it has there.
pub fn forwarded_headers(headers: &Headers) -> Vec<(&'static str, String)> {
    let forwarded = FORWARDED.into_iter().map(|name| (name, name));
    let with_key = forwarded.chain([("authorization", CLIENT_AUTHORIZATION)]);
    with_key.filter_map(|(name, to)| Some((to, headers.get(name).ok().flatten()?))).collect()
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
        let body = Body::Bytes(&body);
        let request = Call { method: Method::Post, headers, body, ..reading(CONFIRM_ROUTE, "") };
        let reply = self.send(Kind::Other, request, API).await?;
        if reply.status < 300 { Ok(()) } else { Err(refusal(&reply)) }
    }
}

/// A call for an origin that is not chosen yet.
fn reading<'a>(path: &'a str, query: &'a str) -> Call<'a> {
    let (headers, service) = (Vec::new(), Some(SERVICE));
    Call { method: Method::Get, base_url: "", path, query, headers, body: Body::EMPTY, service }
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
    pub async fn forward(&self, request: &ApiRequest<'_>) -> Result<Reply, NoAnswer> {
        let ApiRequest { method, path, query, headers, body } = request;
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (method, body) = (method.clone(), Body::Array(body));
        self.send(Kind::Other, Call { method, headers, body, ..reading(path, query) }, API).await
    }

    /// 204 where the client's key may write; else what the client is to be told.
    pub async fn check_key(&self, headers: &[(&'static str, String)]) -> Result<Reply, NoAnswer> {
        let key = headers.iter().filter(|(name, _)| *name == CLIENT_AUTHORIZATION);
        let headers = key.map(|(name, value)| (*name, value.as_str())).collect();
        self.send(Kind::Other, Call { headers, ..reading(KEY_ROUTE, "") }, KEY_CHECK).await
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
        let request = Call { method: Method::Post, headers, body: Body::Bytes(&body), ..reading(&path, "") };
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

    /// Whether the visit may follow the link. Where nobody answers, a click may be used up all the same.
    pub async fn leave(&self, link: LinkId, visit: &GateRequest) -> Result<GateAnswer, NoAnswer> {
        let body = serde_json::to_vec(visit).map_err(|error| NoAnswer::Unavailable(error.to_string()))?;
        let path = gate_path(link);
        let headers = vec![("content-type", "application/json")];
        let request = Call { method: Method::Post, headers, body: Body::Bytes(&body), ..reading(&path, "") };
        json_of(&self.send(Kind::Leave, request, LEAVE).await?)
    }

    pub async fn is_ready(&self) -> bool {
        let reply = self.send(Kind::Other, reading("/readyz", ""), READINESS).await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    /// A call that only reads, or names its visit, is tried at a second origin when the first cannot answer, or not in half the
    /// time. A write is only where it surely never reached the first: otherwise nobody knows how far that one got.
    async fn send(&self, kind: Kind, mut call: Call<'_>, timeout: Duration) -> Result<Reply, NoAnswer> {
        call.headers.push((EDGE_SECRET, &self.isolate.config.edge_secret.0));
        call.headers.push((REQUEST_ID, self.request_id));
        let is_idempotent = kind == Kind::Leave || matches!(call.method, Method::Get | Method::Head);
        let began = now();
        let first = self.isolate.origins.borrow_mut().begin(kind, began, None, random);
        let first = first.map_err(|not_asked| self.not_asked(not_asked))?;
        let share = if is_idempotent && first.has_alternative { timeout / 2 } else { timeout };
        let answer = self.attempt(&first, &call, share).await;
        let may_repeat = match &answer {
            Ok(reply) => is_idempotent && reply.status >= 500,
            // The same call would be as long, or as malformed, at another origin.
            Err(NoAnswer::Refused(status)) => matches!(status, 401 | 403 | 404),
            Err(NoAnswer::Throttled) => true,
            Err(_) => is_idempotent,
        };
        if !may_repeat {
            return answer;
        }
        let second = self.isolate.origins.borrow_mut().begin(kind, now(), Some(&first), random);
        let Ok(second) = second else { return answer };
        let spent = Duration::from_millis(now().millis_since(began).unsigned_abs());
        self.attempt(&second, &call, timeout.saturating_sub(spent)).await
    }

    fn not_asked(&self, not_asked: NotAsked) -> NoAnswer {
        match not_asked {
            NotAsked::LeftAlone => NoAnswer::Unavailable("it is left alone for now".to_owned()),
            NotAsked::LimitReached => {
                let lookups = self.isolate.origins.borrow_mut().held_back(now());
                if let Some(lookups) = lookups {
                    let reason = "limit_reached";
                    tracing::warn!(request_id = self.request_id, reason, lookups, "lookups are held back");
                }
                NoAnswer::LimitReached
            }
        }
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
        let (outcome, answer) = self.judged(call(&self.isolate.config, &request, timeout).await);
        self.isolate.origins.borrow_mut().ended(begun, now(), outcome, random());
        let (request_id, origin) = (self.request_id, begun.url.as_str());
        match &answer {
            Ok(reply) if reply.status < 500 => {}
            // An origin that says what is wrong with it (its analytics database, say) is not out of reach.
            Ok(reply) => {
                let reason = format!("it answered {}", reply.status);
                tracing::warn!(request_id, origin, reason, "origin cannot answer");
            }
            // No outage, and nothing that time would mend: a wrong key, a missing permission, a URL of something else.
            Err(NoAnswer::Refused(status)) => {
                let reason = "refused_before_origin";
                tracing::error!(request_id, origin, reason, status, "a call was refused before the origin");
            }
            Err(error) => {
                let reason = error.to_string();
                tracing::warn!(request_id, origin, reason, "origin cannot answer");
            }
        }
        answer
    }

    /// The origin repeats the request id. What does not is somebody else's answer: a refused signature, a throttled
    /// function, a proxy.
    fn judged(&self, reply: Result<Reply, CallError>) -> (Outcome, Result<Reply, NoAnswer>) {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return (Outcome::Failed, Err(NoAnswer::Unavailable(error.to_string()))),
        };
        let echo = reply.headers.get(REQUEST_ID).ok().flatten();
        if echo.as_deref() == Some(self.request_id) {
            return (Outcome::Answered, Ok(reply));
        }
        let outcome = Outcome::in_front(reply.status);
        let error = match outcome {
            Outcome::Throttled => NoAnswer::Throttled,
            Outcome::Refused => NoAnswer::Refused(reply.status),
            Outcome::Answered | Outcome::Failed => {
                NoAnswer::Unavailable(format!("something before it answered {}", reply.status))
            }
        };
        (outcome, Err(error))
    }
}
