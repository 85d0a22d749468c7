//! `blocked`: hosts that no link may lead to.

use serde_json::{Value, json};

use super::columns;
use crate::api::client::{Call, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::administration::BlockedCommand;
use crate::args::links::Amount;
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&BlockedCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, Amount::DEFAULT),
        Some(BlockedCommand::List(arguments)) => list(app, arguments.amount),
        Some(BlockedCommand::Add { host, reason, exact }) => {
            let client = app.client()?;
            let body = json!({"host": host, "reason": reason, "subdomains": !exact});
            let blocked = client.json(&Call::new("POST", "/blocked-hosts").json(&body))?;
            if blocked.get("applied") == Some(&Value::Bool(false)) {
                app.warn("Not all existing links have been checked yet; that continues in the background.");
            }
            app.note(&format!("Blocked {host}."));
            if app.output.is_plain() { Ok(()) } else { app.output.record(&columns::BLOCKED, &blocked) }
        }
        Some(BlockedCommand::Rm { host, confirm }) => {
            let client = app.client()?;
            app.confirm(&format!("Unblock {host}? Links to it work again."), *confirm)?;
            client.send(&Call::new("DELETE", format!("/blocked-hosts/{}", segment(host))))?;
            app.note(&format!("Unblocked {host}."));
            Ok(())
        }
    }
}

fn list(app: &mut App, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let hosts = Items::new(&client, Call::get("/blocked-hosts"), amount.max());
    app.list(&columns::BLOCKED, hosts, amount)
}
