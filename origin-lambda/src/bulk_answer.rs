//! The answer to a bulk: an outcome for each link, in order; and the same again from what is kept of one that was too large. Does
//! not decide what is kept.

use axum::http::StatusCode;
use link_core::record::LinkId;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::link_json::LinkJson;
use crate::problem::{self, Problem};
use crate::store::idempotency::KeptOutcome;

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
    pub(crate) fn made(&mut self, status: StatusCode, link: LinkJson) {
        self.push(status.as_u16(), Some(link), None);
    }

    pub(crate) fn refused(&mut self, problem: &Problem) -> Result<(), Problem> {
        let error = serde_json::to_value(problem.to_json()).map_err(problem::internal)?;
        self.push(problem.status().as_u16(), None, Some(error));
        Ok(())
    }

    fn push(&mut self, status: u16, link: Option<LinkJson>, error: Option<Value>) {
        self.data.push(ItemJson { index: self.data.len(), status, link, error });
    }
}

pub(crate) fn kept(status: StatusCode, link: LinkId) -> KeptOutcome {
    KeptOutcome { status: status.as_u16(), link: Some(link), problem: None }
}

pub(crate) fn kept_refusal(problem: &Problem) -> KeptOutcome {
    let name = problem.code().as_str().to_owned();
    KeptOutcome { status: problem.status().as_u16(), link: None, problem: Some(name) }
}

/// The same outcomes, with the links as they are by now.
pub(crate) async fn rebuilt(app: &App, outcomes: Vec<KeptOutcome>) -> Result<BulkJson, Problem> {
    let ids: Vec<LinkId> = outcomes.iter().filter_map(|outcome| outcome.link).collect();
    let links = app.links.links_by_id(&ids).await?;
    let mut answer = BulkJson::default();
    for KeptOutcome { status, link, problem } in outcomes {
        // One link may be the outcome of several.
        let link = link.and_then(|id| links.get(&id).cloned());
        let problem = problem
            .and_then(|name| Problem::named(&name, "the first answer to this call says what to change"));
        match problem {
            Some(problem) => answer.refused(&problem)?,
            None => {
                answer.push(status, link.map(|link| LinkJson::new(link, &app.site, app.clock.now())), None)
            }
        }
    }
    Ok(answer)
}
