//! `domains`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::columns;
use crate::api::client::{Call, segment};
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::administration::{DomainsCommand, EditDomainArgs};
use crate::args::links::Amount;
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&DomainsCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, Amount::DEFAULT),
        Some(DomainsCommand::List(arguments)) => list(app, arguments.amount),
        Some(DomainsCommand::Get { host }) => {
            let domain = app.client()?.json(&Call::get(path(host)))?;
            app.output.record(&columns::DOMAIN, &domain)
        }
        Some(DomainsCommand::Edit(arguments)) => edit(app, arguments),
        Some(DomainsCommand::Add { host }) => {
            let client = app.client()?;
            let domain = client.json(&Call::new("POST", "/domains").json(&json!({"host": host})))?;
            if domain.get("applied") == Some(&Value::Bool(false)) {
                app.warn("Links that lead to this host become blocked; some are still being checked.");
            }
            app.note(&format!("Added {host}. Point its DNS to the Worker before you use it."));
            if app.output.is_plain() { Ok(()) } else { app.output.record(&columns::DOMAINS, &domain) }
        }
        Some(DomainsCommand::Rm { host, confirm }) => {
            let client = app.client()?;
            app.confirm(&format!("Remove the domain {host}?"), *confirm)?;
            client.send(&Call::new("DELETE", path(host)))?;
            app.note(&format!("Removed {host}."));
            Ok(())
        }
    }
}

fn path(host: &str) -> String {
    format!("/domains/{}", segment(host))
}

fn edit(app: &mut App, arguments: &EditDomainArgs) -> Result<(), CliError> {
    let patch = patch(arguments)?;
    if patch.is_empty() {
        return Err(CliError::usage("say what to change, for example --home-url, --name or --clear logo"));
    }
    let names = patch.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let call = Call::new("PATCH", path(&arguments.host)).json(&Value::Object(patch));
    let answer = app.client()?.send(&call)?;
    app.check_propagation(&answer);
    app.note(&format!("Changed {names}."));
    if app.output.is_plain() {
        return Ok(());
    }
    app.output.record(&columns::DOMAIN, &answer.json().unwrap_or_default())
}

/// Only the settings that were given.
fn patch(arguments: &EditDomainArgs) -> Result<Map<String, Value>, CliError> {
    let texts = [
        ("home_url", &arguments.home_url),
        ("not_found_url", &arguments.not_found_url),
        ("expired_url", &arguments.expired_url),
        ("robots", &arguments.robots),
        ("name", &arguments.name),
        ("color", &arguments.color),
        ("qr_foreground", &arguments.qr_foreground),
        ("qr_background", &arguments.qr_background),
    ];
    let mut patch = Map::new();
    patch.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into()))));
    if let Some(ignore) = arguments.ignore_case {
        patch.insert("ignore_case".to_owned(), ignore.into());
    }
    if let Some(file) = &arguments.logo {
        let png = std::fs::read(file).map_err(|error| CliError::file("read", file, error))?;
        patch.insert("logo".to_owned(), STANDARD.encode(png).into());
    }
    let files = [
        ("apple_app_site_association", &arguments.apple_app_site_association),
        ("assetlinks", &arguments.assetlinks),
    ];
    for (name, file) in files {
        let Some(file) = file else { continue };
        let json: Value = serde_json::from_str(&app::read_text(file)?)
            .map_err(|error| CliError::file("read", file, error))?;
        patch.insert(name.to_owned(), json);
    }
    for field in &arguments.clear {
        patch.insert(field.replace('-', "_"), Value::Null);
    }
    for assignment in &arguments.set {
        let (name, value) = app::field_value(assignment)?;
        patch.insert(name, value);
    }
    Ok(patch)
}

fn list(app: &mut App, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let domains = Items::new(&client, Call::get("/domains"), amount.max());
    app.list(&columns::DOMAINS, domains, amount)
}
