//! Executes a write once, however often it is sent: with an `Idempotency-Key` the response is stored in the write's own
//! transaction and replayed. Does not know what is written.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::bulk_response;
use crate::app::App;
use crate::auth::{KeyBounds, LinkBounds, Principal};
use crate::http::edge_changes::EdgeChanges;
use crate::http::json_body;
use crate::http::problem::{self, FieldError, Problem, ProblemCode};
use crate::limits::{MAX_IDEMPOTENCY_KEY_BYTES, MAX_STORED_RESPONSE_BYTES};
use crate::links::creation::Creator;
use crate::store::WriteSession;
use crate::store::idempotency::{
    ClaimResult, IdempotencyClaim, IdempotentAnswer, StoredOutcome, StoredResponse,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Marks a replayed response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

#[derive(Debug)]
pub(crate) struct WriteRequest {
    pub(crate) body: Bytes,
    pub(crate) principal: Principal,
    pub(crate) bounds: KeyBounds,
    claim: Option<IdempotencyClaim>,
}

impl<S: Send + Sync> FromRequest<S> for WriteRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let extensions = request.extensions();
        let principal =
            extensions.get::<Principal>().copied().ok_or_else(|| problem::internal("no principal"))?;
        let bounds = extensions.get::<KeyBounds>().cloned().ok_or_else(|| problem::internal("no bounds"))?;
        let route = extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let body = json_body::bytes(request, state).await?;
        let claim = key.zip(route).map(|(key, route)| IdempotencyClaim {
            principal: principal.id(),
            route,
            key,
            request_hash: Sha256::digest(&body).to_vec(),
        });
        Ok(Self { body, principal, bounds, claim })
    }
}

impl WriteRequest {
    pub(crate) fn creator(&self) -> Creator {
        Creator::of(self.principal, &self.bounds)
    }

    /// Whether the response is stored, in the write's own transaction.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.claim.is_some()
    }

    /// The response of an earlier execution. Asked first, so that a repetition costs neither links of the key's limit nor the hashing of
    /// passwords; [`IdempotentWrite::begin`] decides between concurrent requests.
    pub(crate) async fn stored_response(&self, app: &App) -> Result<Option<Response>, Problem> {
        let Some(claim) = &self.claim else { return Ok(None) };
        match app.links.find_claim(claim, app.clock.now()).await? {
            ClaimResult::Fresh => Ok(None),
            ClaimResult::Replayed(answer) => replay(app, answer, &self.bounds.links).await.map(Some),
            ClaimResult::KeyReused => Err(key_reused()),
        }
    }

    /// Fails early for an invalid request without an idempotency key. A request with one may have been valid when it was first
    /// answered.
    pub(crate) fn fail_early_unless_idempotent<T>(
        &self,
        prepared: Result<T, Problem>,
    ) -> Result<Result<T, Problem>, Problem> {
        if self.is_idempotent() { Ok(prepared) } else { prepared.map(Ok) }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let is_key = |key: &&str| {
        (1..=MAX_IDEMPOTENCY_KEY_BYTES).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let visible = first.to_str().ok().filter(is_key);
    match (visible, given.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => {
            let detail =
                format!("must be one value of 1 to {MAX_IDEMPOTENCY_KEY_BYTES} visible ASCII characters");
            let error = FieldError { field: "Idempotency-Key".to_owned(), detail };
            Err(Problem::from_fields(ProblemCode::InvalidIdempotencyKey, vec![error]))
        }
    }
}

/// The response to a write, with what it has changed.
#[derive(Debug)]
pub(crate) struct WriteResponse {
    response: StoredResponse,
    changes: Vec<Change>,
    /// Per link, in case the response is too large to store.
    outcomes: Vec<StoredOutcome>,
}

impl WriteResponse {
    pub(crate) fn new(
        status: StatusCode,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
        body: &impl Serialize,
        changes: Vec<Change>,
    ) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(problem::internal)?;
        let headers = headers.into_iter().map(|(name, value)| (name.as_str().to_owned(), value));
        let headers = headers.chain([("content-type".to_owned(), "application/json".to_owned())]).collect();
        let response = StoredResponse { status: status.as_u16(), headers, body };
        Ok(Self { response, changes, outcomes: Vec::new() })
    }

    /// The outcomes to store if the response is too large.
    pub(crate) fn with_outcomes(self, outcomes: Vec<StoredOutcome>) -> Self {
        Self { outcomes, ..self }
    }

    fn to_store(&self) -> IdempotentAnswer {
        if self.response.body.len() > MAX_STORED_RESPONSE_BYTES && !self.outcomes.is_empty() {
            IdempotentAnswer::Outcomes(self.outcomes.clone())
        } else {
            IdempotentAnswer::Response(self.response.clone())
        }
    }
}

