//! `links`: read, change, delete and open links.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::link_reference::{self, Reference};
use super::{browser, columns, settings, shorten};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::links::{
    EditLinkArgs, LinkArgs, LinkFilter, LinksCommand, ListLinksArgs, OpenLinkArgs, RemoveLinksArgs,
    SomeLinksArgs,
};
use crate::error::CliError;
use crate::times;

/// How long the API keeps what it deleted.
const RESTORABLE: Duration = Duration::days(30);
/// Attempts of a change that depends on the link's tags when others change it too.
const MAX_EDIT_ATTEMPTS: u32 = 5;

pub fn run(app: &mut App, command: &LinksCommand) -> Result<(), CliError> {
    match command {
        LinksCommand::Create(arguments) => shorten::run(app, arguments),
        LinksCommand::List(arguments) => list(app, arguments),
        LinksCommand::Get(arguments) => get(app, arguments),
        LinksCommand::Edit(arguments) => edit(app, arguments),
        LinksCommand::Rm(arguments) => remove(app, arguments),
        LinksCommand::Restore { link } => restore(app, link),
        LinksCommand::Enable(arguments) => set_state(app, arguments, "active", "Enabled"),
        LinksCommand::Disable(arguments) => set_state(app, arguments, "disabled", "Disabled"),
        LinksCommand::Open(arguments) => open(app, arguments),
    }
}

fn list(app: &mut App, arguments: &ListLinksArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let call = filtered(&arguments.filter)
        .maybe("archived", arguments.archived.then_some("all"))
        .maybe("sort", arguments.sort.map(|sort| sort.as_str()))
        .maybe("order", arguments.reverse.then_some("asc"));
    app.list(&columns::LINKS, Items::new(&client, call, arguments.amount.max()), arguments.amount)
}

/// The list of the links that a filter selects.
pub fn filtered(filter: &LinkFilter) -> Call {
    Call::get("/links")
        .maybe("search", filter.search.as_ref())
        .maybe("domain", filter.domain.as_ref())
        .maybe("tag", filter.tag.as_ref())
        .maybe("state", filter.state.as_ref())
        .maybe("code", filter.code.as_ref())
        .maybe("external_id", filter.external_id.as_ref())
        .maybe("created_by", filter.created_by.as_ref())
}

fn get(app: &mut App, arguments: &LinkArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let link = link_reference::find(&client, &arguments.link, arguments.domain.as_deref())?;
    app.output.record(&columns::LINK, &link)
}

