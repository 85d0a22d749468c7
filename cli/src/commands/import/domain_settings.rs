//! Brings the domains of a backup with their settings. What a domain has here stays, unless the policy is to replace.

use serde_json::{Map, Value, json};

use crate::api::client::{Call, Client, segment};
use crate::api::problem::Problem;
use crate::app::App;
use crate::args::import::{OnConflict, RunArgs};
use crate::commands::link_reference::text;
use crate::error::CliError;

/// What the API shows of a domain and sets itself.
const NO_SETTINGS: [&str; 4] = ["host", "default", "created_at", "logo_url"];

/// Says of each domain what became of it, if there is something to say.
pub fn restore(app: &App, client: &Client, domains: &[Value], run: &RunArgs) -> Result<(), CliError> {
    for saved in domains {
        let host = text(saved, "host");
        let said = match here(client, host, run) {
            Ok(Here::Known(here)) => settings(client, saved, &here, run)?,
            Ok(Here::Missing(said)) => said.into_iter().collect(),
            Err(error) => vec![format!("not restored: {}", reason(error)?)],
        };
        for line in said {
            app.warn(&format!("{host}: {line}"));
        }
    }
    Ok(())
}

enum Here {
    Known(Value),
    /// And what there is to say about it.
    Missing(Option<String>),
}

/// The domain as it is here. One that is missing is added, unless its names go to another one.
fn here(client: &Client, host: &str, run: &RunArgs) -> Result<Here, CliError> {
    let read = || client.json(&Call::get(format!("/domains/{}", segment(host))));
    match read() {
        Err(CliError::Refused(problem)) if problem.status == 404 => {}
        outcome => return outcome.map(Here::Known),
    }
    if run.domain.is_some() {
        return Ok(Here::Missing(None));
    }
    if run.dry_run {
        let said = "would be added; without it, its names are shown on the default domain".to_owned();
        return Ok(Here::Missing(Some(said)));
    }
    match client.json(&Call::new("POST", "/domains").json(&json!({"host": host})).repeatable()) {
        // The first attempt added it, and its answer was lost.
        Err(CliError::Refused(problem)) if problem.status == 409 => {}
        outcome => drop(outcome?),
    }
    read().map(Here::Known)
}

fn settings(client: &Client, saved: &Value, here: &Value, run: &RunArgs) -> Result<Vec<String>, CliError> {
    let (patch, kept) = difference(saved, here, run.on_conflict == OnConflict::Replace);
    let mut said = Vec::new();
    if !patch.is_empty() && run.dry_run {
        said.push(format!("would get {}", names(&patch)));
    } else if !patch.is_empty() {
        said.extend(change(client, text(saved, "host"), patch)?);
    }
    if !kept.is_empty() {
        said.push(format!(
            "{} stays as it is here; --on-conflict replace takes the backup's",
            kept.join(", ")
        ));
    }
    if saved.get("logo_url").is_some_and(Value::is_string) && here.get("logo_url").is_none_or(Value::is_null)
    {
        said.push("its logo is not in the backup: `shortline domains edit HOST --logo FILE`".to_owned());
    }
    Ok(said)
}

/// The settings to set, and the names of those that are set to something else here.
fn difference(saved: &Value, here: &Value, replaces: bool) -> (Map<String, Value>, Vec<String>) {
    let (mut patch, mut kept) = (Map::new(), Vec::new());
    for (name, value) in saved.as_object().into_iter().flatten() {
        let there = here.get(name).unwrap_or(&Value::Null);
        if NO_SETTINGS.contains(&name.as_str()) || is_default(value) || there == value {
            continue;
        }
        if replaces || is_default(there) {
            patch.insert(name.clone(), value.clone());
        } else {
            kept.push(name.clone());
        }
    }
    (patch, kept)
}

/// `robots` allows, unless it is set.
fn is_default(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value == "allow"
}

/// Sets all that the API accepts: a setting that it refuses leaves the others.
fn change(client: &Client, host: &str, mut patch: Map<String, Value>) -> Result<Vec<String>, CliError> {
    let mut said = Vec::new();
    while !patch.is_empty() {
        // The same patch twice is the same as once.
        let call =
            Call::new("PATCH", format!("/domains/{}", segment(host))).json(&Value::Object(patch.clone()));
        match client.send(&call.repeatable()) {
            Ok(_) => {
                said.push(format!("{} restored", names(&patch)));
                break;
            }
            Err(CliError::Refused(problem)) if remove_refused(&mut patch, &problem) => {
                said.push(format!("not restored: {}", problem.lines().join("; ")));
            }
            Err(error) => {
                said.push(format!("{} not restored: {}", names(&patch), reason(error)?));
                break;
            }
        }
    }
    Ok(said)
}

/// Whether there were some.
fn remove_refused(patch: &mut Map<String, Value>, problem: &Problem) -> bool {
    let before = patch.len();
    for (field, _) in &problem.errors {
        patch.remove(field.split(['.', '[']).next().unwrap_or_default());
    }
    patch.len() < before
}

fn names(patch: &Map<String, Value>) -> String {
    patch.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Why one domain was not restored: a key may be allowed to create links only.
fn reason(error: CliError) -> Result<String, CliError> {
    match error {
        CliError::Refused(problem) if problem.status != 401 => Ok(problem.summary()),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_here_stay_unless_they_are_replaced() {
        let saved = json!({"host": "a.example", "home_url": "https://a.example/", "robots": "disallow", "name": "A", "color": null,
            "assetlinks": [{"x": 1}], "logo_url": "https://x.example/logo.png"});
        let here = json!({"host": "a.example", "home_url": null, "robots": "allow", "name": "B", "color": "#ffffff", "assetlinks": [{"x": 1}]});
        let (patch, kept) = difference(&saved, &here, false);
        assert_eq!(Value::Object(patch), json!({"home_url": "https://a.example/", "robots": "disallow"}));
        assert_eq!(kept, ["name"]);
        let (patch, kept) = difference(&saved, &here, true);
        assert_eq!((patch.len(), kept.len()), (3, 0));
    }
}
