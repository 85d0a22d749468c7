//! `keys`.

use serde_json::{Map, Value, json};

use super::columns;
use super::link_reference::{is_uuid, text};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::administration::{KeysCommand, NewKeyArgs};
use crate::args::links::Amount;
use crate::error::CliError;
use crate::times::{self, Direction};

pub fn run(app: &mut App, command: Option<&KeysCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, Amount::DEFAULT),
        Some(KeysCommand::List(arguments)) => list(app, arguments.amount),
        Some(KeysCommand::Get { id }) => {
            let key = find(&app.client()?, id)?;
            app.output.record(&columns::KEY, &key)
        }
        Some(KeysCommand::Create(arguments)) => create(app, arguments),
        Some(KeysCommand::Rotate { id, grace }) => rotate(app, id, grace.as_deref()),
        Some(KeysCommand::Revoke { id, confirm }) => {
            let client = app.client()?;
            let key = find(&client, id)?;
            let (id, name) = (text(&key, "id"), text(&key, "name"));
            app.confirm(
                &format!("Revoke the key {name}? Its next request is rejected. This cannot be undone."),
                *confirm,
            )?;
            client.send(&Call::new("DELETE", path(id)))?;
            app.note(&format!("Revoked {name}."));
            Ok(())
        }
    }
}

/// By its id, or by its name if one key that is not revoked has it.
fn find(client: &Client, reference: &str) -> Result<Value, CliError> {
    if is_uuid(reference) {
        return client.json(&Call::get(path(reference)));
    }
    let mut found = Vec::new();
    for key in Items::new(client, Call::get("/keys"), None) {
        let key = key?;
        if text(&key, "name") == reference && key.get("revoked_at").is_none_or(Value::is_null) {
            found.push(key);
        }
    }
    match found.as_slice() {
        [] => Err(CliError::NotFound(format!("there is no key {reference}; `shortline keys` lists them"))),
        [key] => Ok(key.clone()),
        several => {
            let ids: Vec<&str> = several.iter().map(|key| text(key, "id")).collect();
            Err(CliError::usage(format!(
                "several keys are named {reference}; name one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

fn path(id: &str) -> String {
    format!("/keys/{}", segment(id))
}

fn list(app: &mut App, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let keys = Items::new(&client, Call::get("/keys"), amount.max());
    app.list(&columns::KEYS, keys, amount)
}

fn create(app: &mut App, arguments: &NewKeyArgs) -> Result<(), CliError> {
    check_shows_secret(app)?;
    let mut body = Map::new();
    body.insert("name".to_owned(), arguments.name.clone().into());
    body.insert("role".to_owned(), arguments.role.as_str().into());
    if let Some(expires_at) = &arguments.expires_at {
        body.insert("expires_at".to_owned(), app.time(expires_at, Direction::Future)?.into());
    }
    let limits = [
        ("requests_per_minute", arguments.requests_per_minute),
        ("links_per_minute", arguments.links_per_minute),
    ];
    body.extend(limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?.into()))));
    for (name, bounds) in [("domains", &arguments.domains), ("actions", &arguments.actions)] {
        if !bounds.is_empty() {
            body.insert(name.to_owned(), bounds.clone().into());
        }
    }
    if arguments.own_links {
        body.insert("own_links".to_owned(), true.into());
    }
    for assignment in &arguments.set {
        let (name, value) = app::field_value(assignment)?;
        body.insert(name, value);
    }
    let key = app.client()?.json(&Call::new("POST", "/keys").json(&body.into()))?;
    show(app, &key)
}

fn rotate(app: &mut App, id: &str, grace: Option<&str>) -> Result<(), CliError> {
    check_shows_secret(app)?;
    let client = app.client()?;
    let key = find(&client, id)?;
    let mut call = Call::new("POST", format!("{}/rotate", path(text(&key, "id"))));
    if let Some(grace) = grace {
        let duration = times::duration(grace)
            .ok_or_else(|| CliError::usage(format!("{grace} is not a duration such as 2h or 7d")))?;
        call = call.json(&json!({"grace_seconds": duration.whole_seconds()}));
    }
    let key = client.json(&call)?;
    if let Some(until) = key.get("previous_until").and_then(Value::as_str) {
        app.note(&format!("The old key works until {} UTC.", times::short(until)));
    }
    show(app, &key)
}

fn check_shows_secret(app: &App) -> Result<(), CliError> {
    let fields = &app.global.fields;
    if fields.is_empty() || fields.iter().any(|field| field == "key") {
        return Ok(());
    }
    Err(CliError::usage("the key is shown only this once: name the field key too"))
}

/// The secret alone for people and scripts.
fn show(app: &mut App, key: &Value) -> Result<(), CliError> {
    app.note(&format!("Keep this key: it is shown only this once. Its id is {}.", text(key, "id")));
    if app.output.is_plain() {
        app.output.line(key.get("key").and_then(Value::as_str).unwrap_or_default())
    } else {
        app.output.record(&columns::KEY, key)
    }
}