impl IntoResponse for WriteResponse {
    fn into_response(self) -> Response {
        let mut response = http_response(self.response);
        response.extensions_mut().insert(EdgeChanges(self.changes));
        response
    }
}

fn http_response(stored: StoredResponse) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, stored.body).into_response();
    for (name, value) in stored.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

pub(crate) enum WriteStart {
    /// The request was executed before: its stored response.
    Replayed(Response),
    Fresh(IdempotentWrite),
}

#[derive(Debug)]
pub(crate) struct IdempotentWrite {
    pub(crate) session: WriteSession,
    claim: Option<IdempotencyClaim>,
}

impl IdempotentWrite {
    pub(crate) async fn begin(app: &App, request: &WriteRequest) -> Result<WriteStart, Problem> {
        let mut session = app.links.transaction().await?;
        let Some(claim) = request.claim.clone() else {
            return Ok(WriteStart::Fresh(Self { session, claim: None }));
        };
        match session.claim(&claim, app.clock.now()).await? {
            ClaimResult::Fresh => Ok(WriteStart::Fresh(Self { session, claim: Some(claim) })),
            ClaimResult::Replayed(answer) => {
                // Rebuilding needs a connection of its own: free this one first.
                drop(session);
                Ok(WriteStart::Replayed(replay(app, answer, &request.bounds.links).await?))
            }
            ClaimResult::KeyReused => Err(key_reused()),
        }
    }

    /// Commits and stores the response, or the problem, for every repetition. Transient failures and rate limits are not stored,
    /// so that the request may be sent again.
    pub(crate) async fn finish(
        mut self,
        app: &App,
        outcome: Result<WriteResponse, Problem>,
    ) -> Result<Response, Problem> {
        if let Some(claim) = &self.claim {
            let response = match &outcome {
                Ok(write) => write.to_store(),
                Err(problem) if problem.is_transient() => return outcome.map(WriteResponse::into_response),
                Err(problem) => IdempotentAnswer::Response(problem_to_store(problem)),
            };
            self.session.store_answer(claim, &response, app.clock.now()).await?;
        } else if outcome.is_err() {
            return outcome.map(WriteResponse::into_response);
        }
        self.session.commit().await?;
        outcome.map(WriteResponse::into_response)
    }
}

async fn replay(app: &App, answer: IdempotentAnswer, bounds: &LinkBounds) -> Result<Response, Problem> {
    let response = match answer {
        IdempotentAnswer::Response(response) => response,
        IdempotentAnswer::Outcomes(outcomes) => {
            let body = bulk_response::rebuild(app, outcomes, bounds).await?;
            WriteResponse::new(StatusCode::OK, [], &body, Vec::new())?.response
        }
    };
    let mut response = http_response(response);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn key_reused() -> Problem {
    Problem::new(
        ProblemCode::IdempotencyKeyReused,
        "this Idempotency-Key was used with another body; use a new key for a new request",
    )
}

fn problem_to_store(problem: &Problem) -> StoredResponse {
    StoredResponse {
        status: problem.status().as_u16(),
        headers: BTreeMap::from([("content-type".to_owned(), problem::CONTENT_TYPE.to_owned())]),
        body: problem.document(),
    }
}
