//! `shares`: statistics of a link or of a tag that are read without a key.

use serde_json::{Map, Value};

use super::{columns, link_reference};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::shares::{NewShareArgs, SharesCommand, SubjectArgs};
use crate::error::CliError;
use crate::times::Direction;

pub fn run(app: &mut App, command: &SharesCommand) -> Result<(), CliError> {
    let client = app.client()?;
    match command {
        SharesCommand::Create(arguments) => create(app, &client, arguments),
        SharesCommand::List { subject, amount } => {
            let shares = Items::new(&client, Call::get(path(&client, subject)?), amount.max());
            app.list(&columns::SHARES, shares, *amount)
        }
        SharesCommand::Rm { subject, share, confirm } => {
            let path = path(&client, subject)?;
            app.confirm("End this share? Its address stops working.", *confirm)?;
            client.send(&Call::new("DELETE", format!("{path}/{}", segment(share))))?;
            app.note("Ended the share.");
            Ok(())
        }
    }
}

/// Where the shares of a link or of a tag are.
fn path(client: &Client, SubjectArgs { link, domain, tag }: &SubjectArgs) -> Result<String, CliError> {
    if let Some(tag) = tag {
        return Ok(format!("/tags/{}/shares", segment(tag)));
    }
    let link = link_reference::find(client, link.as_deref().unwrap_or_default(), domain.as_deref())?;
    Ok(format!("/links/{}/shares", segment(link_reference::text(&link, "id"))))
}

/// Prints the address alone for people and scripts.
fn create(app: &mut App, client: &Client, arguments: &NewShareArgs) -> Result<(), CliError> {
    let mut body = Map::new();
    let texts = [("title", &arguments.title), ("timezone", &arguments.timezone)];
    body.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into()))));
    if let Some(expires_at) = &arguments.expires_at {
        body.insert("expires_at".to_owned(), app.time(expires_at, Direction::Future)?.into());
    }
    let call = Call::new("POST", path(client, &arguments.subject)?);
    let share = client.json(&call.json(&Value::Object(body)))?;
    if app.output.is_plain() {
        app.output.line(link_reference::text(&share, "url"))
    } else {
        app.output.record(&columns::SHARES, &share)
    }
}
