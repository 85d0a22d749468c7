//! `imports`: what earlier imports did.

use super::columns;
use crate::api::client::{Call, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::administration::ImportsCommand;
use crate::args::links::Amount;
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&ImportsCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, Amount::DEFAULT),
        Some(ImportsCommand::List(arguments)) => list(app, arguments.amount),
        Some(ImportsCommand::Get { id }) => {
            let import = app.client()?.json(&Call::get(path(id)))?;
            app.output.record(&columns::IMPORT, &import)
        }
        Some(ImportsCommand::Failures { id, amount }) => {
            let client = app.client()?;
            let failures = Items::new(&client, Call::get(format!("{}/failures", path(id))), amount.max());
            app.list(&columns::IMPORT_FAILURES, failures, *amount)
        }
    }
}

fn path(id: &str) -> String {
    format!("/imports/{}", segment(id))
}

fn list(app: &mut App, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let imports = Items::new(&client, Call::get("/imports"), amount.max());
    app.list(&columns::IMPORTS, imports, amount)
}
