//! The response to a bulk: an outcome per link, in order; also rebuilt from the stored outcomes of a response that was too large
//! to store. Does not decide what is stored.

use axum::http::StatusCode;
use link_core::record::LinkId;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::problem::{self, Problem};
use crate::links::json::LinkJson;
use crate::store::idempotency::StoredOutcome;

#[derive(Debug, Default, Serialize)]
pub(crate) struct BulkJson {
    data: Vec<ItemJson>,
}

#[derive(Debug, Serialize)]
struct ItemJson {
    index: usize,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

impl BulkJson {
    pub(crate) fn push_link(&mut self, status: StatusCode, link: LinkJson) {
        self.push(status.as_u16(), Some(link), None);
    }

    pub(crate) fn push_problem(&mut self, problem: &Problem) -> Result<(), Problem> {
        let error = serde_json::to_value(problem.to_json()).map_err(problem::internal)?;
        self.push(problem.status().as_u16(), None, Some(error));
        Ok(())
    }

    fn push(&mut self, status: u16, link: Option<LinkJson>, error: Option<Value>) {
        self.data.push(ItemJson { index: self.data.len(), status, link, error });
    }
}

pub(crate) fn link_outcome(status: StatusCode, link: LinkId) -> StoredOutcome {
    StoredOutcome { status: status.as_u16(), link: Some(link), problem: None }
}

pub(crate) fn problem_outcome(problem: &Problem) -> StoredOutcome {
    let name = problem.code().as_str().to_owned();
    StoredOutcome { status: problem.status().as_u16(), link: None, problem: Some(name) }
}

/// Rebuilds a response from its outcomes, with the current state of the links.
pub(crate) async fn rebuild(
    app: &App,
    outcomes: Vec<StoredOutcome>,
    bounds: &LinkBounds,
) -> Result<BulkJson, Problem> {
    let ids: Vec<LinkId> = outcomes.iter().filter_map(|outcome| outcome.link).collect();
    let mut links = app.links.links_by_id(&ids).await?;
    links.retain(|_, link| link.is_within(bounds));
    let mut response = BulkJson::default();
    for StoredOutcome { status, link, problem } in outcomes {
        // Several items may have the same link.
        let link = link.and_then(|id| links.get(&id).cloned());
        let problem = problem.and_then(|name| {
            Problem::from_code(&name, "the first response to this request says what to change")
        });
        match problem {
            Some(problem) => response.push_problem(&problem)?,
            None => {
                response.push(status, link.map(|link| LinkJson::new(link, &app.site, app.clock.now())), None)
            }
        }
    }
    Ok(response)
}
