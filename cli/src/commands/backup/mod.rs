//! `backup`: all of an installation that its API shows, in one file that `import shortline` reads.

pub mod counts;
mod file;
pub mod format;

use serde_json::{Value, json};

use crate::api::client::{Call, Client, segment};
use crate::api::key_bounds;
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::backup::BackupArgs;
use crate::commands::link_reference::text;
use crate::error::CliError;
use crate::output::cell::counted;
use crate::times;
use file::BackupFile;
use format::{About, Counts, LinkLine, VERSION};

const PARTIAL: &str =
    "This backup is partial: the API key is bound to some domains or links, and only those are in it.";
const NOT_IN_IT: &str = "\
Not in any backup: API keys, webhooks, shares and sessions; blocked hosts; logos of domains; deleted links and the history;
  single clicks, orphan visits and click accounting.";

pub fn run(app: &mut App, arguments: &BackupArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let partial = key_bounds::hide_links(&client)?;
    if partial {
        app::report(PARTIAL);
    }
    let about = About {
        version: VERSION,
        installation: client.server(),
        created_at: times::rfc3339(app.now).map_err(CliError::Other)?,
        partial,
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut file = BackupFile::create(&arguments.file, about)?;
    add_domains(&client, &mut file)?;
    for tag in Items::new(&client, Call::get("/tags"), None) {
        file.add(&json!({"tag": tag?}))?;
        file.counts.tags += 1;
    }
    let with_password = add_links(app, &client, arguments, &mut file)?;
    let Counts { domains, tags, links, days } = file.finish()?;
    let counts = [(domains, "domain"), (tags, "tag"), (links, "link"), (days, "day")];
    let [domains, tags, links, days] = counts.map(|(count, noun)| counted(count, noun));
    let file = arguments.file.display();
    app.note(&format!("{file}: {domains}, {tags}, {links}, {days} of clicks."));
    if with_password > 0 {
        let links = counted(with_password, "link");
        app.warn(&format!("Not in it: passwords of {links}. Import creates these links disabled."));
    }
    app.warn(NOT_IN_IT);
    Ok(())
}

/// Each with its settings and files, which the list leaves out.
fn add_domains(client: &Client, file: &mut BackupFile) -> Result<(), CliError> {
    for domain in Items::new(client, Call::get("/domains"), None) {
        let domain = client.json(&Call::get(format!("/domains/{}", segment(text(&domain?, "host")))))?;
        file.add(&json!({"domain": domain}))?;
        file.counts.domains += 1;
    }
    Ok(())
}

/// Returns how many have a password.
fn add_links(
    app: &App,
    client: &Client,
    arguments: &BackupArgs,
    file: &mut BackupFile,
) -> Result<u64, CliError> {
    let mut with_password = 0;
    // Oldest first: a link that is created meanwhile is in it too.
    let links = Call::get("/links").query("archived", "all").query("order", "asc");
    for link in Items::new(client, links, None) {
        let link = link?;
        let days = if arguments.no_clicks { Vec::new() } else { counts::by_day(client, &link, app.now)? };
        with_password += u64::from(link.get("password_protected") == Some(&Value::Bool(true)));
        file.counts.days += days.len() as u64;
        file.counts.links += 1;
        file.add(&LinkLine { link, days })?;
        app.progress(file.counts.links);
    }
    Ok(with_password)
}
