//! `tags`.

use serde_json::json;

use super::columns;
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::administration::TagsCommand;
use crate::args::links::Amount;
use crate::error::CliError;

pub fn run(app: &mut App, command: Option<&TagsCommand>) -> Result<(), CliError> {
    match command {
        None => list(app, None, Amount::DEFAULT),
        Some(TagsCommand::List { search, amount }) => list(app, search.as_deref(), *amount),
        Some(TagsCommand::Rename { old, new, confirm }) => {
            let client = app.client()?;
            if old != new && has_links(&client, new)? {
                app.confirm(
                    &format!("Merge {old} into {new}, which exists? This cannot be undone."),
                    *confirm,
                )?;
            }
            let call = Call::new("PATCH", format!("/tags/{}", segment(old))).json(&json!({"name": new}));
            let tag = client.json(&call)?;
            app.note(&format!("Renamed {old} to {new}."));
            if app.output.is_plain() { Ok(()) } else { app.output.record(&columns::TAGS, &tag) }
        }
        Some(TagsCommand::Rm { name, confirm }) => {
            let client = app.client()?;
            app.confirm(&format!("Remove the tag {name} from all links? This cannot be undone."), *confirm)?;
            client.send(&Call::new("DELETE", format!("/tags/{}", segment(name))))?;
            app.note(&format!("Removed {name}."));
            Ok(())
        }
    }
}

/// Asked of the links, because the API knows which spellings are the same tag.
fn has_links(client: &Client, tag: &str) -> Result<bool, CliError> {
    let call = Call::get("/links").query("tag", tag).query("archived", "all");
    Ok(Items::new(client, call, Some(1)).next().transpose()?.is_some())
}

fn list(app: &mut App, search: Option<&str>, amount: Amount) -> Result<(), CliError> {
    let client = app.client()?;
    let tags = Items::new(&client, Call::get("/tags").maybe("search", search), amount.max());
    app.list(&columns::TAGS, tags, amount)
}