fn edit(app: &mut App, arguments: &EditLinkArgs) -> Result<(), CliError> {
    let mut patch = settings::fields(&arguments.settings, app.now)?;
    if let Some(url) = &arguments.url {
        patch.insert("url".to_owned(), url.clone().into());
    }
    for field in &arguments.clear {
        patch.insert(field.replace('-', "_"), Value::Null);
    }
    let changes_tags = !arguments.add_tag.is_empty() || !arguments.remove_tag.is_empty();
    if patch.is_empty() && !changes_tags {
        return Err(CliError::usage(
            "say what to change, for example --url, --title, --add-tag or --expires",
        ));
    }
    let client = app.client()?;
    let LinkArgs { link, domain } = &arguments.link;
    for attempt in 1.. {
        let found = link_reference::find(&client, link, domain.as_deref())?;
        let id = link_reference::text(&found, "id");
        let mut call = Call::new("PATCH", format!("/links/{}", segment(id)));
        if changes_tags {
            patch.insert("tags".to_owned(), changed_tags(&found, arguments).into());
            // The list replaces what the link has, so it must be the one that was read.
            call = call.header("If-Match", etag(&found));
        }
        match client.send(&call.json(&Value::Object(patch.clone()))) {
            Err(CliError::Refused(problem)) if problem.status == 412 && attempt < MAX_EDIT_ATTEMPTS => {}
            Err(error) => return Err(error),
            Ok(answer) => {
                app.check_propagation(&answer);
                let names: Vec<&str> = patch.keys().map(String::as_str).collect();
                app.note(&format!("Changed {}.", names.join(", ")));
                return shorten::print(app, &answer.json().unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn changed_tags(link: &Value, arguments: &EditLinkArgs) -> Vec<String> {
    let present = link.get("tags").and_then(Value::as_array).into_iter().flatten();
    let present = present.filter_map(|tag| tag.as_str().map(str::to_owned));
    let removed = settings::tag_list(&arguments.remove_tag);
    let mut tags: Vec<String> = present.filter(|tag| !removed.contains(tag)).collect();
    tags.extend(arguments.add_tag.iter().cloned());
    settings::tag_list(&tags)
}

/// The API's ETag is the revision in quotes.
fn etag(link: &Value) -> String {
    format!("\"{}\"", link.get("revision").cloned().unwrap_or_default())
}

/// Looks all of them up first, so that a typo changes nothing.
fn find_all(client: &Client, arguments: &SomeLinksArgs) -> Result<Vec<Value>, CliError> {
    let find = |link: &String| link_reference::find(client, link, arguments.domain.as_deref());
    arguments.links.iter().map(find).collect()
}

fn remove(app: &mut App, arguments: &RemoveLinksArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let links = find_all(&client, &arguments.links)?;
    let question = match links.as_slice() {
        [link] => format!("Delete {}?", link_reference::text(link, "short_url")),
        several => format!("Delete {} links?", several.len()),
    };
    app.confirm(&question, arguments.confirm)?;
    each(&links, |link| {
        let answer = client.send(&Call::new("DELETE", path(link)))?;
        app.check_propagation(&answer);
        let (name, id) = (link_reference::text(link, "short_url"), link_reference::text(link, "id"));
        // Scripts need the id too: nothing else tells it afterwards.
        app.warn(&format!("Deleted {name}. For 30 days this undoes it: shortline links restore {id}"));
        Ok(())
    })
}

fn restore(app: &mut App, link: &str) -> Result<(), CliError> {
    let client = app.client()?;
    let id = deleted(&client, link, app.now)?;
    let answer = client.send(&Call::new("POST", format!("/links/{}/restore", segment(&id))))?;
    app.check_propagation(&answer);
    shorten::print(app, &answer.json().unwrap_or_default())
}

/// The id of the link that had the name and was deleted last, as the audit tells it. Of links deleted in bulk it names none.
fn deleted(client: &Client, name: &str, now: OffsetDateTime) -> Result<String, CliError> {
    let (host, code) = match link_reference::read(name) {
        Reference::Id(id) => return Ok(id),
        Reference::Url { url, code } => (url.host_str().map(str::to_owned), code),
        Reference::Code(code) => (None, code),
    };
    let mut found = BTreeMap::new();
    let from = times::rfc3339(now - RESTORABLE).map_err(CliError::Usage)?;
    for entry in Items::new(client, Call::get("/audit").query("kind", "link").query("from", from), None) {
        let entry = entry.map_err(|error| match error {
            CliError::Refused(problem) if problem.status == 403 => CliError::usage(
                "give the link's id, which `links rm` printed: only an administrator's key finds deleted links by name",
            ),
            error => error,
        })?;
        let subject = |field: &str| entry.pointer(&format!("/subject/{field}")).and_then(Value::as_str);
        let known = subject("name").and_then(|known| known.split_once('/'));
        if let (Some("deleted"), Some((domain, known)), Some(id)) =
            (entry.get("action").and_then(Value::as_str), known, subject("id"))
            && (known == code || format!("{domain}/{known}") == code)
        {
            found.entry(domain.to_owned()).or_insert_with(|| id.to_owned());
        }
    }
    if let Some(id) = host.and_then(|host| found.get(&host)) {
        return Ok(id.clone());
    }
    match found.len() {
        0 => Err(CliError::NotFound(format!(
            "no link {name} was deleted by itself in the last 30 days; links that were deleted in bulk are restored by their ids"
        ))),
        1 => Ok(found.into_values().collect()),
        _ => Err(CliError::usage(format!(
            "links with this name were deleted on several domains: say which, such as {}/{code}",
            found.into_keys().next().unwrap_or_default()
        ))),
    }
}

/// One of several that fails is reported and does not stop the others.
fn each(links: &[Value], mut change: impl FnMut(&Value) -> Result<(), CliError>) -> Result<(), CliError> {
    let mut failed = 0;
    for link in links {
        match change(link) {
            Err(error) if links.len() > 1 => {
                let reason = error.of_one_item()?;
                app::report(&format!("{}: {reason}", link_reference::text(link, "short_url")));
                failed += 1;
            }
            outcome => outcome?,
        }
    }
    if failed > 0 { Err(CliError::Partial { failed, total: links.len() }) } else { Ok(()) }
}

fn set_state(app: &mut App, arguments: &SomeLinksArgs, state: &str, done: &str) -> Result<(), CliError> {
    let client = app.client()?;
    let mut changed = Vec::new();
    let outcome = each(&find_all(&client, arguments)?, |link| {
        let patch = json!({"state": state});
        let answer = client.send(&Call::new("PATCH", path(link)).json(&patch))?;
        app.check_propagation(&answer);
        app.note(&format!("{done} {}.", link_reference::text(link, "short_url")));
        changed.push(answer.json().unwrap_or_default());
        Ok(())
    });
    if !app.output.is_plain() {
        app.output.rows(&columns::LINKS, changed)?;
        // Before the error of those that failed.
        app.output.flush()?;
    }
    outcome
}

fn path(link: &Value) -> String {
    format!("/links/{}", segment(link_reference::text(link, "id")))
}

fn open(app: &mut App, arguments: &OpenLinkArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let LinkArgs { link, domain } = &arguments.link;
    let found = link_reference::find(&client, link, domain.as_deref())?;
    let url = if arguments.destination {
        link_reference::text(&found, "url").to_owned()
    } else if arguments.dashboard {
        format!("{}/dashboard/links/edit?id={}", client.server(), link_reference::text(&found, "id"))
    } else {
        link_reference::text(&found, "short_url").to_owned()
    };
    if !browser::open(&url) {
        app.warn("No browser could be started. Open this address:");
        app.output.line(&url)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::links::SettingsArgs;

    #[test]
    fn tags_are_added_and_removed_without_repeating() {
        let link = json!({"tags": ["a", "b"]});
        let tags = |add: &[&str], remove: &[&str]| {
            let texts = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
            let arguments = EditLinkArgs {
                link: LinkArgs { link: "x".into(), domain: None },
                url: None,
                settings: SettingsArgs::default(),
                add_tag: texts(add),
                remove_tag: texts(remove),
                clear: Vec::new(),
            };
            changed_tags(&link, &arguments)
        };
        assert_eq!(tags(&["c", "a"], &["b"]), ["a", "c"]);
        assert_eq!(tags(&[], &["none"]), ["a", "b"]);
    }
}
