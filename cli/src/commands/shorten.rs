//! `shorten`: creates one link, or one per line of standard input.

use serde_json::{Map, Value};

use super::{clipboard, columns, link_reference, settings};
use crate::api::bulk::{self, BULK};
use crate::api::client::{Call, Client};
use crate::app::{self, App};
use crate::args::links::NewLinkArgs;
use crate::error::CliError;
use crate::output::qr;

pub fn run(app: &mut App, arguments: &NewLinkArgs) -> Result<(), CliError> {
    if arguments.url == "-" && arguments.settings.reads_stdin() {
        return Err(CliError::usage("standard input has the URLs, so nothing else can be read from it"));
    }
    let mut fields = settings::fields(&arguments.settings, app.now)?;
    if let Some(domain) = &arguments.domain {
        fields.insert("domain".to_owned(), domain.clone().into());
    }
    if arguments.reuse {
        fields.insert("reuse".to_owned(), true.into());
    }
    let client = app.client()?;
    if arguments.url == "-" {
        return many(app, &client, arguments, &fields);
    }
    fields.insert("url".to_owned(), arguments.url.clone().into());
    let call = Call::new("POST", "/links").json(&fields.into()).idempotent()?;
    let answer = client.send(&call)?;
    app.check_propagation(&answer);
    let link = answer.json().unwrap_or_default();
    let short_url = link_reference::text(&link, "short_url").to_owned();
    if answer.status == 200 {
        app.note("A link with these settings exists already.");
    }
    print(app, &link)?;
    if arguments.qr {
        // Beside the data, so that `url=$(shortline shorten --qr …)` still gets the URL alone.
        eprint!("{}", qr::draw(&short_url, false)?);
    }
    if arguments.copy {
        clipboard::copy(&short_url)?;
        app.note("Copied to the clipboard.");
    }
    Ok(())
}

/// The short URL alone for people and scripts; everything in the other formats.
pub fn print(app: &mut App, link: &Value) -> Result<(), CliError> {
    if app.output.is_plain() {
        app.output.line(link_reference::text(link, "short_url"))
    } else {
        app.output.record(&columns::LINK, link)
    }
}

/// Prints the links in the order of the lines. A line that fails is reported and does not stop the others.
fn many(
    app: &mut App,
    client: &Client,
    arguments: &NewLinkArgs,
    fields: &Map<String, Value>,
) -> Result<(), CliError> {
    if ["alias", "external_id"].iter().any(|name| fields.contains_key(*name))
        || arguments.copy
        || arguments.qr
    {
        return Err(CliError::usage("--alias, --external-id, --copy and --qr are for a single URL"));
    }
    let text = app::read_text("-")?;
    let urls: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if urls.is_empty() {
        return Err(CliError::usage("there is no URL on standard input: write one per line"));
    }
    let mut failed = 0;
    let mut bulks = urls.chunks(BULK);
    let mut outcomes = Vec::new().into_iter();
    let mut links = std::iter::from_fn(|| {
        loop {
            for (url, outcome) in outcomes.by_ref() {
                match outcome {
                    Ok(link) => return Some(Ok(link)),
                    Err(reason) => {
                        app::report(&format!("{url}: {reason}"));
                        failed += 1;
                    }
                }
            }
            let bulk = bulks.next()?;
            match create(client, bulk, fields) {
                Ok(next) => outcomes = bulk.iter().zip(next).collect::<Vec<_>>().into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    });
    if app.output.is_plain() {
        for link in links {
            app.output.line(link_reference::text(&link?, "short_url"))?;
        }
    } else {
        app.output.list(&columns::LINKS, &mut links)?;
    }
    if failed > 0 { Err(CliError::Partial { failed, total: urls.len() }) } else { Ok(()) }
}

fn create(
    client: &Client,
    urls: &[&str],
    fields: &Map<String, Value>,
) -> Result<Vec<Result<Value, String>>, CliError> {
    let link = |url: &&str| {
        let mut link = fields.clone();
        link.insert("url".to_owned(), (*url).into());
        link.into()
    };
    bulk::create(client, &urls.iter().map(link).collect::<Vec<Value>>())
}
