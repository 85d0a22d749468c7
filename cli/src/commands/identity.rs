//! `login`, `logout`, `whoami`: which key, and what it may do.

use std::io::IsTerminal;

use serde_json::{Value, json};

use super::columns;
use crate::api::client::{Call, Client};
use crate::app::{self, App};
use crate::args::LoginArgs;
use crate::config::file::{ContextEntry, KeyPlace};
use crate::config::{self, Key, credentials};
use crate::error::CliError;

pub fn login(app: &mut App, arguments: &LoginArgs) -> Result<(), CliError> {
    let server = server(app, arguments)?;
    if server.scheme() == "http" && !config::is_local(&server) {
        app.warn("Warning: without https, others on the network can read the key.");
    }
    let key = key(arguments, server.as_str())?;
    let client = app.client_for(server.clone(), key.clone())?;
    let identity = identity(&client)?;
    let name = match app.named_context() {
        Some(name) => name.clone(),
        None => context_name(app, &server),
    };
    let folder = app.environment.folder()?.to_owned();
    let place = credentials::store(&folder, &name, &key, arguments.insecure_storage)?;
    let former = app.config.contexts.get(&name).and_then(|entry| entry.key);
    if (place, former) == (KeyPlace::File, Some(KeyPlace::Keyring))
        && let Err(error) = credentials::remove(&folder, &name, KeyPlace::Keyring)
    {
        app.warn(&format!("The former key of {name} is still in the keyring: {error}."));
    }
    let entry = ContextEntry { url: server.to_string(), key: Some(place) };
    app.config.contexts.insert(name.clone(), entry);
    app.config.current = Some(name.clone());
    app.config.write(&folder)?;
    let role = identity.get("role").and_then(Value::as_str).unwrap_or("a key");
    app.note(&format!("Signed in to {} as {role}; the context is {name}.", client.server()));
    if place == KeyPlace::File && !arguments.insecure_storage {
        app.warn(&format!(
            "No keyring answers, so the key is in {}.",
            folder.join("credentials.toml").display()
        ));
    }
    if app.environment.key.is_some() {
        app.note("SHORTLINE_KEY is set and is used instead of it.");
    }
    Ok(())
}

pub fn logout(app: &mut App) -> Result<(), CliError> {
    let current = app.named_context().or(app.config.current.as_ref()).cloned();
    let name = current.ok_or(CliError::NoServer)?;
    let folder = app.environment.folder()?.to_owned();
    let Some(entry) = app.config.contexts.get_mut(&name) else {
        return Err(config::unknown_context(&name, &app.config));
    };
    if let Some(place) = entry.key.take() {
        credentials::remove(&folder, &name, place)?;
    }
    app.config.write(&folder)?;
    app.note(&format!(
        "Forgot the key of {name}. It still works elsewhere until `shortline keys revoke` revokes it."
    ));
    Ok(())
}

pub fn whoami(app: &mut App) -> Result<(), CliError> {
    let target = app.target()?;
    let client = app.client()?;
    let mut identity = identity(&client)?;
    if let Value::Object(identity) = &mut identity {
        let from = match target.key {
            Key::Environment(_) => "SHORTLINE_KEY",
            Key::Stored { place: KeyPlace::Keyring, .. } => "keyring",
            Key::Stored { place: KeyPlace::File, .. } => "credentials.toml",
            Key::Missing => "",
        };
        identity.insert("server".to_owned(), client.server().into());
        identity.insert("context".to_owned(), target.context.into());
        identity.insert("key_from".to_owned(), from.into());
    }
    app.output.record(&columns::IDENTITY, &identity)
}

/// What the installation knows of the key. One that is older than `GET /keys/current` is asked what it would refuse.
fn identity(client: &Client) -> Result<Value, CliError> {
    match client.json(&Call::get("/keys/current")) {
        Ok(key) => Ok(key),
        Err(error) if matches!(error.exit_code(), 3 | 4) && !is_unknown_key(&error) => {
            Ok(json!({"role": probed_role(client)?}))
        }
        Err(error) => Err(error),
    }
}

fn is_unknown_key(error: &CliError) -> bool {
    matches!(error, CliError::Refused(problem) if problem.status == 401)
}

/// Nothing is written: a create without a destination is refused, by the right first.
fn probed_role(client: &Client) -> Result<&'static str, CliError> {
    let may = |call: Call| match client.send(&call) {
        Err(CliError::Refused(problem)) if problem.status == 403 => Ok(false),
        Err(CliError::Refused(problem)) if problem.status == 422 => Ok(true),
        outcome => outcome.map(|_| true),
    };
    if may(Call::get("/keys").query("limit", 1))? {
        return Ok("admin");
    }
    Ok(if may(Call::new("POST", "/links").json(&json!({})))? { "editor" } else { "reader" })
}

fn server(app: &App, arguments: &LoginArgs) -> Result<url::Url, CliError> {
    let given = arguments.url.clone().or_else(|| app.global.server.clone());
    if let Some(given) = given {
        return config::parse_server(&given);
    }
    // Signing in again: to the context that is named or current.
    if let Ok(target) = app.target() {
        return Ok(target.server);
    }
    if !std::io::stdin().is_terminal() || arguments.key_stdin {
        return Err(CliError::usage("name the installation: shortline login https://go.example.com"));
    }
    eprint!("Address of the installation: ");
    config::parse_server(&app::read_line()?)
}

fn key(arguments: &LoginArgs, server: &str) -> Result<String, CliError> {
    let key = if arguments.key_stdin {
        app::read_line()?
    } else if std::io::stdin().is_terminal() {
        app::read_secret(&format!("API key for {server} "))?
    } else {
        return Err(CliError::usage(
            "there is no terminal to ask for the key: use --key-stdin or SHORTLINE_KEY",
        ));
    };
    let key = key.trim().to_owned();
    if key.is_empty() { Err(CliError::usage("the key is empty")) } else { Ok(key) }
}

/// The context that has this server already, or else the host's name.
fn context_name(app: &App, server: &url::Url) -> String {
    let known = app.config.contexts.iter().find(|(_, entry)| entry.url == server.as_str());
    let host = || match (server.host_str().unwrap_or("default"), server.port()) {
        (host, None) => host.to_owned(),
        (host, Some(port)) => format!("{host}:{port}"),
    };
    known.map_or_else(host, |(name, _)| name.clone())
}
