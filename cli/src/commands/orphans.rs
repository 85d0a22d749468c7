//! `orphans`: names that visitors requested and no link has.

use serde_json::Value;

use super::columns;
use crate::api::client::Call;
use crate::api::pages::Items;
use crate::app::App;
use crate::args::administration::{OrphanFilter, OrphansCommand};
use crate::args::links::Amount;
use crate::error::CliError;

/// The API's largest page of this list.
const PAGE: u64 = 1_000;

pub fn run(app: &mut App, command: Option<&OrphansCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, &OrphanFilter::default(), Amount::DEFAULT),
        Some(OrphansCommand::List { filter, amount }) => list(app, filter, *amount),
        Some(OrphansCommand::Rm { name, filter, confirm }) => {
            let client = app.client()?;
            let what = match name {
                Some(name) => name.clone(),
                None if filter.domain.is_none() && filter.class.is_none() => "all names".to_owned(),
                None => "all matching names".to_owned(),
            };
            app.confirm(&format!("Delete {what} from the orphan visits? This cannot be undone."), *confirm)?;
            let deleted = client.json(&call("DELETE", filter).maybe("name", name.as_ref()))?;
            let names = deleted.get("names").and_then(Value::as_u64).unwrap_or_default();
            app.note(&format!("Deleted {names} names."));
            Ok(())
        }
    }
}

fn call(method: &str, filter: &OrphanFilter) -> Call {
    Call::new(method, "/orphans")
        .maybe("domain", filter.domain.as_ref())
        .maybe("class", filter.class.as_ref())
}

fn list(app: &mut App, filter: &OrphanFilter, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let orphans = Items::with_page_size(&client, call("GET", filter), amount.max(), PAGE);
    app.list(&columns::ORPHANS, orphans, amount)
}
