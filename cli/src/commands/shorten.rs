//! `shorten`: creates one link, or one per line of standard input.

use serde_json::{Map, Value, json};

use super::{clipboard, columns, link_reference, settings};
use crate::api::client::{Call, Client};
use crate::api::problem::Problem;
use crate::app::{self, App};
use crate::args::links::NewLinkArgs;
use crate::error::CliError;
use crate::output::qr;

/// The API's limit, and what a table waits for.
const BULK: usize = 1_000;

pub fn run(app: &mut App, arguments: &NewLinkArgs) -> Result<(), CliError> {
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
    let mut failed = 0;
    let mut bulks = urls.chunks(BULK);
    let mut outcomes = Vec::new().into_iter();
    let mut links = std::iter::from_fn(|| {
        loop {
            for (url, outcome) in outcomes.by_ref() {
                match link_of(&outcome) {
                    Ok(link) => return Some(Ok(link)),
                    Err(reason) => {
                        eprintln!("{url}: {reason}");
                        failed += 1;
                    }
                }
            }
            match create(client, bulks.next()?, fields) {
                Ok(next) => outcomes = next.into_iter(),
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

fn create<'a>(
    client: &Client,
    urls: &[&'a str],
    fields: &Map<String, Value>,
) -> Result<Vec<(&'a str, Value)>, CliError> {
    let links: Vec<Value> = urls
        .iter()
        .map(|url| {
            let mut link = fields.clone();
            link.insert("url".to_owned(), (*url).into());
            link.into()
        })
        .collect();
    let call = Call::new("POST", "/links/bulk").json(&json!({"links": links})).idempotent()?;
    let mut answer = client.json(&call)?;
    let outcomes = match answer.get_mut("data").map(Value::take) {
        Some(Value::Array(outcomes)) if outcomes.len() == urls.len() => outcomes,
        _ => {
            let found = "an outcome is missing".to_owned();
            return Err(CliError::NotShortline { server: client.server(), found });
        }
    };
    Ok(urls.iter().copied().zip(outcomes).collect())
}

fn link_of(outcome: &Value) -> Result<Value, String> {
    if let Some(link) = outcome.get("link") {
        return Ok(link.clone());
    }
    let status = outcome.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let problem =
        outcome.get("error").and_then(|error| Problem::from_json(status.unwrap_or_default(), error));
    Err(problem.map_or_else(|| "was not created".to_owned(), |problem| problem.summary()))
}
