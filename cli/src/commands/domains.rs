//! `domains`.

use serde_json::{Value, json};

use super::columns;
use crate::api::client::{Call, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::administration::DomainsCommand;
use crate::args::links::Amount;
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&DomainsCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, Amount::DEFAULT),
        Some(DomainsCommand::List(arguments)) => list(app, arguments.amount),
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
            client.send(&Call::new("DELETE", format!("/domains/{}", segment(host))))?;
            app.note(&format!("Removed {host}."));
            Ok(())
        }
    }
}

fn list(app: &mut App, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let domains = Items::new(&client, Call::get("/domains"), amount.max());
    app.list(&columns::DOMAINS, domains, amount)
}
