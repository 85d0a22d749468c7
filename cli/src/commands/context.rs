//! `context`: several installations side by side.

use serde_json::json;

use super::columns;
use crate::app::App;
use crate::args::ContextCommand;
use crate::config::file::KeyPlace;
use crate::config::{credentials, unknown_context};
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&ContextCommand>) -> Result<(), CliError> {
    match command {
        None | Some(ContextCommand::List) => list(app),
        Some(ContextCommand::Use { name }) => {
            if !app.config.contexts.contains_key(name) {
                return Err(unknown_context(name, &app.config));
            }
            app.config.current = Some(name.clone());
            app.config.write(app.environment.folder()?)?;
            app.note(&format!("The current context is {name}."));
            Ok(())
        }
        Some(ContextCommand::Rm { name }) => remove(app, name),
    }
}

fn list(app: &mut App) -> Result<(), CliError> {
    let current = app.config.current.clone();
    let contexts = app.config.contexts.iter().map(|(name, entry)| {
        let key = match entry.key {
            Some(KeyPlace::Keyring) => Some("keyring"),
            Some(KeyPlace::File) => Some("file"),
            None => None,
        };
        json!({"name": name, "current": current.as_ref() == Some(name), "url": entry.url, "key": key})
    });
    let contexts: Vec<_> = contexts.collect();
    if contexts.is_empty() {
        app.note("There is no context yet: `shortline login https://your-domain` makes one.");
    }
    app.output.rows(&columns::CONTEXTS, contexts)
}

fn remove(app: &mut App, name: &str) -> Result<(), CliError> {
    let Some(entry) = app.config.contexts.remove(name) else {
        return Err(unknown_context(name, &app.config));
    };
    if let Some(place) = entry.key {
        credentials::remove(app.environment.folder()?, name, place)?;
    }
    if app.config.current.as_deref() == Some(name) {
        app.config.current = None;
    }
    app.config.write(app.environment.folder()?)?;
    app.note(&format!("Removed {name}."));
    Ok(())
}
