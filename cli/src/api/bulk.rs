//! Creates many links in one call, and tells what became of each.

use serde_json::{Value, json};

use super::client::{Call, Client};
use super::problem::Problem;
use crate::error::CliError;

/// The API's limit for creates in one call.
pub const BULK: usize = 1_000;

/// At most [`BULK`] links. Each outcome is the new link, or why there is none.
pub fn create(client: &Client, links: &[Value]) -> Result<Vec<Result<Value, String>>, CliError> {
    let call = Call::new("POST", "/links/bulk").json(&json!({"links": links})).idempotent()?;
    let mut answer = client.json(&call)?;
    match answer.get_mut("data").map(Value::take) {
        Some(Value::Array(outcomes)) if outcomes.len() == links.len() => {
            Ok(outcomes.into_iter().map(link_of).collect())
        }
        _ => {
            let found = "an outcome is missing".to_owned();
            Err(CliError::NotShortline { server: client.server(), found })
        }
    }
}

fn link_of(mut outcome: Value) -> Result<Value, String> {
    if let Some(link) = outcome.get_mut("link") {
        return Ok(link.take());
    }
    let status = outcome.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status.unwrap_or_default();
    if (200..300).contains(&status) {
        return Err("was created and deleted since".to_owned());
    }
    let problem = outcome.get("error").and_then(|error| Problem::from_json(status, error));
    Err(problem.map_or_else(|| "was not created".to_owned(), |problem| problem.summary()))
}
