//! `escrow`: a copy of all links that outlives the service: a static site that redirects, and signed data.

mod folder;
mod page;
mod signature;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::client::Call;
use crate::api::key_bounds;
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::escrow::EscrowArgs;
use crate::error::CliError;
use crate::output::cell::Column;
use folder::{EscrowFolder, Written};
use signature::SigningKey;

const LEFT_OUT: [Column; 2] = [Column::text("LINK", "link"), Column::text("LEFT OUT OF THE SITE", "reason")];
const PARTIAL: &str =
    "This escrow is partial: the API key is bound to some domains or links, and only those are in it.";
const HOW_TO: &str = "\
Links of a Shortline installation, as a copy that needs no server.

site/DOMAIN     a static site: put it on any host and point the domain there
                _redirects has the most clicked links, for hosts that read it
links.jsonl     every link with all its settings, also those that a static
                site cannot serve: keep it private
left-out.csv    which links are not in the site, and why
SHA256SUMS      checksums of all of these: sha256sum -c SHA256SUMS
SHA256SUMS.sig  their signature:
                openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin \\
                  -in SHA256SUMS -sigfile SHA256SUMS.sig

Compare the fingerprint of public-key.pem with the one that was published:
                openssl pkey -pubin -in public-key.pem -outform der | sha256sum
";

pub fn run(app: &mut App, arguments: &EscrowArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let key = signing_key(app, arguments)?;
    let is_partial = key_bounds::hide_links(&client)?;
    if is_partial {
        app::report(PARTIAL);
    }
    let mut folder = EscrowFolder::create(&arguments.folder)?;
    let mut left_out: BTreeMap<String, String> = BTreeMap::new();
    let (mut links, mut pages) = (0_u64, 0_u64);
    // In the order of creation, which does not change while the list is read: by clicks, some links would be missed.
    for link in Items::new(&client, Call::get("/links").query("archived", "all"), None) {
        let link = link?;
        folder.add_record(&link)?;
        links += 1;
        for (domain, code) in names(&link) {
            let name = format!("{domain}/{code}");
            let outcome = match page::reason_to_leave_out(&link) {
                Some(reason) => Err(reason),
                None => folder.add_page(&domain, &code, &link)?.into_reason(),
            };
            match outcome {
                Ok(()) => pages += 1,
                Err(reason) => drop(left_out.insert(name, reason)),
            }
        }
        app.progress(links);
    }
    let how_to = if is_partial { format!("{HOW_TO}\n{PARTIAL}\n") } else { HOW_TO.to_owned() };
    folder.add_file("README.txt", &how_to)?;
    folder.add_private_file("left-out.csv", &csv(&left_out))?;
    folder.finish(&key)?;
    let count = left_out.len();
    let rows = left_out.into_iter().map(|(link, reason)| serde_json::json!({"link": link, "reason": reason}));
    app.output.rows(&LEFT_OUT, rows.collect())?;
    app.note(&format!("{links} links: {pages} pages in the site, {count} names left out of it."));
    // Also with --quiet: it is what has to be published.
    app::report(&format!("Fingerprint of the signing key: {}", key.fingerprint()));
    Ok(())
}

fn signing_key(app: &App, arguments: &EscrowArgs) -> Result<SigningKey, CliError> {
    if let Some(file) = &arguments.signing_key {
        return SigningKey::read(file);
    }
    let file = app.environment.folder()?.join("escrow-key.pem");
    let key = SigningKey::read_or_make(&file)?;
    if key.is_new {
        app::report(&format!("Made a signing key: {}. Keep it safe.", file.display()));
    }
    Ok(key)
}

impl Written {
    fn into_reason(self) -> Result<(), String> {
        match self {
            Self::Page => Ok(()),
            Self::NotAFileName => Err("its name cannot be a file name".to_owned()),
            Self::Taken => {
                Err("another name differs only in case, which this file system ignores".to_owned())
            }
        }
    }
}

/// All names of a link: its own, and further ones where the installation has them.
fn names(link: &Value) -> Vec<(String, String)> {
    let name = |value: &Value| {
        let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        Some((text("domain")?, text("code")?))
    };
    let aliases = link.get("aliases").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(link).chain(aliases).filter_map(name).collect()
}

fn csv(left_out: &BTreeMap<String, String>) -> String {
    let mut text = "link,reason\r\n".to_owned();
    for (link, reason) in left_out {
        text.push_str(&format!("\"{}\",\"{}\"\r\n", link.replace('"', "\"\""), reason.replace('"', "\"\"")));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn further_names_are_names() {
        let link = json!({"domain": "a.example", "code": "x", "aliases": [{"domain": "b.example", "code": "y/z"}, {"code": "?"}]});
        let expected = [("a.example", "x"), ("b.example", "y/z")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(names(&link), expected);
    }
}
