//! Which import of the installation the rows of a source belong to.

use serde_json::{Value, json};

use super::state::{ImportKey, Memory};
use crate::api::client::{Call, Client, segment};
use crate::app::{self, App};
use crate::args::import::{OnConflict, RunArgs};
use crate::error::CliError;

pub struct ImportId {
    pub id: String,
    /// Locks the source until the run ends.
    _memory: Option<Memory>,
}

/// The import that was named, that is remembered, or a new one.
pub fn for_rows(app: &App, client: &Client, key: &ImportKey, run: &RunArgs) -> Result<ImportId, CliError> {
    if let Some(id) = &run.import {
        checked(client, id, run, key)?;
        return Ok(ImportId { id: id.clone(), _memory: None });
    }
    let mut memory = memory(app, key)?;
    let remembered = memory.as_ref().and_then(|memory| memory.import.clone()).filter(|_| !run.restart);
    if let Some(id) = remembered
        && checked(client, &id, run, key)?
    {
        app.note(&format!("Going on with import {id}."));
        return Ok(ImportId { id, _memory: memory });
    }
    let id = open(client, key, run)?;
    match &mut memory {
        Some(memory) => memory.keep(&id, key)?,
        None => app::report(&format!("Import {id}: --import {id} goes on with it.")),
    }
    Ok(ImportId { id, _memory: memory })
}

/// The remembered one, which knows what became of each row, or a new one: a dry run asks it, and writes nothing into it.
pub fn for_questions(app: &App, client: &Client, key: &ImportKey) -> Result<String, CliError> {
    let mut memory = memory(app, key)?;
    if let Some(id) = memory.as_ref().and_then(|memory| memory.import.clone()) {
        match client.json(&Call::get(format!("/imports/{}", segment(&id)))) {
            Err(CliError::Refused(problem)) if problem.status == 404 => memory = None,
            outcome => return outcome.map(|_| id),
        }
    }
    let id = open(client, key, &RunArgs { on_conflict: OnConflict::Skip, ..RunArgs::default() })?;
    if let Some(memory) = &mut memory {
        memory.keep(&id, key)?;
    }
    Ok(id)
}

/// None for standard input, which is another one each time.
fn memory(app: &App, key: &ImportKey) -> Result<Option<Memory>, CliError> {
    match &app.environment.folder {
        Some(folder) if key.from != "-" => Memory::open(folder, key).map(Some),
        _ => Ok(None),
    }
}

fn open(client: &Client, key: &ImportKey, run: &RunArgs) -> Result<String, CliError> {
    // The name of a file, or an address.
    let title = if key.from.contains("://") { Some(key.from.as_str()) } else { key.from.rsplit('/').next() };
    let title: String = title.unwrap_or_default().chars().take(200).collect();
    let body = json!({"source": key.source, "on_conflict": run.on_conflict.as_str(), "title": title});
    let import = match client.json(&Call::new("POST", "/imports").json(&body).idempotent()?) {
        Err(CliError::Refused(problem)) if problem.status == 404 || problem.status == 405 => {
            return Err(CliError::NotFound(format!(
                "{} has no imports: it is older than this program",
                client.server()
            )));
        }
        outcome => outcome?,
    };
    import.get("id").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        let found = "an import without an id".to_owned();
        CliError::NotShortline { server: client.server(), found }
    })
}

/// Whether a known import can go on. One without rows, as after a dry run, need not.
fn checked(client: &Client, id: &str, run: &RunArgs, key: &ImportKey) -> Result<bool, CliError> {
    let import = match client.json(&Call::get(format!("/imports/{}", segment(id)))) {
        Err(CliError::Refused(problem)) if problem.status == 404 => {
            return Err(CliError::NotFound(format!(
                "import {id} of this source does not exist for this key; --restart begins a new one, in which rows without a name become links again"
            )));
        }
        outcome => outcome?,
    };
    let is = |field: &str, value: &str| import.get(field).and_then(Value::as_str) == Some(value);
    if is("on_conflict", run.on_conflict.as_str()) && is("source", key.source) {
        return Ok(true);
    }
    let rows = import.pointer("/counts/rows").and_then(Value::as_u64).unwrap_or_default();
    if rows == 0 && run.import.is_none() {
        return Ok(false);
    }
    let text = |field: &str| import.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(CliError::usage(format!(
        "import {id} was begun from {} with --on-conflict {}; say the same, or begin a new one with --restart, in which rows without a name become links again",
        text("source"),
        text("on_conflict"),
    )))
}
