//! `PUT /api/v1/links/external/{external_id}`: creates the link with this external id, or changes it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::change::LinkChange;
use super::count_change;
use super::create::respond;
use super::idempotent_write::WriteResponse;
use crate::app::App;
use crate::auth::{AccessDenied, KeyBounds, Principal, Right};
use crate::controllers::problems;
use crate::http::etag::Precondition;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::links::creation::{CreationOutcome, Creator};
use crate::links::input::{self, ValidationContext, values};
use crate::store::links::{Conflict, Link};
use crate::store::{Database, StoreError};

pub(crate) async fn upsert(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let external_id = external_id(path)?;
    let precondition = Precondition::from_headers(&headers);
    let request =
        Upsert { app: &app, principal, bounds: &bounds, external_id: &external_id, precondition, body };
    let creator = Creator::of(principal, &bounds);
    let response = count_change(&app, principal, request.execute(creator)).await?;
    Ok(response.into_response())
}

struct Upsert<'a> {
    app: &'a App,
    principal: Principal,
    bounds: &'a KeyBounds,
    external_id: &'a str,
    precondition: Precondition,
    body: Map<String, Value>,
}

impl Upsert<'_> {
    /// Others may create or delete the link between the look-up and the write.
    async fn execute(self, creator: Creator) -> Result<WriteResponse, Problem> {
        let body = self.body_with_external_id()?;
        for _ in 0..MAX_CONTENDED_ATTEMPTS {
            let written = match self.app.links.link_by_external_id(self.external_id).await? {
                Some(link) => self.change(&link, body.clone()).await?,
                None => self.create(body.clone(), creator).await?,
            };
            if let Some(response) = written {
                return Ok(response);
            }
        }
        Err(StoreError::Contended { database: Database::Links }.into())
    }

    /// The external id may stand in the body too, as in what a client was given.
    fn body_with_external_id(&self) -> Result<Map<String, Value>, Problem> {
        let mut body = self.body.clone();
        let given = body.insert("external_id".to_owned(), self.external_id.into());
        let is_same =
            |value: Value| values::external_id(value).is_ok_and(|id| id.as_deref() == Some(self.external_id));
        if given.is_none_or(is_same) {
            return Ok(body);
        }
        let detail = "must be that of the path; PATCH /api/v1/links/{id} changes it".to_owned();
        let error = FieldError { field: "external_id".to_owned(), detail };
        Err(Problem::from_fields(ProblemCode::InvalidExternalId, vec![error]))
    }

    /// `None` if the link has been deleted, or has another external id by now.
    async fn change(&self, link: &Link, patch: Map<String, Value>) -> Result<Option<WriteResponse>, Problem> {
        if !link.is_within(&self.bounds.links) {
            return Err(problems::link_conflict(Conflict::ExternalIdTaken, &link.settings));
        }
        let (principal, bounds, external_id) = (self.principal, &self.bounds.links, Some(self.external_id));
        let precondition = &self.precondition;
        let change = LinkChange { id: link.id, principal, bounds, precondition, patch, external_id };
        match change.apply(self.app).await {
            Err(problem) if problem.code() == ProblemCode::LinkNotFound => Ok(None),
            outcome => outcome?.respond(self.app).map(Some),
        }
    }

    /// `None` if another link has got the external id.
    async fn create(
        &self,
        body: Map<String, Value>,
        creator: Creator,
    ) -> Result<Option<WriteResponse>, Problem> {
        if !self.bounds.allow(Right::Create) {
            return Err(AccessDenied::OutOfBounds.into());
        }
        if let Precondition::OneOf(_) = self.precondition {
            let detail = "no link has this external id; leave If-Match out to create it";
            return Err(Problem::new(ProblemCode::PreconditionFailed, detail));
        }
        let context = ValidationContext::new(&self.app.site, &self.bounds.links, self.app.clock.now());
        let input = input::new_link(Fields::from_body(body), context)?;
        let link_creator = &self.app.link_creator;
        let new = input.with_password_hashed(creator).await?.without_reuse();
        let prepared = link_creator.prepare(vec![new]).await?;
        match link_creator.create_batched(prepared).await? {
            CreationOutcome::Rejected(Conflict::ExternalIdTaken, _) => Ok(None),
            outcome => respond(self.app, outcome).map(Some),
        }
    }
}

fn external_id(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let text = path.map(|Path(text)| text).unwrap_or_default();
    match values::external_id(Value::String(text)) {
        Ok(Some(id)) => Ok(id),
        Ok(None) => Err(invalid("must not be empty".to_owned())),
        Err(detail) => Err(invalid(detail)),
    }
}

fn invalid(detail: String) -> Problem {
    let error = FieldError { field: "external_id".to_owned(), detail };
    Problem::from_fields(ProblemCode::InvalidExternalId, vec![error])
}
