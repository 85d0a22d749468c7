//! Carries a write out once, however often it is sent: with an `Idempotency-Key` the answer is kept in the write's own
//! transaction and given again. Does not know what is written.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::announcement::Changes;
use crate::app::App;
use crate::auth::Principal;
use crate::bulk_answer;
use crate::json_body;
use crate::limits::{MAX_IDEMPOTENCY_KEY_BYTES, MAX_KEPT_ANSWER_BYTES};
use crate::problem::{self, FieldError, Problem, ProblemCode};
use crate::store::Session;
use crate::store::idempotency::{Claim, Claimed, KeptAnswer, KeptOutcome, StoredAnswer};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Says that this answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

#[derive(Debug)]
pub(crate) struct WriteRequest {
    pub(crate) body: Bytes,
    pub(crate) principal: Principal,
    claim: Option<Claim>,
}

impl<S: Send + Sync> FromRequest<S> for WriteRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let extensions = request.extensions();
        let principal =
            extensions.get::<Principal>().copied().ok_or_else(|| problem::internal("no principal"))?;
        let route = extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let body = json_body::bytes(request, state).await?;
        let claim = key.zip(route).map(|(key, route)| Claim {
            principal: principal.id(),
            route,
            key,
            request_hash: Sha256::digest(&body).to_vec(),
        });
        Ok(Self { body, principal, claim })
    }
}

impl WriteRequest {
    /// Its answer is kept, in its own transaction.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.claim.is_some()
    }

    /// What is wrong with a request that nobody repeats is said at once. One with a key may have been answered before, when
    /// it was still right.
    pub(crate) fn unless_repeatable<T>(
        &self,
        prepared: Result<T, Problem>,
    ) -> Result<Result<T, Problem>, Problem> {
        if self.is_repeatable() { Ok(prepared) } else { prepared.map(Ok) }
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
            Err(Problem::of_fields(ProblemCode::InvalidIdempotencyKey, vec![error]))
        }
    }
}

/// What a write has done and says.
#[derive(Debug)]
pub(crate) struct Written {
    answer: StoredAnswer,
    changes: Vec<Change>,
    /// Of each link, where an answer may be too large to be kept.
    outcomes: Vec<KeptOutcome>,
}

impl Written {
    pub(crate) fn new(
        status: StatusCode,
        headers: impl IntoIterator<Item = (HeaderName, String)>,
        body: &impl Serialize,
        changes: Vec<Change>,
    ) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(problem::internal)?;
        let headers = headers.into_iter().map(|(name, value)| (name.as_str().to_owned(), value));
        let headers = headers.chain([("content-type".to_owned(), "application/json".to_owned())]).collect();
        let answer = StoredAnswer { status: status.as_u16(), headers, body };
        Ok(Self { answer, changes, outcomes: Vec::new() })
    }

    /// With what is kept of it where it is too large itself.
    pub(crate) fn with_outcomes(self, outcomes: Vec<KeptOutcome>) -> Self {
        Self { outcomes, ..self }
    }

    fn kept(&self) -> KeptAnswer {
        if self.answer.body.len() > MAX_KEPT_ANSWER_BYTES && !self.outcomes.is_empty() {
            KeptAnswer::Outcomes(self.outcomes.clone())
        } else {
            KeptAnswer::Whole(self.answer.clone())
        }
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let mut response = response(self.answer);
        response.extensions_mut().insert(Changes(self.changes));
        response
    }
}

fn response(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

pub(crate) enum Begun {
    /// The request was answered before.
    Answered(Response),
    Now(Undertaking),
}

#[derive(Debug)]
pub(crate) struct Undertaking {
    pub(crate) session: Session,
    claim: Option<Claim>,
}

impl Undertaking {
    pub(crate) async fn begin(app: &App, request: &WriteRequest) -> Result<Begun, Problem> {
        let mut session = app.links.transaction().await?;
        let Some(claim) = request.claim.clone() else {
            return Ok(Begun::Now(Self { session, claim: None }));
        };
        match session.claim(&claim, app.clock.now()).await? {
            Claimed::Now => Ok(Begun::Now(Self { session, claim: Some(claim) })),
            Claimed::Before(answer) => {
                // Rebuilding needs a connection, and one is enough.
                drop(session);
                let answer = match answer {
                    KeptAnswer::Whole(answer) => answer,
                    KeptAnswer::Outcomes(outcomes) => {
                        let body = bulk_answer::rebuilt(app, outcomes).await?;
                        Written::new(StatusCode::OK, [], &body, Vec::new())?.answer
                    }
                };
                let mut response = response(answer);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(Begun::Answered(response))
            }
            Claimed::ForAnotherRequest => Err(Problem::new(
                ProblemCode::IdempotencyKeyReused,
                "this Idempotency-Key came with another body before; use a new key for a new request",
            )),
        }
    }

    /// What was written, or why nothing was, becomes the answer to every repetition; but for a failure of ours and a limit,
    /// after which the request may be sent again.
    pub(crate) async fn finish(
        mut self,
        app: &App,
        outcome: Result<Written, Problem>,
    ) -> Result<Response, Problem> {
        if let Some(claim) = &self.claim {
            let answer = match &outcome {
                Ok(written) => written.kept(),
                Err(problem) if problem.is_passing() => return outcome.map(Written::into_response),
                Err(problem) => KeptAnswer::Whole(stored(problem)),
            };
            self.session.keep_answer(claim, &answer, app.clock.now()).await?;
        } else if outcome.is_err() {
            return outcome.map(Written::into_response);
        }
        self.session.commit().await?;
        outcome.map(Written::into_response)
    }
}

fn stored(problem: &Problem) -> StoredAnswer {
    StoredAnswer {
        status: problem.status().as_u16(),
        headers: BTreeMap::from([("content-type".to_owned(), problem::CONTENT_TYPE.to_owned())]),
        body: problem.document(),
    }
}
