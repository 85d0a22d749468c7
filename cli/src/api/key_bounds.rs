//! Whether the key sees all of the installation.

use serde_json::Value;

use super::client::{Call, Client};
use crate::error::CliError;

/// Whether there may be links that do not exist for the key. An installation that cannot tell has no such keys.
pub fn hide_links(client: &Client) -> Result<bool, CliError> {
    match client.json(&Call::get("/keys/current")) {
        Ok(current) => {
            let has_domains = current.pointer("/key/domains").is_some_and(|domains| !domains.is_null());
            Ok(has_domains || current.pointer("/key/own_links") == Some(&Value::Bool(true)))
        }
        Err(CliError::Refused(problem)) if matches!(problem.status, 403 | 404) => Ok(false),
        Err(error) => Err(error),
    }
}
